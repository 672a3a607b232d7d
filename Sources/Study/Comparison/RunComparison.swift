import SearchSpace

/// Real runs of several controllers against each other, paired by seed, at the same number of candidates and at the same
/// time of searching: the smallest of all.
public struct RunComparison: Hashable, Sendable, Encodable {
  /// What is compared.
  public enum Measure: String, Hashable, Sendable, Codable, CaseIterable {
    /// The best reward at the common number of candidates; what the verdict is about.
    case best
    /// The mean of the best so far over the candidates.
    case area
    /// The best reward at the common time.
    case bestByTime
    /// The mean of the best so far over the time.
    case areaByTime
  }

  /// One measure of the runs of a group.
  public struct Measured: Hashable, Sendable, Encodable {
    /// Which measure.
    public let measure: Measure
    /// The value of every run, in the order of the seeds.
    public let values: [Double]
    /// Their mean.
    public let mean: Double
    /// The bootstrap 95 % interval of the mean over the seeds; absent of a single run.
    public let interval: Interval?
  }

  /// The runs of a controller.
  public struct Group: Hashable, Sendable, Encodable {
    /// Its name.
    public let name: String
    /// Whether it is random search.
    public let isRandom: Bool
    /// The seeds, rising.
    public let seeds: [UInt64]
    /// Every measure, in the order of `Measure`.
    public let measures: [Measured]
    /// The mean best so far over the candidates.
    public let byCandidate: [CurvePoint]
    /// The mean best so far over the seconds.
    public let byTime: [CurvePoint]
  }

  /// A point of a curve; there is none before every run of the group has a result.
  public struct CurvePoint: Hashable, Sendable, Encodable {
    /// Candidates, or seconds of searching.
    public let x: Double
    /// The mean over the runs.
    public let mean: Double
    /// The bootstrap interval of the mean; absent of a single run.
    public let interval: Interval?
  }

  /// Two groups on the seeds that both have.
  public struct Difference: Hashable, Sendable, Encodable {
    /// The group that is ahead by the mean best reward, or the later of equals.
    public let ahead: String
    /// The other.
    public let behind: String
    /// The seeds that both have.
    public let seeds: [UInt64]
    /// On how many of them the first is ahead.
    public let wins: Int
    /// The paired test of the best reward at the common number of candidates.
    public let test: PairedTest
    /// Its p, raised for the number of pairs of groups that are tested (Holm).
    public let adjustedP: Double
    /// The bootstrap interval of the mean difference; absent of a single seed.
    public let interval: Interval?
    /// The paired test of the area.
    public let areaTest: PairedTest
  }

  /// The level at which a difference counts as shown.
  public static let level = 0.05
  /// The most points of a curve.
  private static let resolution = 100

  /// The common number of candidates.
  public let candidates: Int
  /// The run that has no more than that.
  public let shortest: String
  /// The common time of searching, in seconds.
  public let seconds: Double
  /// The groups; random search first, then by name.
  public let groups: [Group]
  /// Every pair of groups that have seeds in common.
  public let differences: [Difference]

  /// Compares runs.
  /// - Throws: `ComparisonError`.
  public init(_ runs: [ComparedRun]) throws {
    guard let shortest = runs.min(by: { ($0.growth.candidates, $0.name) < ($1.growth.candidates, $1.name) }) else {
      throw ComparisonError.nothing
    }
    guard shortest.growth.candidates > 0 else { throw ComparisonError.noCandidates(run: shortest.name) }
    candidates = shortest.growth.candidates
    self.shortest = shortest.name
    let seconds = runs.map(\.growth.seconds).min() ?? 0
    self.seconds = seconds
    let random = RandomStream(seed: 0).split("comparison")
    let sorted = try RunComparison.sorted(runs)
    groups = sorted.map { Group($0, candidates: shortest.growth.candidates, seconds: seconds, random: random) }
    differences = RunComparison.differences(groups, random: random)
  }

  /// The runs by group, each by seed.
  private static func sorted(_ runs: [ComparedRun]) throws -> [[ComparedRun]] {
    let names = Dictionary(grouping: runs, by: \.group)
    return try names.values.map { group in
      let bySeed = group.sorted { ($0.seed, $0.name) < ($1.seed, $1.name) }
      for (first, second) in zip(bySeed, bySeed.dropFirst()) where first.seed == second.seed {
        throw ComparisonError.sameSeed(
          first: first.name, second: second.name, group: first.group, seed: first.seed)
      }
      return bySeed
    }.sorted { left, right in
      left[0].isRandom == right[0].isRandom ? left[0].group < right[0].group : left[0].isRandom
    }
  }

