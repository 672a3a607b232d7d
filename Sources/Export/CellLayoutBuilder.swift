/// Turns ranks into coordinates: horizontal positions by sweeps of ordered placement, then nodes and edges.
struct CellLayoutBuilder {
  private(set) var nodes: [CellLayout.Node] = []
  private(set) var edges: [CellLayout.Edge] = []
  private(set) var width = 0.0
  private(set) var height = 0.0

  /// The drawing's measures in user units.
  private enum Measure {
    static let font = 12.0
    static let boxHeight = 26.0
    static let boxPadding = 9.0
    static let leastBoxWidth = 62.0
    static let operationGap = 10.0
    static let operationToJoin = 22.0
    static let joinRadius = 9.0
    static let blockGap = 20.0
    static let laneGap = 15.0
    static let inputGap = 60.0
    static let leastStrip = 38.0
    static let portGap = 20.0
  }

  /// A connection from an item to one on the next rank; `port` is where it enters, relative to that item's middle.
  private struct Link {
    let source: Int
    let target: Int
    let port: Double
    let isLane: Bool
  }

  private let graph: CellGraph
  private let ranks: CellRanks
  /// The middle of each item, by rank.
  private var middles: [[Double]] = []
  private var tops: [Double] = []
  private var bottoms: [Double] = []
  private var rankOfState: [Int] = []
  private var nodeOfState: [Int] = []

  init(_ graph: CellGraph) {
    self.graph = graph
    ranks = CellRanks(graph)
    rankOfState = [Int](repeating: 0, count: graph.stateCount)
    for (rank, items) in ranks.ranks.enumerated() {
      for case .block(let block) in items { rankOfState[block + 2] = rank }
    }
    nodeOfState = [Int](repeating: 0, count: graph.stateCount)
  }

  /// Computes everything.
  mutating func build() {
    placeHorizontally()
    placeVertically()
    addInputs()
    for block in graph.blocks.indices { addBlock(block) }
    addOutput()
  }

  // MARK: Coordinates

  private func boxWidth(_ label: String) -> Double {
    max(Measure.leastBoxWidth, (TextWidth.of(label, size: Measure.font) + 2 * Measure.boxPadding).rounded(.up))
  }

  /// The widths of a block's operation boxes from left to right.
  private func operationWidths(_ block: Int) -> (Double, Double) {
    let names = graph.blocks[block].operands.map { boxWidth(OperationLabel($0.operation).text) }
    return ranks.isLeftFirst(block, rank: rankOfState[block + 2]) ? (names[0], names[1]) : (names[1], names[0])
  }

  private func itemWidth(_ item: CellRanks.Item) -> Double {
    switch item {
    case .lane: return 0
    case .input(let state): return boxWidth(CellGraph.name(ofState: state))
    case .block(let block):
      let (left, right) = operationWidths(block)
      return left + Measure.operationGap + right
    }
  }

  private func separation(_ left: CellRanks.Item, _ right: CellRanks.Item) -> Double {
    let gap =
      switch (left, right) {
      case (.input, _): Measure.inputGap
      case (.block, .block): Measure.blockGap
      default: Measure.laneGap
      }
    return (itemWidth(left) + itemWidth(right)) / 2 + gap
  }

  /// Where the two operations enter a block, relative to its middle: left and right operand of the genotype.
  private func ports(_ block: Int) -> (left: Double, right: Double) {
    let (first, second) = operationWidths(block)
    let half = (first + Measure.operationGap + second) / 2
    let places = (-half + first / 2, half - second / 2)
    return ranks.isLeftFirst(block, rank: rankOfState[block + 2]) ? places : (places.1, places.0)
  }

  private func links(above rank: Int) -> [Link] {
    ranks.ranks[rank].enumerated().flatMap { target, item -> [Link] in
      func link(_ state: Int, _ port: Double) -> Link {
        let source = ranks.position(ofState: state, rank: rank - 1)
        var bothLanes = false
        if case .lane = item, case .lane = ranks.ranks[rank - 1][source] { bothLanes = true }
        return Link(source: source, target: target, port: port, isLane: bothLanes)
      }
      switch item {
      case .input: return []
      case .lane(let state): return [link(state, 0)]
      case .block(let block):
        let places = ports(block)
        return [link(graph.blocks[block].left.state, places.left), link(graph.blocks[block].right.state, places.right)]
      }
    }
  }

