import Controllers
import Foundation
import SearchSpace

/// Where the policy of the reinforcement-learning controller stands, as the journal tells.
public struct PolicyState: Hashable, Sendable, Codable {
  /// The policy's entropy in nats: the mean of −log p over the latest proposals, an unbiased estimate of it.
  public let entropy: Double
  /// The entropy of uniform draws in nats, Σ ln n over the decisions: nearly that of a policy that has learned nothing.
  public let start: Double
  /// The moving average of rewards that advantages are taken against; absent before the first.
  public let baseline: Double?

  /// What is left of the entropy, 0 to about 1.
  public var share: Double { start > 0 ? entropy / start : 0 }

  /// The state after records; nil while there is no log-probability among the latest.
  /// - Parameter latest: over how many of the last records the entropy is taken.
  init?(_ records: [CandidateRecord], space: any Space, settings: ReinforceSettings, latest: Int) {
    let logarithms = records.suffix(latest).compactMap(\.logProbability)
    guard !logarithms.isEmpty else { return nil }
    entropy = -logarithms.reduce(0, +) / Double(logarithms.count)
    start = space.decisions.reduce(0) { $0 + log(Double($1.options.count)) }
    var baseline = RewardBaseline(weight: settings.baselineWeight, order: settings.baselineOrder)
    for record in records { _ = baseline.advantage(of: record.reward ?? settings.failureReward) }
    self.baseline = baseline.value
  }
}
