import SearchSpace
import Testing

@testable import Study

@Suite struct BootstrapTests {
  private func bootstrap(_ count: Int) -> Bootstrap { Bootstrap(count: count, random: RandomStream(seed: 1)) }

  @Test func intervalsOfMeans() throws {
    let level = try #require(bootstrap(4).meanInterval([0.3, 0.3, 0.3, 0.3]))
    #expect(level.low == level.high && abs(level.low - 0.3) < 1e-15)
    // One in 27 resamples of three is all of the smallest, more than the 2.5 % below the interval.
    let three = try #require(bootstrap(3).meanInterval([0.25, 0.5, 0.375]))
    #expect(three == Interval(low: 0.25, high: 0.5))
    #expect(bootstrap(1).meanInterval([0.2]) == nil)
    #expect(bootstrap(0).meanInterval([]) == nil)
  }

  /// Of many values the interval is that of the normal distribution: 1.96 standard errors to both sides.
  @Test func manyValuesGiveTheNormalInterval() throws {
    var random = RandomStream(seed: 2)
    let values = (0..<200).map { _ in random.uniform() }
    let summary = SampleSummary(values)
    let error = summary.deviation / Double(values.count).squareRoot()
    let interval = try #require(bootstrap(200).meanInterval(values))
    #expect(abs((summary.mean - interval.low) / error - 1.96) < 0.1)
    #expect(abs((interval.high - summary.mean) / error - 1.96) < 0.1)
  }

  @Test func resamplesWithoutAValueAreLeftOut() {
    let values = [1.0, 2, 3]
    let interval = bootstrap(3).interval { drawn in
      Set(drawn).count < 2 ? nil : drawn.map { values[$0] }.max()
    }
    #expect(interval == Interval(low: 2, high: 3))
    #expect(bootstrap(3).interval { _ in nil } == nil)
  }

  @Test func quantilesLieBetweenNeighbours() {
    #expect(Bootstrap.quantile(0, of: [1, 2, 4]) == 1)
    #expect(Bootstrap.quantile(0.75, of: [1, 2, 4]) == 3)
    #expect(Bootstrap.quantile(1, of: [1, 2, 4]) == 4)
  }
}
