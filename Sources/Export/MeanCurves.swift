/// Curves with their spread as SVG: a line through the middle of each series and a band around it.
public struct MeanCurves: Hashable, Sendable {
  /// A value with the band around it.
  public struct Value: Hashable, Sendable {
    /// Where along the horizontal axis.
    public let x: Double
    /// The line.
    public let middle: Double
    /// The band's lower edge.
    public let low: Double
    /// The band's upper edge.
    public let high: Double

    /// Creates a value; the band is an empty one unless given.
    public init(x: Double, middle: Double, low: Double? = nil, high: Double? = nil) {
      self.x = x
      self.middle = middle
      self.low = low ?? middle
      self.high = high ?? middle
    }
  }

  /// One line with its band.
  public struct Series: Hashable, Sendable {
    /// Its name in the legend.
    public let name: String
    /// Its values by rising x.
    public let values: [Value]

    /// Creates a series.
    public init(name: String, values: [Value]) {
      self.name = name
      self.values = values
    }
  }

  private let series: [Series]
  private let title: String
  private let frame: ChartFrame
  private let floor: Double

  /// Prepares a chart.
  /// - Parameters:
  ///   - horizontal: the horizontal axis' title.
  ///   - vertical: the vertical axis' title.
  ///   - low: where the vertical axis begins, unless all of the data is above; what lies below is cut off.
  public init(_ series: [Series], title: String, horizontal: String, vertical: String, low: Double? = nil) {
    self.series = series
    self.title = title
    let values = series.flatMap(\.values)
    let lowest = values.map(\.low).min() ?? 0
    let highest = max(values.map(\.high).max() ?? 1, low ?? -.infinity)
    let axis = AxisTicks(low: max(lowest, low ?? lowest), high: highest, count: 6)
    floor = axis.lower
    frame = ChartFrame(
      horizontal: AxisTicks(low: values.map(\.x).min() ?? 0, high: values.map(\.x).max() ?? 1, count: 8),
      vertical: axis, horizontalTitle: horizontal, verticalTitle: vertical)
  }

  /// The SVG document.
  public func svg() -> String {
    var legend = ChartLegend()
    for (index, one) in series.enumerated() {
      legend.add(one.name, color: ChartFrame.color(index), symbol: .line, dashes: ChartFrame.dashes(index))
    }
    return frame.document(title: title, legend: legend) { document in
      for (index, one) in series.enumerated() where one.values.contains(where: { $0.low < $0.high }) {
        let upper = one.values.map { place($0.x, $0.high) }
        let lower = one.values.reversed().map { place($0.x, $0.low) }
        document.polygon(upper + lower, fill: ChartFrame.color(index), opacity: 0.1)
      }
      for (index, one) in series.enumerated() where !one.values.isEmpty {
        let points = one.values.map { place($0.x, $0.middle) }
        let data = points.enumerated().map { position, point in
          (position == 0 ? "M" : "L") + "\(Coordinate.text(point.x)) \(Coordinate.text(point.y))"
        }
        document.path(data.joined(), stroke: ChartFrame.color(index), width: 2, dashes: ChartFrame.dashes(index))
      }
    }
  }

  private func place(_ x: Double, _ y: Double) -> Point { frame.place(x, max(y, floor)) }
}
