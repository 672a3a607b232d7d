import SearchSpace

/// The permutation test of paired values: were the two of every pair as likely the other way round, how often would the
/// mean difference be at least as large (Fisher, "The design of experiments", 1935, section 21)?
///
/// It assumes nothing of the values' distribution. With few pairs all of the 2ⁿ signs are counted; no difference, however
/// large, can then have a p below 2 / 2ⁿ.
public struct PairedTest: Hashable, Sendable, Codable {
  /// How many pairs there are.
  public let pairs: Int
  /// The mean of the differences.
  public let difference: Double
  /// The two-sided p; 1 of no pairs.
  public let p: Double
  /// The smallest p that so many pairs can give.
  public let smallestP: Double

  /// Up to so many pairs all signs are counted; with more a sample of them, whose own number counts too (Phipson and
  /// Smyth, "Permutation p-values should never be zero", 2010).
  private static let mostExact = 14
  private static let samples = 20_000

  /// Tests differences.
  /// - Parameter random: draws the signs where there are too many to count.
  public init(_ differences: [Double], random: RandomStream) {
    let sum = differences.reduce(0, +)
    // Sums that differ by rounding alone are equal.
    let least = abs(sum) - 1e-12 * differences.reduce(0) { $0 + abs($1) }
    pairs = differences.count
    difference = differences.isEmpty ? 0 : sum / Double(differences.count)
    let isExact = differences.count <= PairedTest.mostExact
    p =
      isExact
      ? PairedTest.exact(differences, least: least) : PairedTest.sampled(differences, least: least, random: random)
    smallestP = isExact ? PairedTest.smallestP(pairs: pairs) : 1 / Double(PairedTest.samples + 1)
  }

  /// The smallest p that so many pairs can give when all signs are counted: 2 / 2ⁿ; 1 of no pairs.
  public static func smallestP(pairs: Int) -> Double {
    pairs < 1 ? 1 : (0..<pairs - 1).reduce(1) { p, _ in p / 2 }
  }

  static func exact(_ differences: [Double], least: Double) -> Double {
    let all = 1 << differences.count
    let extreme = (0..<all).count { signs in
      var sum = 0.0
      for (place, difference) in differences.enumerated() {
        sum += signs >> place & 1 == 0 ? difference : -difference
      }
      return abs(sum) >= least
    }
    return Double(extreme) / Double(all)
  }

  private static func sampled(_ differences: [Double], least: Double, random: RandomStream) -> Double {
    var random = random
    let extreme = (0..<samples).count { _ in
      var sum = 0.0
      for difference in differences { sum += random.next() >> 63 == 0 ? difference : -difference }
      return abs(sum) >= least
    }
    return Double(extreme + 1) / Double(samples + 1)
  }
}

/// Several tests at once.
public enum MultipleTests {
  /// The p of each test, raised so that the chance of any false finding among all of them stays below the level at which
  /// they are read (Holm, "A simple sequentially rejective multiple test procedure", 1979).
  public static func holm(_ ps: [Double]) -> [Double] {
    var adjusted = ps
    var largest = 0.0
    for (rank, position) in ps.indices.sorted(by: { (ps[$0], $0) < (ps[$1], $1) }).enumerated() {
      largest = max(largest, min(1, ps[position] * Double(ps.count - rank)))
      adjusted[position] = largest
    }
    return adjusted
  }
}
