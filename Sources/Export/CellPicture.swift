import SearchSpace

/// The picture of a pair of cells as SVG, as in the papers' figures: both cells side by side, from the inputs at the top
/// to the output at the bottom, with a title, a legend and an optional caption.
///
/// The same genotype gives the same bytes.
public struct CellPicture: Sendable {
  /// Which cells are drawn.
  public enum Selection: Hashable, Sendable {
    /// Normal and reduction cell.
    case both
    /// The normal cell.
    case normal
    /// The reduction cell.
    case reduction
  }

  private enum Measure {
    static let margin = 24.0
    static let cellGap = 56.0
    static let titleSize = 17.0
    static let headingSize = 13.0
    static let smallSize = 11.0
    static let font = 12.0
    static let swatch = 14.0
  }

  private let title: String
  private let caption: String?
  private let cells: [(heading: String, graph: CellGraph, layout: CellLayout)]

  /// Prepares a picture.
  /// - Parameters:
  ///   - title: the title; the genotype's name, or "cells", when nil.
  ///   - caption: a line below, such as the accuracy, the parameters and the seed.
  /// - Throws: `GenotypeError` or `UnknownName` when the genotype is not valid.
  public init(
    _ genotype: Genotype, selection: Selection = .both, title: String? = nil, caption: String? = nil,
    operations: OperationCatalogue = .standard
  ) throws {
    try genotype.validate(operations: operations)
    self.title = title ?? genotype.name ?? "cells"
    self.caption = caption
    let normal = ("Normal cell", genotype.normal)
    let reduction = ("Reduction cell", genotype.reduction)
    let selected =
      switch selection {
      case .both: [normal, reduction]
      case .normal: [normal]
      case .reduction: [reduction]
      }
    cells = selected.map { heading, cell in
      let graph = CellGraph(cell)
      return (heading, graph, CellLayout(graph))
    }
  }

  /// The SVG document.
  public func svg() -> String {
    var document = SVGDocument()
    let content = cells.reduce(0) { $0 + $1.layout.width } + Measure.cellGap * Double(cells.count - 1)
    let texts = [
      TextWidth.of(title, size: Measure.titleSize),
      TextWidth.of(caption ?? "", size: Measure.smallSize),
    ]
    let entries = legendEntries
    let inner = max(content, texts.max() ?? 0, entries.map { legendWidth($0) }.max() ?? 0)
    let width = inner + 2 * Measure.margin
    var y = Measure.margin + Measure.titleSize * 0.8
    document.text(title, at: Point(x: width / 2, y: y), size: Measure.titleSize, isBold: true)
    y += 26
    var x = (width - content) / 2
    let tallest = cells.map(\.layout.height).max() ?? 0
    for cell in cells {
      let middle = x + cell.layout.width / 2
      document.text(cell.heading, at: Point(x: middle, y: y), size: Measure.headingSize, fill: "#555555")
      document.moved(by: Point(x: x, y: y + 14), label: cell.heading) { draw(cell.layout, into: &$0) }
      x += cell.layout.width + Measure.cellGap
    }
    y += 14 + tallest + 26
    y = drawLegend(entries, width: width, inner: inner, from: y, into: &document)
    if let caption {
      y += 8
      document.text(caption, at: Point(x: width / 2, y: y + 8), size: Measure.smallSize, fill: "#444444")
      y += 10
    }
    return document.document(width: width, height: y + Measure.margin - 6, title: title)
  }

  // MARK: A cell

  private func draw(_ layout: CellLayout, into document: inout SVGDocument) {
    // Dead edges first, so that they never cover one that is alive.
    for edge in layout.edges.filter({ !$0.isUsed }) + layout.edges.filter(\.isUsed) {
      draw(edge, into: &document)
    }
    for node in layout.nodes { draw(node, into: &document) }
  }

  private func draw(_ edge: CellLayout.Edge, into document: inout SVGDocument) {
    guard let first = edge.curves.first, let last = edge.curves.last else { return }
    let color = edge.isUsed ? CellPalette.edge(state: edge.state) : CellPalette.deadEdge
    let arrow = CellPicture.arrowHead(last)
    var data = "M" + CellPicture.text(first.start)
    for curve in edge.curves.dropLast() { data += CellPicture.segment(curve, end: curve.end) }
    data += CellPicture.segment(last, end: arrow.base)
    document.path(data, stroke: color)
    document.polygon(arrow.corners, fill: color)
  }

  private static func text(_ point: Point) -> String {
    Coordinate.text(point.x) + " " + Coordinate.text(point.y)
  }

  private static func segment(_ curve: Curve, end: Point) -> String {
    let isLine = curve.start == curve.control1 || curve.start.x == curve.end.x
    return isLine ? "L\(text(end))" : "C\(text(curve.control1)) \(text(curve.control2)) \(text(end))"
  }

  /// The triangle at a curve's end, and where the line stops so that it does not show beyond the tip.
  private static func arrowHead(_ curve: Curve) -> (corners: [Point], base: Point) {
    let tip = curve.end
    let from = curve.control2 == tip ? curve.start : curve.control2
    let (dx, dy) = (tip.x - from.x, tip.y - from.y)
    let length = max((dx * dx + dy * dy).squareRoot(), 1e-9)
    let (ux, uy) = (dx / length, dy / length)
    let base = Point(x: tip.x - 6.5 * ux, y: tip.y - 6.5 * uy)
    let corners = [
      tip, Point(x: base.x - 3 * uy, y: base.y + 3 * ux), Point(x: base.x + 3 * uy, y: base.y - 3 * ux),
    ]
    return (corners, Point(x: tip.x - 5 * ux, y: tip.y - 5 * uy))
  }

