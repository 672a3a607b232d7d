import Controllers
import SearchSpace

@testable import Study

/// Journals of searches that a test plants.
enum WatchedRecords {
  /// A candidate with given choices; its fingerprint is that of the space.
  static func record(
    _ index: Int, _ choices: [Int], reward: Double?, logProbability: Double? = nil, space: any Space
  ) -> CandidateRecord {
    let architecture = Architecture(choices: choices)
    return CandidateRecord(
      index: index, architecture: architecture, fingerprint: (try? space.fingerprint(of: architecture)) ?? "none",
      seed: UInt64(index), parent: nil, logProbability: logProbability, attempt: 0, duplicateOf: nil, parameters: 1,
      multiplyAdds: 1, reward: reward, epochs: [],
      failure: reward == nil ? Failure(kind: .crashed, reason: "x") : nil,
      timing: Timing(seconds: 1, elapsed: Double(index), finished: "2025-01-01T00:00:00Z"))
  }

  /// The journal of a real search: a controller with rewards made of the choices.
  static func search(
    _ settings: ControllerSettings, space: any Space, count: Int, seed: UInt64 = 3, noise: Double = 0.01,
    reward: (Architecture) -> Double
  ) throws -> [CandidateRecord] {
    var controller = try settings.makeController(space: space, seed: seed)
    let stream = RandomStream(seed: seed)
    var records: [CandidateRecord] = []
    for index in 0..<count {
      let candidate = stream.split("candidate", index)
      let proposal = controller.propose(index: index, random: candidate.split("proposal"))
      var random = candidate.split("evaluation")
      let measured = reward(proposal.architecture) + noise * random.normal()
      records.append(
        record(
          index, proposal.architecture.choices, reward: measured, logProbability: proposal.logProbability,
          space: space))
      controller.observe(Observation(index: index, proposal: proposal, reward: measured))
    }
    return records
  }

  /// Rewards of cells: separable convolutions are good, skip connections are not.
  static func separable(_ space: CellSpace) -> (Architecture) -> Double {
    let places = space.decisions.indices.filter { space.decisions[$0].kind == .operation }
    return { architecture in
      let good = places.count { space.decisions[$0].options[architecture.choices[$0]].hasPrefix("sep") }
      return 0.3 + 0.3 * Double(good) / Double(places.count)
    }
  }
}