  private mutating func placeHorizontally() {
    let separations = ranks.ranks.map { items in zip(items, items.dropFirst()).map { separation($0, $1) } }
    middles = zip(ranks.ranks, separations).map { items, gaps in
      OrderedPlacement.positions(wishes: [Double](repeating: 0, count: items.count), separations: gaps)
    }
    let joining: [[Link]] = ranks.ranks.indices.map { $0 == 0 ? [] : links(above: $0) } + [[]]
    for sweep in 0..<24 {
      for step in middles.indices {
        let rank = sweep % 2 == 0 ? step : middles.count - 1 - step
        var sums = [Double](repeating: 0, count: middles[rank].count)
        var weights = sums
        func pull(_ item: Int, to place: Double, _ link: Link) {
          // A passing edge should run straight before anything else is pretty (Gansner et al. 1993, section 4).
          let weight = link.isLane ? 4.0 : 1
          sums[item] += weight * place
          weights[item] += weight
        }
        for link in joining[rank] { pull(link.target, to: middles[rank - 1][link.source] - link.port, link) }
        for link in joining[rank + 1] { pull(link.source, to: middles[rank + 1][link.target] + link.port, link) }
        let wishes = sums.indices.map { weights[$0] == 0 ? middles[rank][$0] : sums[$0] / weights[$0] }
        middles[rank] = OrderedPlacement.positions(wishes: wishes, separations: separations[rank])
      }
    }
    moveToOrigin()
  }

  /// Moves everything so that the leftmost box begins at 0, on whole units.
  private mutating func moveToOrigin() {
    var left = Double.infinity
    var right = -Double.infinity
    for (rank, items) in ranks.ranks.enumerated() {
      for (index, item) in items.enumerated() {
        let half = max(itemWidth(item) / 2, 4)
        left = min(left, middles[rank][index] - half)
        right = max(right, middles[rank][index] + half)
      }
    }
    let needed = concatWidth
    let shift = max(0, (needed - (right - left)) / 2) - left
    middles = middles.map { $0.map { ($0 + shift).rounded() } }
    width = max(right - left, needed).rounded(.up) + 2
  }

  private var concatWidth: Double {
    max(boxWidth("concat") + 24, Double(graph.concat.count + 1) * Measure.portGap)
  }

  private mutating func placeVertically() {
    tops = [0]
    bottoms = [Measure.boxHeight]
    for rank in ranks.ranks.indices.dropFirst() {
      let reach = links(above: rank).map { abs(middles[rank - 1][$0.source] - middles[rank][$0.target] - $0.port) }
      let top = (bottoms.last ?? 0) + strip(reach: reach.max() ?? 0)
      tops.append(top)
      bottoms.append(top + Measure.boxHeight + Measure.operationToJoin + 2 * Measure.joinRadius)
    }
  }

  /// The height of a free strip in which an edge has to go `reach` sideways: higher for far ones, so that they stay
  /// steep enough to be followed.
  private func strip(reach: Double) -> Double {
    (Measure.leastStrip + min(reach * 0.16, 70)).rounded()
  }

  // MARK: Nodes and edges

  private mutating func addInputs() {
    for (position, item) in ranks.ranks[0].enumerated() {
      let name = CellGraph.name(ofState: item.state)
      let width = boxWidth(name)
      nodeOfState[item.state] = nodes.count
      nodes.append(
        CellLayout.Node(
          role: .input(state: item.state), label: name,
          frame: Rectangle(x: middles[0][position] - width / 2, y: 0, width: width, height: Measure.boxHeight),
          isUsed: graph.isUsed[item.state]))
    }
  }

