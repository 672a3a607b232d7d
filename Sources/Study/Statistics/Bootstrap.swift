import SearchSpace

/// A range of values.
public struct Interval: Hashable, Sendable, Codable {
  /// The lower end.
  public let low: Double
  /// The upper end.
  public let high: Double

  /// Creates a range.
  public init(low: Double, high: Double) {
    self.low = low
    self.high = high
  }
}

/// Percentile bootstrap intervals (Efron and Tibshirani, "An introduction to the bootstrap", 1993, section 13.3): the
/// sample is drawn again and again from itself, with replacement, and the interval holds the middle of what comes out.
///
/// The draws are made once and serve every statistic, so that the points of a curve share them. With few values the
/// intervals are too short: three values have only ten different means.
public struct Bootstrap: Sendable {
  /// How many values a sample has.
  public let count: Int
  /// The share of resamples that an interval holds.
  public let confidence: Double
  /// The positions drawn for every resample, one after another.
  private let draws: [Int]
  private let resamples: Int

  /// Draws the resamples.
  /// - Parameter count: how many values a sample has.
  public init(count: Int, random: RandomStream, resamples: Int = 10_000, confidence: Double = 0.95) {
    var random = random
    self.count = max(0, count)
    self.resamples = resamples
    self.confidence = confidence
    draws = count > 0 ? (0..<resamples * count).map { _ in random.integer(below: count) } : []
  }

  /// The interval of a mean; nil of fewer than two values.
  public func meanInterval(_ values: [Double]) -> Interval? {
    guard values.count == count, count > 1 else { return nil }
    return interval { positions in
      var sum = 0.0
      for position in positions { sum += values[position] }
      return sum / Double(positions.count)
    }
  }

  /// The interval of any statistic, which is handed the positions of a resample; resamples without a value (nil) are
  /// left out. Nil of fewer than two values, or when no resample has one.
  public func interval(of statistic: (ArraySlice<Int>) -> Double?) -> Interval? {
    guard count > 1 else { return nil }
    let values = (0..<resamples).compactMap { statistic(draws[$0 * count..<($0 + 1) * count]) }.sorted()
    guard !values.isEmpty else { return nil }
    let outside = (1 - confidence) / 2
    return Interval(low: Bootstrap.quantile(outside, of: values), high: Bootstrap.quantile(1 - outside, of: values))
  }

  /// The quantile of sorted values, between neighbours along a straight line.
  static func quantile(_ share: Double, of sorted: [Double]) -> Double {
    let place = share * Double(sorted.count - 1)
    let below = min(max(0, Int(place)), sorted.count - 1)
    let above = min(below + 1, sorted.count - 1)
    // Equal neighbours give exactly their value.
    return sorted[below] + (sorted[above] - sorted[below]) * (place - Double(below))
  }
}
