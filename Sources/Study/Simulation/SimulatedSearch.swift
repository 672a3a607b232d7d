import Controllers
import SearchSpace

/// A search on a clock that only evaluations move: for tables, which know what an evaluation would have taken.
///
/// One candidate after another is proposed, evaluated and told of, until the seconds are used up; the candidate that
/// goes over the end still counts (the protocol of NAS-Bench-201; Dong and Yang, ICLR 2020, section 5). Nothing is
/// written to the disk, candidates seen before are evaluated and paid for again, and everything follows from the seed.
public struct SimulatedSearch: Sendable {
  private let space: any Space
  private let controller: ControllerSettings
  private let evaluator: any Evaluating
  private let seed: UInt64

  /// Creates a search.
  /// - Parameter evaluator: gives measurements with `simulatedSeconds`.
  public init(space: any Space, controller: ControllerSettings, evaluator: any Evaluating, seed: UInt64) {
    self.space = space
    self.controller = controller
    self.evaluator = evaluator
    self.seed = seed
  }

  /// Searches until `seconds` are used up.
  /// - Throws: `SettingsError`; `SimulationError` for a candidate that cannot be paid for; whatever the evaluator throws.
  public func run(seconds: Double) async throws -> SimulatedRun {
    var controller = try controller.makeController(space: space, seed: seed)
    let stream = RandomStream(seed: seed)
    let clock = ContinuousClock()
    var run = SimulatedRun()
    var elapsed = 0.0
    while elapsed < seconds {
      let candidate = stream.split("candidate", run.candidates)
      let start = clock.now
      let proposal = controller.propose(index: run.candidates, random: candidate.split("proposal"))
      let thinking = clock.now - start
      let (reward, cost) = try await evaluate(proposal.architecture, index: run.candidates, candidate)
      let told = clock.now
      controller.observe(Observation(index: run.candidates, proposal: proposal, reward: reward))
      run.record(proposal.architecture, reward: reward, begun: elapsed, thinking: thinking + (clock.now - told))
      elapsed += cost
    }
    return run
  }

  private func evaluate(
    _ architecture: Architecture, index: Int, _ stream: RandomStream
  ) async throws -> (reward: Double, seconds: Double) {
    var random = stream.split("evaluation")
    let candidate = Candidate(index: index, architecture: architecture, seed: random.next())
    switch try await evaluator.evaluate(candidate) {
    case .failed(let failure): throw SimulationError.failed(reason: failure.reason)
    case .measured(let measurement):
      guard let seconds = measurement.simulatedSeconds, seconds > 0 else { throw SimulationError.noSeconds }
      return (measurement.reward, seconds)
    }
  }
}

/// What a simulated search came to.
public struct SimulatedRun: Hashable, Sendable {
  /// A candidate with a higher reward than all before it.
  public struct Improvement: Hashable, Sendable {
    /// The point of the space.
    public let architecture: Architecture
    /// Its reward.
    public let reward: Double
    /// The simulated seconds before its evaluation began.
    public let begun: Double
  }

  /// How many candidates were evaluated.
  public private(set) var candidates = 0
  /// The candidates that were the best so far, in the order of the search; the first is always one.
  public private(set) var improvements: [Improvement] = []
  /// The time that the controller itself took; the one part that differs between equal runs.
  public private(set) var thinking = Duration.zero

  /// The answer of the search had its budget been `seconds` (above 0): the best of the candidates begun before.
  public func answer(after seconds: Double) -> Improvement? {
    improvements.last { $0.begun < seconds }
  }

  mutating func record(_ architecture: Architecture, reward: Double, begun: Double, thinking: Duration) {
    candidates += 1
    self.thinking += thinking
    if reward > improvements.last?.reward ?? -.infinity {
      improvements.append(Improvement(architecture: architecture, reward: reward, begun: begun))
    }
  }
}

/// A candidate that a simulated search cannot pay for.
public enum SimulationError: Error, Equatable, Sendable {
  /// The evaluation failed.
  case failed(reason: String)
  /// The measurement does not say what it would have taken.
  case noSeconds
}

extension SimulationError: CustomStringConvertible {
  /// One sentence: what was expected, what was found.
  public var description: String {
    switch self {
    case .failed(let reason):
      "A simulated search needs a result for every architecture, but one failed: \(reason)"
    case .noSeconds:
      "A simulated search needs evaluations that say how many seconds they would have taken, but this one does not: use "
        + "a table."
    }
  }
}
