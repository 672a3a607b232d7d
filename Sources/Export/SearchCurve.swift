/// The picture of a search as SVG: the reward of every candidate as a point and the best so far as a line, for one
/// search or several to compare.
public struct SearchCurve: Hashable, Sendable {
  /// One search.
  public struct Series: Hashable, Sendable {
    /// Its name in the legend.
    public let name: String
    /// The reward of each candidate in index order, nil for one that failed.
    public let rewards: [Double?]

    /// Creates a series.
    public init(name: String, rewards: [Double?]) {
      self.name = name
      self.rewards = rewards
    }

    /// The best reward so far at each index, nil before the first success.
    public var bestSoFar: [Double?] {
      var best: Double?
      return rewards.map { reward in
        if let reward, reward.isFinite { best = max(best ?? reward, reward) }
        return best
      }
    }
  }

  private enum Measure {
    static let width = 760.0
    static let plot = Rectangle(x: 74, y: 50, width: 662, height: 320)
    static let font = 11.5
  }

  /// Okabe and Ito's colours (2008), which most colour-blind readers can tell apart.
  private static let colors = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#4d4d4d"]

  private let series: [Series]
  private let title: String
  private let rewardName: String
  private let horizontal: AxisTicks
  private let vertical: AxisTicks

  /// Prepares a chart.
  /// - Parameter rewardName: the vertical axis' title.
  public init(_ series: [Series], title: String, rewardName: String = "validation accuracy") {
    self.series = series
    self.title = title
    self.rewardName = rewardName
    let rewards = series.flatMap(\.rewards).compactMap { $0 }.filter(\.isFinite)
    let longest = series.map(\.rewards.count).max() ?? 0
    horizontal = AxisTicks(low: 0, high: Double(max(longest - 1, 1)), count: 8, isWhole: true)
    vertical = AxisTicks(low: rewards.min() ?? 0, high: rewards.max() ?? 1, count: 6)
  }

  /// The SVG document.
  public func svg() -> String {
    var document = SVGDocument()
    let middle = Measure.plot.center.x
    document.text(title, at: Point(x: middle, y: 28), size: 15, isBold: true)
    drawAxes(into: &document)
    for (index, one) in series.enumerated() { drawPoints(one, color: color(index), into: &document) }
    for (index, one) in series.enumerated() { drawBest(one, color: color(index), into: &document) }
    let bottom = drawLegend(into: &document)
    let needed = TextWidth.of(title, size: 15) + 40
    return document.document(
      width: max(Measure.width, middle + needed / 2, legendRight + 20), height: bottom, title: title)
  }

  private func color(_ index: Int) -> String { SearchCurve.colors[index % SearchCurve.colors.count] }

  private func place(_ index: Int, _ reward: Double) -> Point {
    let plot = Measure.plot
    let across = (Double(index) - horizontal.lower) / (horizontal.upper - horizontal.lower)
    let up = (reward - vertical.lower) / (vertical.upper - vertical.lower)
    return Point(x: plot.x + across * plot.width, y: plot.bottom - up * plot.height)
  }

  private func drawAxes(into document: inout SVGDocument) {
    let plot = Measure.plot
    for tick in vertical.ticks {
      let y = place(0, tick.value).y
      document.path(
        SearchCurve.line(Point(x: plot.x, y: y), Point(x: plot.right, y: y)), stroke: "#e6e6e6", width: 1)
      document.text(
        tick.label, at: Point(x: plot.x - 8, y: y + 4), size: Measure.font, fill: "#444444", anchor: .end)
    }
    for tick in horizontal.ticks {
      let x = place(Int(tick.value), vertical.lower).x
      document.path(
        SearchCurve.line(Point(x: x, y: plot.bottom), Point(x: x, y: plot.bottom + 5)), stroke: "#888888", width: 1)
      document.text(tick.label, at: Point(x: x, y: plot.bottom + 19), size: Measure.font, fill: "#444444")
    }
    document.path(
      SearchCurve.line(Point(x: plot.x, y: plot.y), Point(x: plot.x, y: plot.bottom))
        + SearchCurve.line(Point(x: plot.x, y: plot.bottom), Point(x: plot.right, y: plot.bottom)),
      stroke: "#888888", width: 1)
    document.text("candidate", at: Point(x: plot.center.x, y: plot.bottom + 40), size: 12)
    document.text(rewardName, at: Point(x: 20, y: plot.center.y), size: 12, rotation: -90)
  }

