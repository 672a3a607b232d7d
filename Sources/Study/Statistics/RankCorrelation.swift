/// How well one list of numbers orders the same things as another.
public enum RankCorrelation: String, Hashable, Sendable, Codable, CaseIterable {
  /// Spearman's ρ: the correlation of the ranks, equals sharing the mean of theirs (Spearman, 1904).
  case spearman
  /// Kendall's τ-b: how many more pairs are in the same order than in the other, ties taken into account (Kendall, 1945).
  case kendall

  /// The correlation, −1 to 1; nil of fewer than two values, or when all of one list are equal.
  public func value(_ left: [Double], _ right: [Double]) -> Double? {
    guard left.count == right.count, left.count > 1 else { return nil }
    switch self {
    case .spearman: return RankCorrelation.pearson(RankCorrelation.ranks(left), RankCorrelation.ranks(right))
    case .kendall: return RankCorrelation.tau(left, right)
    }
  }

  /// The ranks from 1, equals with the mean of theirs.
  static func ranks(_ values: [Double]) -> [Double] {
    values.map { value in
      let below = values.count { $0 < value }
      let equal = values.count { $0 == value }
      return Double(below) + Double(equal + 1) / 2
    }
  }

  private static func pearson(_ left: [Double], _ right: [Double]) -> Double? {
    let means = (left.reduce(0, +) / Double(left.count), right.reduce(0, +) / Double(right.count))
    var (product, first, second) = (0.0, 0.0, 0.0)
    for (x, y) in zip(left, right) {
      product += (x - means.0) * (y - means.1)
      first += (x - means.0) * (x - means.0)
      second += (y - means.1) * (y - means.1)
    }
    guard first > 0, second > 0 else { return nil }
    return product / (first * second).squareRoot()
  }

  private static func tau(_ left: [Double], _ right: [Double]) -> Double? {
    var (concordance, first, second) = (0, 0, 0)
    for i in left.indices {
      for j in left.indices where j < i {
        let x = left[i] == left[j] ? 0 : left[i] < left[j] ? -1 : 1
        let y = right[i] == right[j] ? 0 : right[i] < right[j] ? -1 : 1
        concordance += x * y
        first += abs(x)
        second += abs(y)
      }
    }
    guard first > 0, second > 0 else { return nil }
    return Double(concordance) / (Double(first) * Double(second)).squareRoot()
  }
}
