import Testing

@testable import Export

@Suite struct MeanCurvesTests {
  private func curves(_ series: [MeanCurves.Series], low: Double? = nil) -> String {
    MeanCurves(series, title: "a < b", horizontal: "hours", vertical: "accuracy", low: low).svg()
  }

  @Test func everySeriesHasALineAndABandWhereItHasASpread() {
    let plain = MeanCurves.Series(name: "plain", values: [.init(x: 0, middle: 1), .init(x: 2, middle: 3)])
    let spread = MeanCurves.Series(
      name: "spread", values: [.init(x: 0, middle: 1, low: 0.5, high: 2), .init(x: 2, middle: 2, low: 1, high: 3)])
    let reading = XMLReading(curves([plain, spread]))
    #expect(reading.isWellFormed)
    #expect(reading.elements["polygon"] == 1)
    for text in ["a < b", "hours", "accuracy", "plain", "spread"] { #expect(reading.texts.contains(text)) }
    #expect(curves([plain, spread]) == curves([plain, spread]))
  }

  /// What lies below the axis' beginning is drawn along it.
  @Test func theAxisCanBeginAboveTheData() {
    let series = MeanCurves.Series(name: "s", values: [.init(x: 0, middle: 10), .init(x: 1, middle: 94)])
    let cut = curves([series], low: 93)
    #expect(XMLReading(cut).texts.contains("93.0") && !XMLReading(cut).texts.contains("10"))
    let plot = ChartFrame.plot
    #expect(cut.contains("M\(Coordinate.text(plot.x)) \(Coordinate.text(plot.bottom))L"))
  }

  @Test func chartsOfNothingAreStillCharts() {
    for series in [[], [MeanCurves.Series(name: "none", values: [])]] {
      #expect(XMLReading(curves(series)).isWellFormed)
    }
  }

  /// More series than colours: no two lines look alike, nor do their legends.
  @Test func noTwoSeriesLookAlike() {
    let series = (0..<20).map { index in
      MeanCurves.Series(name: "s\(index)", values: [.init(x: 0, middle: 1), .init(x: 1, middle: Double(index))])
    }
    let looks = curves(series).split(separator: "\n").filter { $0.hasPrefix("<path") && $0.contains("width=\"2\"") }.map
    {
      $0.replacing(/\sd="[^"]*"/, with: "")
    }
    // Twenty lines, and twenty in the legend.
    #expect(looks.count == 40)
    #expect(Set(looks).count == 20)
    #expect(Set(looks.prefix(20)) == Set(looks.suffix(20)))
  }
}
