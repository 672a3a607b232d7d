/// An SVG picture under construction: elements in drawing order, then one well-formed document (SVG 1.1).
///
/// Every picture draws through it, so that escaping, fonts and number formats are the same everywhere.
struct SVGDocument {
  /// Fonts with generic fallbacks; the estimate of text widths is made for the widest of them.
  private static let fonts = "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"

  /// Where a text's position is.
  enum Anchor: String {
    case start, middle, end
  }

  private var lines: [String] = []

  /// A filled, outlined rectangle with rounded corners.
  mutating func rectangle(
    _ frame: Rectangle, radius: Double = 0, fill: String, stroke: String = "none"
  ) {
    lines.append(
      "<rect x=\"\(Coordinate.text(frame.x))\" y=\"\(Coordinate.text(frame.y))\""
        + " width=\"\(Coordinate.text(frame.width))\" height=\"\(Coordinate.text(frame.height))\""
        + " rx=\"\(Coordinate.text(radius))\" fill=\"\(fill)\""
        + (stroke == "none" ? "/>" : " stroke=\"\(stroke)\" stroke-width=\"1.2\"/>"))
  }

  /// A filled circle, outlined unless `stroke` is "none"; `opacity` is that of the fill.
  mutating func circle(_ center: Point, radius: Double, fill: String, stroke: String = "none", opacity: Double = 1) {
    let outline = stroke == "none" ? "" : " stroke=\"\(stroke)\" stroke-width=\"1.2\""
    let veil = opacity == 1 ? "" : " fill-opacity=\"\(opacity)\""
    lines.append(
      "<circle cx=\"\(Coordinate.text(center.x))\" cy=\"\(Coordinate.text(center.y))\""
        + " r=\"\(Coordinate.text(radius))\" fill=\"\(fill)\"\(veil)\(outline)/>")
  }

  /// A stroked path.
  mutating func path(_ data: String, stroke: String, width: Double = 1.3, dashes: String? = nil) {
    lines.append(
      "<path d=\"\(data)\" fill=\"none\" stroke=\"\(stroke)\" stroke-width=\"\(Coordinate.text(width))\""
        + (dashes.map { " stroke-dasharray=\"\($0)\"" } ?? "") + " stroke-linejoin=\"round\"/>")
  }

  /// A filled polygon.
  mutating func polygon(_ points: [Point], fill: String, opacity: Double = 1) {
    let list = points.map { Coordinate.text($0.x) + "," + Coordinate.text($0.y) }.joined(separator: " ")
    let veil = opacity == 1 ? "" : " fill-opacity=\"\(opacity)\""
    lines.append("<polygon points=\"\(list)\" fill=\"\(fill)\"\(veil)/>")
  }

  /// A line of text; `baseline` is its baseline's position.
  mutating func text(
    _ text: String, at baseline: Point, size: Double, fill: String = "#222222", anchor: Anchor = .middle,
    isBold: Bool = false, rotation: Double = 0
  ) {
    let x = Coordinate.text(baseline.x)
    let y = Coordinate.text(baseline.y)
    lines.append(
      "<text x=\"\(x)\" y=\"\(y)\" font-size=\"\(Coordinate.text(size))\" text-anchor=\"\(anchor.rawValue)\""
        + " fill=\"\(fill)\"" + (isBold ? " font-weight=\"bold\"" : "")
        + (rotation == 0 ? "" : " transform=\"rotate(\(Coordinate.text(rotation)) \(x) \(y))\"")
        + ">\(XMLText.escaped(text))</text>")
  }

  /// Draws the elements of `body` moved by an offset.
  mutating func moved(by offset: Point, label: String, _ body: (inout SVGDocument) -> Void) {
    lines.append(
      "<g transform=\"translate(\(Coordinate.text(offset.x)) \(Coordinate.text(offset.y)))\""
        + " aria-label=\"\(XMLText.escaped(label))\">")
    body(&self)
    lines.append("</g>")
  }

  /// The document, sized to its content, on a white ground.
  func document(width: Double, height: Double, title: String) -> String {
    let width = Coordinate.text(width.rounded(.up))
    let height = Coordinate.text(height.rounded(.up))
    let head = [
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(width)\" height=\"\(height)\""
        + " viewBox=\"0 0 \(width) \(height)\" font-family=\"\(SVGDocument.fonts)\" role=\"img\">",
      "<title>\(XMLText.escaped(title))</title>",
      "<rect width=\"\(width)\" height=\"\(height)\" fill=\"#ffffff\"/>",
    ]
    return (head + lines + ["</svg>"]).joined(separator: "\n") + "\n"
  }
}
