import SearchSpace
import Testing

@testable import Study

@Suite struct RankPermutationTestTests {
  private let random = RandomStream(seed: 3)

  private func p(_ left: [Double], _ right: [Double]) -> Double? {
    RankPermutationTest(.spearman, left, right, random: random)?.p
  }

  @Test func allOrdersAreVisitedOnce() {
    for count in 1...5 {
      var values = (0..<count).map(Double.init)
      var seen: Set<[Double]> = []
      var visits = 0
      RankPermutationTest.visitOrders(of: &values, count: count) {
        seen.insert($0)
        visits += 1
      }
      #expect(visits == (1...count).reduce(1, *) && seen.count == visits)
    }
  }

  /// The same and the opposite order are as far from 0 as can be: 2 of n!.
  @Test(arguments: 2...7) func fewValuesAreCounted(count: Int) throws {
    let values = (0..<count).map(Double.init)
    let orders = Double((1...count).reduce(1, *))
    #expect(try #require(p(values, values)) == 2 / orders)
    #expect(try #require(p(values, values.reversed())) == 2 / orders)
  }

  /// ρ = 0.867; of 400,000 orders that NumPy drew 0.0022 were as far from 0.
  @Test func moreValuesAreSampled() throws {
    let found = try #require(p([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [3, 1, 4, 2, 6, 5, 9, 7, 10, 8]))
    #expect(found > 0.0012 && found < 0.0032)
    #expect(try #require(p([1, 2, 3, 4, 5, 6, 7, 8], [1, 8, 2, 7, 3, 6, 4, 5])) > 0.5)
    #expect(p([1, 2], [1, 1]) == nil)
  }
}
