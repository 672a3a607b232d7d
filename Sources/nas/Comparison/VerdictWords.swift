import Study

extension ComparisonVerdict {
  /// The verdict in one line.
  /// - Parameter counterpart: the command that makes a run of random search with the same settings.
  func words(counterpart: String) -> String {
    switch self {
    case .noRandom(let groups):
      return
        "no verdict: none of the runs is random search, without which nobody knows what \(groups.joined(separator: ", ")) "
        + "learned; make one for every seed with: \(counterpart)"
    case .onlyRandom(let group):
      return "no verdict: all runs are \(group); give runs of another controller as well"
    case .unpaired:
      return "no verdict: no two controllers have a seed in common; search with the same seeds"
    case .tooFewSeeds(let seeds, let smallestP, let needed, let largest):
      return
        "no verdict: with \(seeds) \(seeds == 1 ? "seed" : "seeds") no difference can have a p below "
        + "\(ComparisonVerdict.text(smallestP)), whatever its size, and \(RunComparison.level) is asked for; "
        + "\(needed) seeds are the fewest that can tell so many controllers apart. So far "
        + ComparisonVerdict.ahead(largest)
    case .noDifference(let largest):
      return
        "no difference shown: not even the largest is more than luck makes (\(ComparisonVerdict.ahead(largest)), p "
        + "\(ComparisonVerdict.text(largest.adjustedP)))"
    case .differences(let shown):
      return shown.map { difference in
        "\(difference.ahead) finds better cells than \(difference.behind) within this budget "
          + "(\(ComparisonVerdict.points(difference)), p \(ComparisonVerdict.text(difference.adjustedP)))"
      }.joined(separator: "; ")
    }
  }

  private static func ahead(_ difference: RunComparison.Difference) -> String {
    guard difference.test.difference > 0 else { return "all controllers are level" }
    return
      "\(difference.ahead) is ahead of \(difference.behind) by \(points(difference)), on \(difference.wins) of "
      + "\(difference.seeds.count) \(difference.seeds.count == 1 ? "seed" : "seeds")"
  }

  /// A mean difference in points, with its interval.
  static func points(_ difference: RunComparison.Difference) -> String {
    let interval = difference.interval.map {
      " [\(Wording.decimal($0.low * 100, 2)), \(Wording.decimal($0.high * 100, 2))]"
    }
    return "\(Wording.decimal(difference.test.difference * 100, 2)) points\(interval ?? "")"
  }

  /// A p with two digits that count.
  static func text(_ p: Double) -> String {
    p < 0.0001 ? "below 0.0001" : Wording.decimal(p, p < 0.001 ? 5 : p < 0.01 ? 4 : 3)
  }
}