  private func draw(_ node: CellLayout.Node, into document: inout SVGDocument) {
    var radius = 4.0
    let alive: CellPalette.Pair
    switch node.role {
    case .input, .output: alive = CellPalette.input
    case .operation(_, _, let name): alive = CellPalette.colors(of: OperationLabel(name).family)
    case .concat:
      alive = CellPalette.concat
      radius = 12
    case .join(let block, let combiner):
      drawJoin(node, state: block + 2, combiner, into: &document)
      return
    }
    let colors = node.isUsed ? alive : CellPalette.dead
    document.rectangle(node.frame, radius: radius, fill: colors.fill, stroke: colors.stroke)
    let baseline = Point(x: node.frame.center.x, y: node.frame.center.y + 4.2)
    document.text(node.label, at: baseline, size: Measure.font, fill: node.isUsed ? "#222222" : CellPalette.deadText)
  }

  private func drawJoin(
    _ node: CellLayout.Node, state: Int, _ combiner: Combiner, into document: inout SVGDocument
  ) {
    let colors = node.isUsed ? CellPalette.join : CellPalette.dead
    let center = node.frame.center
    document.circle(center, radius: node.frame.width / 2, fill: colors.fill, stroke: colors.stroke)
    document.path(CellPicture.sign(combiner, at: center), stroke: colors.stroke, width: 1.5)
    let place = Point(x: node.frame.right + 4, y: node.frame.bottom - 1)
    document.text(
      "\(state)", at: place, size: 10, fill: node.isUsed ? "#777777" : CellPalette.deadText, anchor: .start)
  }

  /// A plus for add, two bars for concat, drawn as lines so that no font is needed.
  private static func sign(_ combiner: Combiner, at center: Point) -> String {
    func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double) -> String {
      "M\(text(Point(x: center.x + x1, y: center.y + y1)))L\(text(Point(x: center.x + x2, y: center.y + y2)))"
    }
    switch combiner {
    case .add: return line(-4.5, 0, 4.5, 0) + line(0, -4.5, 0, 4.5)
    case .concat: return line(-2.5, -4.5, -2.5, 4.5) + line(2.5, -4.5, 2.5, 4.5)
    }
  }

  // MARK: The legend

  private enum LegendEntry {
    case family(OperationFamily)
    case join(Combiner)
    case dead
    case note(String)
  }

  private var legendEntries: [LegendEntry] {
    let blocks = cells.flatMap(\.graph.blocks)
    let families = Set(blocks.flatMap(\.operands).map { OperationLabel($0.operation).family })
    var entries = OperationFamily.allCases.filter(families.contains).map { LegendEntry.family($0) }
    let joins = Set(blocks.map(\.join))
    entries += Combiner.allCases.filter(joins.contains).map { LegendEntry.join($0) }
    if cells.contains(where: { $0.graph.isUsed.contains(false) }) { entries.append(.dead) }
    return entries + [.note("h[i] previous cell, h[i−1] the cell before it")]
  }

  private func title(_ entry: LegendEntry) -> String {
    switch entry {
    case .family(let family): family.title
    case .join(let combiner): combiner == .add ? "sum (number: state)" : "concatenation (number: state)"
    case .dead: "not used by the output"
    case .note(let text): text
    }
  }

  private func legendWidth(_ entry: LegendEntry) -> Double {
    var width = TextWidth.of(title(entry), size: Measure.smallSize)
    if case .note = entry { return width }
    width += Measure.swatch + 6
    return width
  }

  /// Draws the entries in centred lines as wide as the content; returns where the legend ends.
  private func drawLegend(
    _ entries: [LegendEntry], width: Double, inner: Double, from top: Double, into document: inout SVGDocument
  ) -> Double {
    let gap = 20.0
    var lines: [[LegendEntry]] = [[]]
    var used = 0.0
    for entry in entries {
      let needed = legendWidth(entry) + gap
      if used + needed - gap > inner, !lines[lines.count - 1].isEmpty {
        lines.append([])
        used = 0
      }
      lines[lines.count - 1].append(entry)
      used += needed
    }
    var y = top
    for line in lines {
      let total = line.reduce(-gap) { $0 + legendWidth($1) + gap }
      var x = (width - total) / 2
      for entry in line {
        draw(entry, at: Point(x: x, y: y), into: &document)
        x += legendWidth(entry) + gap
      }
      y += 21
    }
    return y - 5
  }

  private func draw(_ entry: LegendEntry, at place: Point, into document: inout SVGDocument) {
    let frame = Rectangle(x: place.x, y: place.y - 10, width: Measure.swatch, height: Measure.swatch)
    var textX = frame.right + 6
    switch entry {
    case .family(let family):
      let colors = CellPalette.colors(of: family)
      document.rectangle(frame, radius: 3, fill: colors.fill, stroke: colors.stroke)
    case .dead:
      document.rectangle(frame, radius: 3, fill: CellPalette.dead.fill, stroke: CellPalette.dead.stroke)
    case .join(let combiner):
      document.circle(frame.center, radius: 7, fill: CellPalette.join.fill, stroke: CellPalette.join.stroke)
      document.path(CellPicture.sign(combiner, at: frame.center), stroke: CellPalette.join.stroke, width: 1.5)
    case .note: textX = place.x
    }
    document.text(
      title(entry), at: Point(x: textX, y: place.y + 1), size: Measure.smallSize, fill: "#444444", anchor: .start)
  }
}
