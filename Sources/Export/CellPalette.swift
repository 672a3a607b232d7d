/// The colours of a cell's drawing: light fills with a darker outline of the same hue, told apart in grey as well as
/// possible by their labels.
enum CellPalette {
  /// A fill and an outline.
  struct Pair {
    let fill: String
    let stroke: String
  }

  static func colors(of family: OperationFamily) -> Pair {
    switch family {
    case .separable: Pair(fill: "#d3e5f6", stroke: "#2f6fa8")
    case .dilated: Pair(fill: "#e2daf3", stroke: "#6a4fa3")
    case .convolution: Pair(fill: "#d6efd4", stroke: "#36823f")
    case .averagePooling: Pair(fill: "#fde6c8", stroke: "#bd7416")
    case .extremePooling: Pair(fill: "#fad6d2", stroke: "#b83f33")
    case .identity: Pair(fill: "#ececec", stroke: "#6f6f6f")
    case .other: Pair(fill: "#ffffff", stroke: "#555555")
    }
  }

  static let input = Pair(fill: "#fffbe6", stroke: "#857a3a")
  static let join = Pair(fill: "#ffffff", stroke: "#333333")
  static let concat = Pair(fill: "#e6f2f2", stroke: "#2e7575")
  static let dead = Pair(fill: "#fafafa", stroke: "#cccccc")
  static let deadText = "#b0b0b0"
  static let deadEdge = "#d9d9d9"

  /// The colour of the edges that a state leaves on: the two inputs have their own, so that they can be followed.
  static func edge(state: Int?) -> String {
    switch state {
    case 0: "#3a6ea5"
    case 1: "#a0662c"
    default: "#444444"
    }
  }
}
