import SearchSpace

@testable import Controllers

/// A space for tests: decisions alone, no network behind them.
struct ToySpace: Space {
  let name: String
  let decisions: [Decision]

  /// One decision for each size; kinds alternate between input and operation.
  init(name: String = "toy", sizes: [Int]) {
    self.name = name
    decisions = sizes.enumerated().map { position, size in
      Decision(
        name: "decision\(position)", kind: position.isMultiple(of: 2) ? .input : .operation,
        options: (0..<size).map { "option\($0)" })
    }
  }

  /// Decisions that are all operations.
  static func bits(_ count: Int) -> ToySpace {
    ToySpace(
      name: "bits",
      decisions: (0..<count).map { Decision(name: "bit\($0)", kind: .operation, options: ["0", "1"]) })
  }

  private init(name: String, decisions: [Decision]) {
    self.name = name
    self.decisions = decisions
  }

  func network(for architecture: Architecture, skeleton: Skeleton) throws -> Network {
    throw SettingsError.nothingToDecide(space: name)
  }

  func fingerprint(of architecture: Architecture) throws -> String {
    try validate(architecture)
    return architecture.choices.map { "\($0)" }.joined(separator: ",")
  }
}

/// A search as the toolkit runs it: candidate i is proposed knowing exactly the results of candidates < i − W + 1.
struct ToySearch {
  var history: [Observation] = []

  /// Runs `count` candidates and leaves every result observed that the window allows.
  init(
    _ controller: inout some Controller, count: Int, window: Int = 1, seed: UInt64,
    reward: (Architecture, Int) -> Double?
  ) {
    let random = RandomStream(seed: seed)
    var told = 0
    for index in 0..<count {
      while told <= index - window {
        controller.observe(history[told])
        told += 1
      }
      let proposal = controller.propose(index: index, random: random.split("proposal", index))
      history.append(
        Observation(index: index, proposal: proposal, reward: reward(proposal.architecture, index)))
    }
  }

  /// The architecture with the highest reward, the first of equals.
  var best: Architecture? {
    let measured = history.filter { $0.reward != nil }
    return measured.max { ($0.reward ?? 0) < ($1.reward ?? 0) }?.proposal.architecture
  }
}

/// Numbers the tests draw.
enum ToyNoise {
  /// Approximately normal with mean 0 and deviation 1: twelve uniform numbers, summed (Irwin–Hall).
  static func normal(_ random: inout RandomStream) -> Double {
    (0..<12).reduce(-6) { sum, _ in sum + random.uniform() }
  }
}
