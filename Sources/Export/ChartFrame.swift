/// The frame that charts share: where the plot lies, its axes with ticks, and the way from values to places.
struct ChartFrame: Hashable {
  static let width = 760.0
  static let plot = Rectangle(x: 74, y: 50, width: 662, height: 320)
  static let font = 11.5
  /// Okabe and Ito's colours (2008), which most colour-blind readers can tell apart.
  static let colors = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#4d4d4d"]

  let horizontal: AxisTicks
  let vertical: AxisTicks
  let horizontalTitle: String
  let verticalTitle: String

  /// How the lines of further series are broken, once every colour has been used.
  static let dashes: [String?] = [nil, "7 4", "2 3", "9 3 2 3"]

  static func color(_ index: Int) -> String { colors[index % colors.count] }

  /// The dashes of a series' line: whole for the first ones, then another pattern each time the colours begin anew.
  static func dashes(_ index: Int) -> String? { dashes[index / colors.count % dashes.count] }

  /// Where a pair of values lies.
  func place(_ x: Double, _ y: Double) -> Point {
    let plot = ChartFrame.plot
    let across = (x - horizontal.lower) / (horizontal.upper - horizontal.lower)
    let up = (y - vertical.lower) / (vertical.upper - vertical.lower)
    return Point(x: plot.x + across * plot.width, y: plot.bottom - up * plot.height)
  }

  /// Draws the axes, their ticks and titles, and grid lines.
  func draw(into document: inout SVGDocument) {
    let plot = ChartFrame.plot
    for tick in vertical.ticks {
      let y = place(horizontal.lower, tick.value).y
      document.path(
        ChartFrame.line(Point(x: plot.x, y: y), Point(x: plot.right, y: y)), stroke: "#e6e6e6", width: 1)
      document.text(
        tick.label, at: Point(x: plot.x - 8, y: y + 4), size: ChartFrame.font, fill: "#444444", anchor: .end)
    }
    for tick in horizontal.ticks {
      let x = place(tick.value, vertical.lower).x
      document.path(
        ChartFrame.line(Point(x: x, y: plot.bottom), Point(x: x, y: plot.bottom + 5)), stroke: "#888888", width: 1)
      document.text(tick.label, at: Point(x: x, y: plot.bottom + 19), size: ChartFrame.font, fill: "#444444")
    }
    document.path(
      ChartFrame.line(Point(x: plot.x, y: plot.y), Point(x: plot.x, y: plot.bottom))
        + ChartFrame.line(Point(x: plot.x, y: plot.bottom), Point(x: plot.right, y: plot.bottom)),
      stroke: "#888888", width: 1)
    document.text(horizontalTitle, at: Point(x: plot.center.x, y: plot.bottom + 40), size: 12)
    document.text(verticalTitle, at: Point(x: 20, y: plot.center.y), size: 12, rotation: -90)
  }

  /// A chart's document: title, frame, what `body` draws, and the legend.
  func document(title: String, legend: ChartLegend, body: (inout SVGDocument) -> Void) -> String {
    var document = SVGDocument()
    let middle = ChartFrame.plot.center.x
    document.text(title, at: Point(x: middle, y: 28), size: 15, isBold: true)
    draw(into: &document)
    body(&document)
    legend.draw(into: &document)
    let needed = TextWidth.of(title, size: 15) + 40
    return document.document(
      width: max(ChartFrame.width, middle + needed / 2, legend.right + 20), height: legend.bottom, title: title)
  }

  /// The path data of a straight line.
  static func line(_ from: Point, _ to: Point) -> String {
    "M\(Coordinate.text(from.x)) \(Coordinate.text(from.y))L\(Coordinate.text(to.x)) \(Coordinate.text(to.y))"
  }
}

/// The legend under a chart's plot, in lines as wide as the plot.
struct ChartLegend: Hashable {
  enum Symbol: Hashable {
    case line, point, cross
  }

  private struct Entry: Hashable {
    let text: String
    let color: String
    let place: Point
    let symbol: Symbol
    let dashes: String?
  }

  private var entries: [Entry] = []
  private var next = Point(x: ChartFrame.plot.x, y: ChartFrame.plot.bottom + 66)

  /// The right end of the widest line.
  var right: Double { entries.map { $0.place.x + 30 + TextWidth.of($0.text, size: ChartFrame.font) }.max() ?? 0 }
  /// Where the legend ends, with a margin.
  var bottom: Double { (entries.last?.place.y ?? ChartFrame.plot.bottom) + 18 }

  /// Adds an entry behind the others.
  mutating func add(_ text: String, color: String, symbol: Symbol, dashes: String? = nil) {
    let plot = ChartFrame.plot
    let width = 30 + TextWidth.of(text, size: ChartFrame.font) + 18
    if next.x > plot.x, next.x + width - 18 > plot.right { next = Point(x: plot.x, y: next.y + 20) }
    entries.append(Entry(text: text, color: color, place: next, symbol: symbol, dashes: dashes))
    next = Point(x: next.x + width, y: next.y)
  }

  func draw(into document: inout SVGDocument) {
    for entry in entries {
      let y = entry.place.y - 4
      let middle = Point(x: entry.place.x + 11, y: y)
      switch entry.symbol {
      case .line:
        document.path(
          ChartFrame.line(Point(x: entry.place.x, y: y), Point(x: entry.place.x + 22, y: y)), stroke: entry.color,
          width: 2, dashes: entry.dashes)
      case .point: document.circle(middle, radius: 2.6, fill: entry.color, opacity: 0.6)
      case .cross: document.cross(middle, stroke: entry.color)
      }
      document.text(
        entry.text, at: Point(x: entry.place.x + 28, y: entry.place.y), size: ChartFrame.font, anchor: .start)
    }
  }
}

extension SVGDocument {
  /// A small diagonal cross.
  mutating func cross(_ center: Point, stroke: String) {
    path(
      ChartFrame.line(Point(x: center.x - 3, y: center.y - 3), Point(x: center.x + 3, y: center.y + 3))
        + ChartFrame.line(Point(x: center.x - 3, y: center.y + 3), Point(x: center.x + 3, y: center.y - 3)),
      stroke: stroke, width: 1.2)
  }
}
