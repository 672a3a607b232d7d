import Foundation
import SearchSpace
import Testing

@testable import Export

@Test func theBestSoFarNeverFallsAndSkipsFailures() {
  let series = SearchCurve.Series(name: "a", rewards: [nil, 0.3, 0.2, nil, 0.5, .nan, 0.4])
  #expect(series.bestSoFar == [nil, 0.3, 0.3, 0.3, 0.5, 0.5, 0.5])
}

@Test func theChartHasAPointPerCandidateAndALinePerSearch() {
  let first = SearchCurve.Series(name: "random <1>", rewards: [0.3, 0.2, nil, 0.5])
  let second = SearchCurve.Series(name: "evolution", rewards: [0.1, 0.4])
  let picture = SearchCurve([first, second], title: "a & b").svg()
  let reading = XMLReading(picture)
  #expect(reading.isWellFormed)
  #expect(reading.texts.contains("a & b") && reading.texts.contains("random <1>, best so far"))
  #expect(reading.texts.contains("evolution, best so far") && reading.texts.contains("failed candidate"))
  // Five rewards and the legend's point.
  #expect(reading.elements["circle"] == 6)
  #expect(SearchCurve([first, second], title: "a & b").svg() == picture)
}

@Test func furtherSearchesAreRingsAndBrokenLines() {
  let searches = (0..<8).map { SearchCurve.Series(name: "s\($0)", rewards: [0.1, 0.2]) }
  let picture = SearchCurve(searches, title: "many").svg()
  #expect(picture.count(of: "fill=\"#ffffff\" stroke=\"\(ChartFrame.color(0))\"") == 2)
  #expect(picture.count(of: "stroke-dasharray") == 2)
  #expect(XMLReading(picture).isWellFormed)
}

@Test func chartsOfNothingAreStillCharts() {
  for series in [[], [SearchCurve.Series(name: "none", rewards: [])], [.init(name: "bad", rewards: [nil, .infinity])]] {
    let reading = XMLReading(SearchCurve(series, title: "empty").svg())
    #expect(reading.isWellFormed && reading.texts.contains("0.0"))
  }
  #expect(XMLReading(SearchCurve([.init(name: "one", rewards: [0.1])], title: "").svg()).isWellFormed)
}

@Test func ticksAreRoundAndCoverTheData() {
  #expect(AxisTicks(low: 0, high: 1, count: 5).ticks.map(\.label) == ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"])
  #expect(AxisTicks(low: 0, high: 59, count: 6).ticks.map(\.label) == ["0", "10", "20", "30", "40", "50", "60"])
  #expect(AxisTicks(low: 0, high: 1, count: 8, isWhole: true).ticks.map(\.label) == ["0", "1"])
  #expect(AxisTicks(low: -0.05, high: 0.05, count: 2).ticks.map(\.label) == ["-0.05", "0.00", "0.05"])
  var random = RandomStream(seed: 9)
  for _ in 0..<200 {
    let low = random.uniform() * 10 - 5
    let high = low + random.uniform() * random.uniform()
    let ticks = AxisTicks(low: low, high: high, count: 6)
    #expect(ticks.lower <= low + 1e-6 && ticks.upper >= high - 1e-6)
    #expect((2...14).contains(ticks.ticks.count))
    #expect(Set(ticks.ticks.map(\.label)).count == ticks.ticks.count)
  }
}

extension String {
  /// How often a text occurs.
  fileprivate func count(of text: String) -> Int { components(separatedBy: text).count - 1 }
}
