import Controllers
import Foundation
import SearchSpace

/// What a controller itself costs: the time of proposing and of being told, with a history behind it.
///
/// The rewards are the share of decisions whose choice is the last option, plus noise, so that there is something to learn;
/// no network is built.
struct ProposalTiming {
  let space: any Space
  let seed: UInt64
  /// How many candidates are timed behind every length of history.
  let samples: Int

  /// Lets a controller search to the longest history and times what comes behind each.
  /// - Parameter histories: lengths, rising.
  /// - Throws: `SettingsError`.
  func measure(_ compared: ComparedController, histories: [Int]) throws -> [ProposalCost] {
    var controller = try compared.settings.makeController(space: space, seed: seed)
    let stream = RandomStream(seed: seed)
    var hash = StableHash()
    var costs: [ProposalCost] = []
    var proposing: [Double] = []
    var observing: [Double] = []
    let clock = ContinuousClock()
    for index in 0..<(histories.last ?? 0) + samples {
      let candidate = stream.split("candidate", index)
      let begun = clock.now
      let proposal = controller.propose(index: index, random: candidate.split("proposal"))
      let proposed = clock.now
      let observation = Observation(index: index, proposal: proposal, reward: reward(proposal, candidate))
      for choice in proposal.architecture.choices { hash.combine(UInt64(choice)) }
      hash.combine((proposal.logProbability ?? 0).bitPattern)
      let told = clock.now
      controller.observe(observation)
      let ended = clock.now
      guard let history = histories.last(where: { $0 <= index }), index < history + samples else { continue }
      proposing.append((proposed - begun) / .seconds(1))
      observing.append((ended - told) / .seconds(1))
      guard index == history + samples - 1 else { continue }
      costs.append(
        ProposalCost(
          controller: compared.label, history: history, propose: .init(proposing), observe: .init(observing),
          proposals: hash.hexadecimal))
      (proposing, observing) = ([], [])
    }
    return costs
  }

  private func reward(_ proposal: Proposal, _ candidate: RandomStream) -> Double {
    var random = candidate.split("noise")
    let last = zip(space.decisions, proposal.architecture.choices).count { $1 == $0.options.count - 1 }
    return Double(last) / Double(space.decisions.count) + 0.05 * random.uniform()
  }
}

/// The cost of one controller behind one length of history.
struct ProposalCost: Encodable {
  /// Seconds of the timed calls.
  struct Seconds: Encodable {
    let median: Double
    let mean: Double
    let maximum: Double

    init(_ seconds: [Double]) {
      median = seconds.isEmpty ? 0 : seconds.median
      mean = seconds.isEmpty ? 0 : seconds.reduce(0, +) / Double(seconds.count)
      maximum = seconds.max() ?? 0
    }
  }

  let controller: String
  /// How many candidates it had been told of before the first that was timed.
  let history: Int
  let propose: Seconds
  let observe: Seconds
  /// The hash of all proposals up to here: the same for a seed in every process and on every machine.
  let proposals: String
}
