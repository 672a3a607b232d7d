import SearchSpace

/// Where everything of a cell's drawing stands, in SVG user units (y grows downwards), from the inputs above to the
/// output below.
///
/// Edges bend only in the free strips between ranks and pass ranks on straight lanes of their own, so no edge can run
/// through a box.
public struct CellLayout: Hashable, Sendable {
  /// What a node is.
  public enum Role: Hashable, Sendable {
    /// An input of the cell.
    case input(state: Int)
    /// An operation: block, 0 for left and 1 for right, name.
    case operation(block: Int, side: Int, name: String)
    /// Where a block joins its two results.
    case join(block: Int, Combiner)
    /// The concatenation of the output's states.
    case concat
    /// The cell's output.
    case output
  }

  /// A box (or, for a join, the square around its circle).
  public struct Node: Hashable, Sendable {
    /// What it is.
    public let role: Role
    /// The text in it; empty for a join.
    public let label: String
    /// The box.
    public let frame: Rectangle
    /// Whether the output depends on it.
    public let isUsed: Bool
  }

  /// A connection between two nodes: cubic curves joined end to end, starting and ending at the nodes' borders.
  public struct Edge: Hashable, Sendable {
    /// The node it leaves.
    public let source: Int
    /// The node it enters.
    public let target: Int
    /// The state that flows along it, nil inside a block and behind the concatenation.
    public let state: Int?
    /// The curves.
    public let curves: [Curve]
    /// Whether the output depends on it.
    public let isUsed: Bool
  }

  /// The nodes.
  public let nodes: [Node]
  /// The edges.
  public let edges: [Edge]
  /// The drawing's width; everything lies within 0...width.
  public let width: Double
  /// The drawing's height; everything lies within 0...height.
  public let height: Double

  /// Lays a cell out.
  public init(_ graph: CellGraph) {
    var drawing = CellLayoutBuilder(graph)
    drawing.build()
    nodes = drawing.nodes
    edges = drawing.edges
    width = drawing.width
    height = drawing.height
  }
}

/// A point.
public struct Point: Hashable, Sendable {
  /// To the right.
  public var x: Double
  /// Downwards.
  public var y: Double

  /// Creates a point.
  public init(x: Double, y: Double) {
    self.x = x
    self.y = y
  }
}

/// An axis-parallel rectangle.
public struct Rectangle: Hashable, Sendable {
  /// The left side.
  public let x: Double
  /// The upper side.
  public let y: Double
  /// The width.
  public let width: Double
  /// The height.
  public let height: Double

  /// Creates a rectangle.
  public init(x: Double, y: Double, width: Double, height: Double) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }

  /// The right side.
  public var right: Double { x + width }
  /// The lower side.
  public var bottom: Double { y + height }
  /// The middle.
  public var center: Point { Point(x: x + width / 2, y: y + height / 2) }

  /// Whether a point lies inside, at least `margin` away from the border.
  public func contains(_ point: Point, margin: Double = 0) -> Bool {
    point.x > x + margin && point.x < right - margin && point.y > y + margin && point.y < bottom - margin
  }

  /// Whether two rectangles share area.
  public func overlaps(_ other: Rectangle) -> Bool {
    x < other.right && other.x < right && y < other.bottom && other.y < bottom
  }
}

/// A cubic Bézier curve.
public struct Curve: Hashable, Sendable {
  /// The start.
  public let start: Point
  /// The first control point.
  public let control1: Point
  /// The second control point.
  public let control2: Point
  /// The end.
  public let end: Point

  /// A curve that leaves and arrives vertically; a straight line when the ends are above each other.
  static func vertical(from start: Point, to end: Point) -> Curve {
    let middle = (start.y + end.y) / 2
    return Curve(
      start: start, control1: Point(x: start.x, y: middle), control2: Point(x: end.x, y: middle), end: end)
  }

  /// A straight line.
  static func line(from start: Point, to end: Point) -> Curve {
    Curve(start: start, control1: start, control2: end, end: end)
  }

  /// The point at parameter t in 0...1.
  public func point(at t: Double) -> Point {
    let s = 1 - t
    let weights = (s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t)
    return Point(
      x: weights.0 * start.x + weights.1 * control1.x + weights.2 * control2.x + weights.3 * end.x,
      y: weights.0 * start.y + weights.1 * control1.y + weights.2 * control2.y + weights.3 * end.y)
  }
}