  private static func differences(_ groups: [Group], random: RandomStream) -> [Difference] {
    let pairs = groups.indices.flatMap { second in (0..<second).map { ($0, second) } }
    let found = pairs.compactMap { Difference(groups[$0.0], groups[$0.1], random: random) }
    let adjusted = MultipleTests.holm(found.map(\.test.p))
    return zip(found, adjusted).map { $0.adjusted($1) }
  }
}

extension RunComparison.Group {
  init(_ runs: [ComparedRun], candidates: Int, seconds: Double, random: RandomStream) {
    let bootstrap = Bootstrap(count: runs.count, random: random.split("bootstrap"))
    let growths = runs.map(\.growth)
    name = runs[0].group
    isRandom = runs[0].isRandom
    seeds = runs.map(\.seed)
    measures = RunComparison.Measure.allCases.map { measure in
      let values = growths.map { growth in
        switch measure {
        case .best: growth.best(candidates: candidates) ?? 0
        case .area: growth.area(candidates: candidates)
        case .bestByTime: growth.best(seconds: seconds) ?? 0
        case .areaByTime: growth.area(seconds: seconds)
        }
      }
      return RunComparison.Measured(
        measure: measure, values: values, mean: SampleSummary(values).mean, interval: bootstrap.meanInterval(values))
    }
    let steps = min(candidates, RunComparison.resolution)
    byCandidate = RunComparison.curve(
      (1...steps).map { Double(candidates * $0 / steps) }, bootstrap
    ) { x in growths.map { $0.best(candidates: Int(x)) } }
    byTime = RunComparison.curve(
      (1...RunComparison.resolution).map { seconds * Double($0) / Double(RunComparison.resolution) }, bootstrap
    ) { x in growths.map { $0.best(seconds: x) } }
  }

  /// One measure of this group.
  public subscript(measure: RunComparison.Measure) -> RunComparison.Measured {
    guard let found = measures.first(where: { $0.measure == measure }) else {
      preconditionFailure("a group has every measure")
    }
    return found
  }
}

extension RunComparison {
  fileprivate static func curve(
    _ places: [Double], _ bootstrap: Bootstrap, values: (Double) -> [Double?]
  ) -> [CurvePoint] {
    places.compactMap { x in
      let found = values(x)
      let present = found.compactMap { $0 }
      guard present.count == found.count else { return nil }
      return CurvePoint(x: x, mean: SampleSummary(present).mean, interval: bootstrap.meanInterval(present))
    }
  }
}

extension RunComparison.Difference {
  /// Nil when the groups have no seed in common.
  init?(_ first: RunComparison.Group, _ second: RunComparison.Group, random: RandomStream) {
    let shared = first.seeds.filter { second.seeds.contains($0) }
    guard !shared.isEmpty else { return nil }
    func values(_ group: RunComparison.Group, _ measure: RunComparison.Measure) -> [Double] {
      zip(group.seeds, group[measure].values).filter { shared.contains($0.0) }.map(\.1)
    }
    func differences(_ measure: RunComparison.Measure, _ sign: Double) -> [Double] {
      zip(values(second, measure), values(first, measure)).map { ($0 - $1) * sign }
    }
    let sign: Double = differences(.best, 1).reduce(0, +) < 0 ? -1 : 1
    let best = differences(.best, sign)
    ahead = sign < 0 ? first.name : second.name
    behind = sign < 0 ? second.name : first.name
    seeds = shared
    wins = best.count { $0 > 0 }
    test = PairedTest(best, random: random.split("signs"))
    adjustedP = test.p
    interval = Bootstrap(count: best.count, random: random.split("bootstrap")).meanInterval(best)
    areaTest = PairedTest(differences(.area, sign), random: random.split("signs"))
  }

  fileprivate func adjusted(_ p: Double) -> RunComparison.Difference {
    RunComparison.Difference(
      ahead: ahead, behind: behind, seeds: seeds, wins: wins, test: test, adjustedP: p, interval: interval,
      areaTest: areaTest)
  }
}
