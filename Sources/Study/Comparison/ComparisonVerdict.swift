/// What a comparison allows to say, in one line.
public enum ComparisonVerdict: Hashable, Sendable {
  /// There is no run of random search, which every comparison needs.
  case noRandom(groups: [String])
  /// There are only runs of random search.
  case onlyRandom(group: String)
  /// No two groups have a seed in common.
  case unpaired
  /// So few seeds that no difference could be told from luck; `needed` are the fewest that can.
  case tooFewSeeds(seeds: Int, smallestP: Double, needed: Int, largest: RunComparison.Difference)
  /// There were seeds enough, but no difference is larger than luck makes.
  case noDifference(largest: RunComparison.Difference)
  /// These differences are.
  case differences([RunComparison.Difference])

  /// The verdict on a comparison.
  public init(_ comparison: RunComparison) {
    let groups = comparison.groups
    let differences = comparison.differences
    if !groups.contains(where: \.isRandom) {
      self = .noRandom(groups: groups.map(\.name))
    } else if groups.count < 2 {
      self = .onlyRandom(group: groups[0].name)
    } else if let largest = differences.max(by: { $0.test.difference < $1.test.difference }) {
      let shown = differences.filter { $0.adjustedP <= RunComparison.level }
      let most = differences.map(\.seeds.count).max() ?? 0
      let needed = ComparisonVerdict.seedsNeeded(pairs: differences.count)
      if !shown.isEmpty {
        self = .differences(shown)
      } else if most < needed {
        self = .tooFewSeeds(
          seeds: most, smallestP: PairedTest.smallestP(pairs: most), needed: needed, largest: largest)
      } else {
        self = .noDifference(largest: largest)
      }
    } else {
      self = .unpaired
    }
  }

  /// The fewest seeds with which one of `pairs` differences can be shown: Holm multiplies the smallest p by their number.
  static func seedsNeeded(pairs: Int) -> Int {
    var seeds = 1
    while PairedTest.smallestP(pairs: seeds) * Double(pairs) > RunComparison.level { seeds += 1 }
    return seeds
  }

  /// Whether the data allow to say which is better.
  public var isDecided: Bool {
    switch self {
    case .differences: true
    case .noRandom, .onlyRandom, .unpaired, .tooFewSeeds, .noDifference: false
    }
  }
}
