/// A way in which a search has collapsed, or is about to.
public enum HealthWarning: Hashable, Sendable {
  /// The policy is nearly certain of its choices.
  case policySettled(entropyShare: Double)
  /// The population has hardly two different members.
  case populationUniform(members: Int, distinct: Int)
  /// Most of the latest candidates equal earlier ones.
  case seenBefore(share: Double)
  /// Most of what could be another operation is a skip connection.
  case skipConnections(SkipShare)
  /// The rewards of different candidates lie no further apart than measurements of one.
  case withinNoise(spread: Double, noise: Double)
  /// All rewards are the same.
  case sameReward(Double)
  /// Most of the latest candidates failed.
  case failures(share: Double)

  /// What kind of warning it is, without its numbers.
  public enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
    /// `HealthWarning.policySettled`.
    case policySettled
    /// `HealthWarning.populationUniform`.
    case populationUniform
    /// `HealthWarning.seenBefore`.
    case seenBefore
    /// `HealthWarning.skipConnections`.
    case skipConnections
    /// `HealthWarning.withinNoise`.
    case withinNoise
    /// `HealthWarning.sameReward`.
    case sameReward
    /// `HealthWarning.failures`.
    case failures
  }

  /// What kind of warning it is.
  public var kind: Kind {
    switch self {
    case .policySettled: .policySettled
    case .populationUniform: .populationUniform
    case .seenBefore: .seenBefore
    case .skipConnections: .skipConnections
    case .withinNoise: .withinNoise
    case .sameReward: .sameReward
    case .failures: .failures
    }
  }

  /// Below this share of its first entropy a policy counts as settled: nine tenths of what was open is decided.
  public static let entropyShare = 0.1
  /// A population counts as uniform when there are so few different architectures for each of its members: a tournament
  /// among one in ten finds little to choose from, and its children are neighbours of one architecture.
  public static let distinctShare = 0.1
  /// Above this share of repetitions, and of failures, most of the budget brings nothing.
  public static let wastedShare = 0.5
  /// With no more true variance than this part of the noise's, four fifths of what selection sees is luck.
  public static let varianceShare = 0.25
  /// Fewer repeated measurements than these say too little of the noise.
  public static let leastDegrees = 5
  /// Fewer different candidates than these say too little of the spread.
  public static let leastDistinct = 10
}

extension SearchHealth {
  /// Everything that is wrong, worst first; empty for a search that is well, and before `window` candidates are finished.
  public var warnings: [HealthWarning] {
    guard latest >= SearchHealth.window else { return [] }
    return [
      failureWarning, rewardWarning, populationWarning, policyWarning, repetitionWarning, skipWarning,
    ].compactMap { $0 }
  }

  private var failureWarning: HealthWarning? {
    failed > HealthWarning.wastedShare ? .failures(share: failed) : nil
  }

  private var rewardWarning: HealthWarning? {
    guard let spread, let meanReward, distinct >= HealthWarning.leastDistinct else { return nil }
    // Shares of some ten thousand images at most: what differs by less is rounding.
    if spread < 1e-9 { return .sameReward(meanReward) }
    guard let noise, noise.degrees >= HealthWarning.leastDegrees else { return nil }
    // What is seen varies by the true variance and the noise's.
    let limit = (1 + HealthWarning.varianceShare) * noise.deviation * noise.deviation
    return spread * spread <= limit ? .withinNoise(spread: spread, noise: noise.deviation) : nil
  }

  private var populationWarning: HealthWarning? {
    guard let population, population.members == population.capacity, population.members > 1 else { return nil }
    let few = max(1, Int(HealthWarning.distinctShare * Double(population.members)))
    guard population.distinct <= few else { return nil }
    return .populationUniform(members: population.members, distinct: population.distinct)
  }

  private var policyWarning: HealthWarning? {
    guard let policy, policy.share < HealthWarning.entropyShare else { return nil }
    return .policySettled(entropyShare: policy.share)
  }

  private var repetitionWarning: HealthWarning? {
    seenBefore > HealthWarning.wastedShare ? .seenBefore(share: seenBefore) : nil
  }

  /// Halfway between uniform draws and skip connections alone. Searches with brief or shared training are known to drift
  /// there, for such cells train fastest (Zela et al., "Understanding and robustifying differentiable architecture
  /// search", ICLR 2020); published cells have at most three among ten operations.
  private var skipWarning: HealthWarning? {
    guard let skips, skips.share > (1 + skips.uniform) / 2 else { return nil }
    return .skipConnections(skips)
  }
}
