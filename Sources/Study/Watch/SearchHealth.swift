import Controllers
import SearchSpace

/// How a search is doing, told from its journal: whether it still tries new things, and whether its rewards tell
/// candidates apart.
public struct SearchHealth: Hashable, Sendable {
  /// How many of the latest candidates are looked at: as many as make one update of the published policy (Zoph et al.,
  /// CVPR 2018, appendix A). Nothing is warned of before so many are finished.
  public static let window = 20

  /// How many candidates are finished.
  public let finished: Int
  /// How many of them are looked at: the latest.
  public let latest: Int
  /// The share of the latest that equal an earlier candidate.
  public let seenBefore: Double
  /// The share of the latest that failed.
  public let failed: Double
  /// Skip connections among the operations of the latest; absent in spaces that have none.
  public let skips: SkipShare?
  /// The standard deviation of the rewards of the different architectures among the latest; absent of fewer than two.
  public let spread: Double?
  /// How many different architectures with a reward are among the latest.
  public let distinct: Int
  /// The mean reward of the latest; absent when all of them failed.
  public let meanReward: Double?
  /// How far measurements of one architecture lie apart, over the whole search; absent when none was measured again.
  public let noise: RewardNoise?
  /// The policy, where the controller has one.
  public let policy: PolicyState?
  /// The population, where the controller has one.
  public let population: PopulationState?

  /// Looks at a search.
  /// - Parameters:
  ///   - records: the finished candidates in index order.
  ///   - seed: the run's seed.
  /// - Throws: `SettingsError`.
  public init(
    _ records: [CandidateRecord], space: any Space, controller: ControllerSettings, seed: UInt64
  ) throws {
    let recent = records.suffix(SearchHealth.window)
    finished = records.count
    latest = recent.count
    var first: [String: Int] = [:]
    for record in records where first[record.fingerprint] == nil { first[record.fingerprint] = record.index }
    let seen = recent.count { first[$0.fingerprint] != $0.index }
    seenBefore = recent.isEmpty ? 0 : Double(seen) / Double(recent.count)
    failed = recent.isEmpty ? 0 : Double(recent.count { $0.reward == nil }) / Double(recent.count)
    skips = SkipShare(recent, space: space)
    var fingerprints: Set<String> = []
    let rewards = recent.compactMap { record in
      record.reward.flatMap { fingerprints.insert(record.fingerprint).inserted ? $0 : nil }
    }
    distinct = rewards.count
    spread = rewards.count > 1 ? SampleSummary(rewards).deviation : nil
    let measured = recent.compactMap(\.reward)
    meanReward = measured.isEmpty ? nil : SampleSummary(measured).mean
    noise = RewardNoise(records)
    switch controller {
    case .rl(let settings):
      policy = PolicyState(records, space: space, settings: settings, latest: SearchHealth.window)
      population = nil
    case .evolution(let settings):
      policy = nil
      population = PopulationState(
        records, controller: try RegularizedEvolution(space: space, settings: settings, seed: seed))
    case .random, .localSearch, .bayesian:
      policy = nil
      population = nil
    }
  }
}