  private mutating func addBlock(_ block: Int) {
    let rank = rankOfState[block + 2]
    let middle = middles[rank][ranks.position(ofState: block + 2, rank: rank)]
    let isUsed = graph.isUsed[block + 2]
    let places = ports(block)
    let radius = Measure.joinRadius
    let center = Point(x: middle, y: bottoms[rank] - radius)
    let join = nodes.count + 2
    for (side, operand) in graph.blocks[block].operands.enumerated() {
      let label = OperationLabel(operand.operation).text
      let width = boxWidth(label)
      let x = middle + (side == 0 ? places.left : places.right)
      let frame = Rectangle(x: x - width / 2, y: tops[rank], width: width, height: Measure.boxHeight)
      let role = CellLayout.Role.operation(block: block, side: side, name: operand.operation)
      nodes.append(CellLayout.Node(role: role, label: label, frame: frame, isUsed: isUsed))
      let curves = path(state: operand.state, toRank: rank, end: Point(x: x, y: tops[rank]))
      edges.append(
        CellLayout.Edge(
          source: nodeOfState[operand.state], target: nodes.count - 1, state: operand.state, curves: curves,
          isUsed: isUsed))
      let start = Point(x: x, y: frame.bottom)
      let line = Curve.line(from: start, to: CellLayoutBuilder.border(center, radius: radius, towards: start))
      edges.append(
        CellLayout.Edge(source: nodes.count - 1, target: join, state: nil, curves: [line], isUsed: isUsed))
    }
    nodeOfState[block + 2] = join
    nodes.append(
      CellLayout.Node(
        role: .join(block: block, graph.blocks[block].join), label: "",
        frame: Rectangle(x: middle - radius, y: center.y - radius, width: 2 * radius, height: 2 * radius),
        isUsed: isUsed))
  }

  /// Where the line from a circle's middle to a point leaves the circle.
  private static func border(_ center: Point, radius: Double, towards point: Point) -> Point {
    let (dx, dy) = (point.x - center.x, point.y - center.y)
    let length = (dx * dx + dy * dy).squareRoot()
    return Point(x: center.x + dx / length * radius, y: center.y + dy / length * radius)
  }

  /// The way of a state to a point at the top of a later rank: curves in the strips, straight lanes past the ranks.
  private func path(state: Int, toRank last: Int, end: Point) -> [Curve] {
    let first = rankOfState[state]
    var here = Point(x: middles[first][ranks.position(ofState: state, rank: first)], y: bottoms[first])
    var curves: [Curve] = []
    for rank in (first + 1)..<max(last, first + 1) {
      let x = middles[rank][ranks.position(ofState: state, rank: rank)]
      curves.append(.vertical(from: here, to: Point(x: x, y: tops[rank])))
      here = Point(x: x, y: bottoms[rank])
      curves.append(.line(from: Point(x: x, y: tops[rank]), to: here))
    }
    return curves + [.vertical(from: here, to: end)]
  }

  private mutating func addOutput() {
    let deepest = ranks.ranks.count - 1
    let sources = graph.concat.map { (state: $0, x: middles[deepest][ranks.position(ofState: $0, rank: deepest)]) }
      .sorted { $0.x < $1.x }
    let boxWidth = concatWidth
    let mean = sources.reduce(0) { $0 + $1.x } / Double(max(sources.count, 1))
    let left = min(max(mean - boxWidth / 2, 0), width - boxWidth).rounded()
    let reach = sources.map { abs($0.x - left - boxWidth / 2) }.max() ?? 0
    let top = (bottoms.last ?? 0) + strip(reach: reach)
    let concat = nodes.count
    let frame = Rectangle(x: left, y: top, width: boxWidth, height: Measure.boxHeight)
    nodes.append(CellLayout.Node(role: .concat, label: "concat", frame: frame, isUsed: true))
    for (index, source) in sources.enumerated() {
      let port = left + boxWidth * Double(index + 1) / Double(sources.count + 1)
      let curves = path(state: source.state, toRank: deepest + 1, end: Point(x: port, y: top))
      edges.append(
        CellLayout.Edge(
          source: nodeOfState[source.state], target: concat, state: source.state, curves: curves, isUsed: true))
    }
    let outputTop = frame.bottom + 24
    let output = Rectangle(
      x: frame.center.x - Measure.leastBoxWidth / 2, y: outputTop, width: Measure.leastBoxWidth,
      height: Measure.boxHeight)
    nodes.append(CellLayout.Node(role: .output, label: "h[i+1]", frame: output, isUsed: true))
    let exit = Curve.line(
      from: Point(x: frame.center.x, y: frame.bottom), to: Point(x: frame.center.x, y: outputTop))
    edges.append(CellLayout.Edge(source: concat, target: concat + 1, state: nil, curves: [exit], isUsed: true))
    height = output.bottom
  }
}