  private static func line(_ from: Point, _ to: Point) -> String {
    "M\(Coordinate.text(from.x)) \(Coordinate.text(from.y))L\(Coordinate.text(to.x)) \(Coordinate.text(to.y))"
  }

  private func drawPoints(_ series: Series, color: String, into document: inout SVGDocument) {
    for (index, reward) in series.rewards.enumerated() {
      if let reward, reward.isFinite {
        document.circle(place(index, reward), radius: 2.6, fill: color, opacity: 0.45)
      } else {
        // A failed candidate: a small cross on the axis.
        let foot = place(index, vertical.lower)
        document.path(
          SearchCurve.line(Point(x: foot.x - 3, y: foot.y - 3), Point(x: foot.x + 3, y: foot.y + 3))
            + SearchCurve.line(Point(x: foot.x - 3, y: foot.y + 3), Point(x: foot.x + 3, y: foot.y - 3)),
          stroke: color, width: 1.2)
      }
    }
  }

  /// The best so far as steps: it changes at the candidate that raised it.
  private func drawBest(_ series: Series, color: String, into document: inout SVGDocument) {
    var data = ""
    var last: Double?
    for (index, best) in series.bestSoFar.enumerated() {
      guard let best else { continue }
      let point = place(index, best)
      if let last {
        if best != last || index == series.rewards.count - 1 {
          data += "H\(Coordinate.text(point.x))" + (best == last ? "" : "V\(Coordinate.text(point.y))")
        }
      } else {
        data += "M\(Coordinate.text(point.x)) \(Coordinate.text(point.y))"
      }
      last = best
    }
    if !data.isEmpty { document.path(data, stroke: color, width: 2) }
  }

  // MARK: The legend

  private struct Entry {
    let text: String
    let color: String
    let place: Point
    let symbol: Symbol
  }

  private enum Symbol {
    case line, point, cross
  }

  /// The entries' places, in lines as wide as the plot.
  private var entries: [Entry] {
    let hasFailures = series.contains { $0.rewards.contains { !($0?.isFinite ?? false) } }
    var texts: [(String, String, Symbol)] = series.enumerated().map { index, one in
      ((one.name.isEmpty ? "series \(index + 1)" : one.name) + ", best so far", color(index), .line)
    }
    texts.append(("one candidate", "#777777", .point))
    if hasFailures { texts.append(("failed candidate", "#777777", .cross)) }
    var x = Measure.plot.x
    var y = Measure.plot.bottom + 66
    return texts.map { text, color, symbol in
      let width = 30 + TextWidth.of(text, size: Measure.font) + 18
      if x > Measure.plot.x, x + width - 18 > Measure.plot.right {
        x = Measure.plot.x
        y += 20
      }
      defer { x += width }
      return Entry(text: text, color: color, place: Point(x: x, y: y), symbol: symbol)
    }
  }

  private var legendRight: Double {
    entries.map { $0.place.x + 30 + TextWidth.of($0.text, size: Measure.font) }.max() ?? 0
  }

  private func drawLegend(into document: inout SVGDocument) -> Double {
    for entry in entries {
      let y = entry.place.y - 4
      let middle = Point(x: entry.place.x + 11, y: y)
      switch entry.symbol {
      case .line:
        document.path(
          SearchCurve.line(Point(x: entry.place.x, y: y), Point(x: entry.place.x + 22, y: y)), stroke: entry.color,
          width: 2)
      case .point: document.circle(middle, radius: 2.6, fill: entry.color, opacity: 0.6)
      case .cross:
        document.path(
          SearchCurve.line(Point(x: middle.x - 3, y: y - 3), Point(x: middle.x + 3, y: y + 3))
            + SearchCurve.line(Point(x: middle.x - 3, y: y + 3), Point(x: middle.x + 3, y: y - 3)),
          stroke: entry.color, width: 1.2)
      }
      document.text(
        entry.text, at: Point(x: entry.place.x + 28, y: entry.place.y), size: Measure.font, anchor: .start)
    }
    return (entries.last?.place.y ?? Measure.plot.bottom) + 18
  }
}
