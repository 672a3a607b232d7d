import Testing

@testable import Study

/// The values of the examples in SciPy's documentation (`scipy.stats.spearmanr`, `kendalltau`) and of small cases.
@Suite struct RankCorrelationTests {
  @Test func publishedExamples() throws {
    let rho = try #require(RankCorrelation.spearman.value([1, 2, 3, 4, 5], [5, 6, 7, 8, 7]))
    #expect(abs(rho - 0.820_782_681_668_123_3) < 1e-14)
    let tau = try #require(RankCorrelation.kendall.value([12, 2, 1, 12, 2], [1, 4, 7, 1, 0]))
    #expect(abs(tau + 0.471_404_520_791_031_73) < 1e-14)
  }

  @Test(arguments: RankCorrelation.allCases) func orders(_ measure: RankCorrelation) throws {
    let values = [0.3, 0.1, 0.4, 0.15, 0.9]
    let same = try #require(measure.value(values, values.map { $0 * $0 }))
    let opposite = try #require(measure.value(values, values.map { -$0 }))
    #expect(abs(same - 1) < 1e-15 && abs(opposite + 1) < 1e-15)
    #expect(measure.value(values, [1, 1, 1, 1, 1]) == nil)
    #expect(measure.value([1], [2]) == nil)
    #expect(measure.value([1, 2], [2]) == nil)
  }

  @Test func equalsShareTheirRank() {
    #expect(RankCorrelation.ranks([0.2, 0.5, 0.2, 0.1]) == [2.5, 4, 2.5, 1])
  }
}
