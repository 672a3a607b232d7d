import Controllers
import Foundation
import SearchSpace

import Testing

@testable import Study

/// A space of small digits; the fingerprint ignores the last one, so that there are duplicates.
struct DigitSpace: Space {
  var name = "digits"
  var digits = 4
  var base = 5

  var decisions: [Decision] {
    (0..<digits).map { digit in
      Decision(name: "digit\(digit)", kind: .operation, options: (0..<base).map(String.init))
    }
  }

  func network(for architecture: Architecture, skeleton: Skeleton) throws -> Network {
    throw ArchitectureError.wrongLength(expected: 0, found: 0)
  }

  func fingerprint(of architecture: Architecture) throws -> String {
    try validate(architecture)
    return architecture.choices.dropLast().map(String.init).joined(separator: ".")
  }

  @Sendable func cost(_ architecture: Architecture) throws -> CandidateCost {
    let sum = architecture.choices.reduce(0, +)
    if architecture.choices.allSatisfy({ $0 == 1 }) { throw ToyError.unbuildable }
    return CandidateCost(parameters: sum * 10, multiplyAdds: sum * 1_000)
  }
}

enum ToyError: Error, Equatable, CustomStringConvertible {
  case unbuildable
  case dataGone

  var description: String { self == .unbuildable ? "All digits are one." : "The data is gone." }
}

/// Hill climbing: what it proposes depends on everything it has observed, in order.
struct Climber: Controller {
  let name = "climber"
  var space = DigitSpace()
  private var best: (index: Int, architecture: Architecture, reward: Double)?
  private var memory = StableHash()

  init(space: DigitSpace = DigitSpace()) { self.space = space }

  func propose(index: Int, random: RandomStream) -> Proposal {
    var random = random
    guard let best, random.uniform() < 0.7 else { return Proposal(architecture: space.sample(using: &random)) }
    var child = Mutation().child(of: best.architecture, in: space, using: &random)
    // Any difference in the order or content of observations shows up in what is proposed.
    child.choices[child.choices.count - 1] = Int(memory.value % UInt64(space.base))
    return Proposal(architecture: child, logProbability: -Double(child.choices[0]) / 3, parent: best.index)
  }

  mutating func observe(_ observation: Observation) {
    memory.combine(UInt64(observation.index))
    memory.combine((observation.reward ?? -1).bitPattern)
    if let reward = observation.reward, reward > best?.reward ?? -1 {
      best = (observation.index, observation.proposal.architecture, reward)
    }
  }
}

/// Proposes a fixed list, whatever happens; attempts after the first shift the last digit.
struct Recital: Controller {
  let name = "recital"
  let architectures: [[Int]]

  func propose(index: Int, random: RandomStream) -> Proposal {
    Proposal(architecture: Architecture(choices: architectures[index % architectures.count]))
  }

  mutating func observe(_ observation: Observation) {}
}

/// Computes a reward from the candidate alone, after a delay that is different each time.
struct ToyEvaluator: Evaluating {
  var maximumDelay: UInt64 = 0
  var fails: @Sendable (Candidate) -> Failure? = { _ in nil }
  var onStart: @Sendable (Candidate) throws -> Void = { _ in }

  func evaluate(_ candidate: Candidate) async throws -> Outcome {
    try onStart(candidate)
    if maximumDelay > 0 {
      var generator = SystemRandomNumberGenerator()
      try await Task.sleep(nanoseconds: generator.next(upperBound: maximumDelay))
    }
    if let failure = fails(candidate) { return .failed(failure) }
    var random = RandomStream(seed: candidate.seed)
    let sum = candidate.architecture.choices.reduce(0, +)
    if sum == 3 { return .failed(Failure(kind: .timedOut, reason: "It took too long.")) }
    let reward = sum == 5 ? Double.nan : Double(sum) / 20 + random.uniform() / 10
    return .measured(
      Measurement(
        reward: reward, epochs: [EpochRecord(epoch: 1, loss: 1 / (reward + 0.1), validationAccuracy: reward)],
        parameters: sum * 10, multiplyAdds: sum * 1_000))
  }
}

typealias Measurement = SearchSpace.Measurement

/// Where test folders are made: in memory where there is such a place, since every journal line waits for the disk.
let scratch =
  FileManager.default.isWritableFile(atPath: "/dev/shm")
  ? URL(fileURLWithPath: "/dev/shm") : FileManager.default.temporaryDirectory

/// Runs `body` with a new folder, and removes the folder.
func withFolder<Result>(_ body: (URL) async throws -> Result) async throws -> Result {
  let url = scratch.appendingPathComponent("study-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: url) }
  return try await body(url)
}

let toyConfiguration = Data("{\"toy\":true}\n".utf8)

/// A journal's lines without their timing.
func withoutTiming(_ url: URL) throws -> [String] {
  try String(contentsOf: url, encoding: .utf8).split(separator: "\n").map { line in
    var members = try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    members["timing"] = nil
    let data = try JSONSerialization.data(withJSONObject: members, options: [.sortedKeys])
    return String(decoding: data, as: UTF8.self)
  }
}

/// The sentence of the error that `body` throws.
func message(of body: () async throws -> Void) async -> String {
  do {
    try await body()
    return "no error"
  } catch {
    return "\(error)"
  }
}

/// Waits until `condition` holds; gives up, with an issue, after a time that no loaded machine needs.
func wait(for what: String, until condition: () throws -> Bool) async throws {
  for _ in 0..<10_000 {
    if try condition() { return }
    try await Task.sleep(nanoseconds: 3_000_000)
  }
  Issue.record("waited in vain for \(what)")
}

/// A search over digits.
func toySearch(
  _ settings: SearchSettings, controller: any Controller = Climber(), evaluator: any Evaluating = ToyEvaluator(),
  space: DigitSpace = DigitSpace(), identity: Data = toyConfiguration,
  clock: @escaping @Sendable () -> Double = { ProcessInfo.processInfo.systemUptime }
) -> Search {
  Search(
    space: space, controller: controller, evaluator: evaluator, settings: settings, identity: identity,
    cost: space.cost, clock: clock)
}

/// Runs a new search in `folder` and returns its result.
@discardableResult
func runNew(_ folder: URL, _ search: Search, force: Bool = false) async throws -> SearchResult {
  try await search.run(holding: RunDirectory.create(at: folder, configuration: toyConfiguration, force: force))
}
