import SearchSpace

/// The permutation test of a rank correlation: were the two orders independent, how often would the correlation be at least
/// as far from 0 (Pitman, "Significance tests which may be applied to samples from any populations. II. The correlation
/// coefficient test", 1937)?
///
/// It assumes nothing of the values' distribution. Of few values all orders are counted; no correlation, however large, can
/// then have a p below 2 / n!.
public struct RankPermutationTest: Hashable, Sendable, Codable {
  /// The two-sided p.
  public let p: Double

  /// Up to so many values all orders are counted; of more a sample, whose own number counts too (Phipson and Smyth,
  /// "Permutation p-values should never be zero", 2010).
  private static let mostExact = 7
  private static let samples = 20_000

  /// Tests the correlation of two lists; nil where there is none.
  /// - Parameter random: draws the orders where there are too many to count.
  public init?(_ measure: RankCorrelation, _ left: [Double], _ right: [Double], random: RandomStream) {
    guard let value = measure.value(left, right) else { return nil }
    // Correlations that differ by rounding alone are equal.
    let least = abs(value) - 1e-12
    func isExtreme(_ order: [Double]) -> Bool { abs(measure.value(left, order) ?? 0) >= least }
    var order = right
    if right.count <= RankPermutationTest.mostExact {
      var (all, extreme) = (0, 0)
      RankPermutationTest.visitOrders(of: &order, count: order.count) {
        all += 1
        if isExtreme($0) { extreme += 1 }
      }
      p = Double(extreme) / Double(all)
    } else {
      var random = random
      let extreme = (0..<RankPermutationTest.samples).count { _ in
        random.shuffle(&order)
        return isExtreme(order)
      }
      p = Double(extreme + 1) / Double(RankPermutationTest.samples + 1)
    }
  }

  /// All orders of the first `count` values (Heap, "Permutations by interchanges", 1963).
  static func visitOrders(of values: inout [Double], count: Int, _ visit: ([Double]) -> Void) {
    guard count > 1 else { return visit(values) }
    for place in 0..<count {
      visitOrders(of: &values, count: count - 1, visit)
      if place < count - 1 { values.swapAt(count % 2 == 0 ? place : 0, count - 1) }
    }
  }
}
