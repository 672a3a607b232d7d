import SearchSpace
import Testing

@testable import Study

@Suite struct PairedTestTests {
  private func p(_ differences: [Double]) -> Double { PairedTest(differences, random: RandomStream(seed: 1)).p }

  @Test func allSignsAreCounted() {
    #expect(p([0.4]) == 1)
    #expect(p([0.1, 0.1, 0.2]) == 0.25)
    #expect(p([1, -1]) == 1)
    // Of the sixteen sums those of 7, 5 and 5 are at least 5 large, to both sides.
    #expect(p([1, 2, 3, -1]) == 6.0 / 16)
    #expect(p([0, 0, 0]) == 1)
    #expect(p([]) == 1)
    // Tenths have no exact sum; equal ones count as equal.
    #expect(p([0.1, 0.2, 0.3, -0.1, -0.2, 0.3]) == p([1, 2, 3, -1, -2, 3]))
  }

  @Test func theSmallestPFollowsFromThePairs() {
    #expect(PairedTest.smallestP(pairs: 0) == 1)
    #expect(PairedTest.smallestP(pairs: 1) == 1)
    #expect(PairedTest.smallestP(pairs: 3) == 0.25)
    #expect(PairedTest.smallestP(pairs: 6) == 0.03125)
    for pairs in 1...8 {
      let least = PairedTest((0..<pairs).map { Double($0 + 1) }, random: RandomStream(seed: 1))
      #expect(least.p == least.smallestP && least.pairs == pairs)
    }
  }

  /// With many pairs signs are drawn: near what counting all of them gives, the same every time, never 0.
  @Test func manyPairsAreSampled() {
    var random = RandomStream(seed: 5)
    let differences = (0..<15).map { _ in random.uniform() - 0.35 }
    let sum = abs(differences.reduce(0, +))
    let exact = PairedTest.exact(differences, least: sum - 1e-12)
    #expect(exact > 0.01 && exact < 0.5)
    #expect(abs(p(differences) - exact) < 0.015)
    #expect(p(differences) == p(differences))
    #expect(p([Double](repeating: 1, count: 40)) == 1.0 / 20_001)
  }

  @Test func severalTestsAreAdjusted() {
    let adjusted = MultipleTests.holm([0.01, 0.04, 0.03])
    #expect(zip(adjusted, [0.03, 0.06, 0.06]).allSatisfy { abs($0 - $1) < 1e-15 })
    #expect(MultipleTests.holm([0.5, 0.9]) == [1, 1])
    #expect(MultipleTests.holm([]).isEmpty)
  }
}
