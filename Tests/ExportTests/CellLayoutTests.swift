import SearchSpace
import Testing

@testable import Export

/// Both cells of the known genotypes and of 100 random ones with 1 to 10 blocks.
private let graphs: [CellGraph] = {
  let random = (0..<100).map { RandomGenotypes.genotype(seed: UInt64($0), blocks: 1 + $0 % 10) }
  return (KnownCells.all + random).flatMap { [CellGraph($0.normal), CellGraph($0.reduction)] }
}()

private let layouts = graphs.map { (graph: $0, layout: CellLayout($0)) }

/// The edges that run through a box which is neither their source nor their target, as pairs of indices.
private func intrusions(nodes: [CellLayout.Node], edges: [CellLayout.Edge]) -> [[Int]] {
  edges.indices.flatMap { index -> [[Int]] in
    let edge = edges[index]
    let points = edge.curves.flatMap { curve in (0...16).map { curve.point(at: Double($0) / 16) } }
    return nodes.indices.filter { node in
      node != edge.source && node != edge.target && points.contains { nodes[node].frame.contains($0, margin: 0.5) }
    }.map { [index, $0] }
  }
}

@Test func boxesDoNotOverlapAndLieInside() {
  for (_, layout) in layouts {
    for (index, node) in layout.nodes.enumerated() {
      #expect(node.frame.x >= -0.5 && node.frame.y >= 0)
      #expect(node.frame.right <= layout.width + 0.5 && node.frame.bottom <= layout.height)
      for other in layout.nodes[(index + 1)...] {
        #expect(!node.frame.overlaps(other.frame), "\(node) and \(other)")
      }
    }
  }
}

@Test func noEdgeRunsThroughAnUnrelatedBox() {
  for (graph, layout) in layouts {
    #expect(intrusions(nodes: layout.nodes, edges: layout.edges) == [], "\(graph)")
  }
}

@Test func anEdgeDrawnStraightAcrossABoxIsNoticed() throws {
  let layout = CellLayout(CellGraph(KnownCells.amoebanetA.normal))
  let straight = layout.edges.map { edge in
    let line = Curve.line(from: layout.nodes[edge.source].frame.center, to: layout.nodes[edge.target].frame.center)
    return CellLayout.Edge(
      source: edge.source, target: edge.target, state: edge.state, curves: [line], isUsed: edge.isUsed)
  }
  #expect(!intrusions(nodes: layout.nodes, edges: straight).isEmpty)
}

@Test func everyEdgeStartsAndEndsAtItsBoxesInOnePiece() throws {
  func distance(_ point: Point, toBorderOf node: CellLayout.Node) -> Double {
    let frame = node.frame
    if case .join = node.role {
      let (dx, dy) = (point.x - frame.center.x, point.y - frame.center.y)
      return abs((dx * dx + dy * dy).squareRoot() - frame.width / 2)
    }
    let isBeside = point.x >= frame.x && point.x <= frame.right
    return isBeside ? min(abs(point.y - frame.y), abs(point.y - frame.bottom)) : .infinity
  }
  for (_, layout) in layouts {
    for edge in layout.edges {
      let first = try #require(edge.curves.first)
      let last = try #require(edge.curves.last)
      #expect(distance(first.start, toBorderOf: layout.nodes[edge.source]) < 0.01)
      #expect(distance(last.end, toBorderOf: layout.nodes[edge.target]) < 0.01)
      for (one, next) in zip(edge.curves, edge.curves.dropFirst()) { #expect(one.end == next.start) }
      for curve in edge.curves { #expect(curve.end.y > curve.start.y, "edges run downwards") }
    }
  }
}

@Test func everyOperationAndConnectionOfTheCellIsThere() {
  for (graph, layout) in layouts {
    var operations: [[Int]: String] = [:]
    for case .operation(let block, let side, let name) in layout.nodes.map(\.role) { operations[[block, side]] = name }
    for (index, block) in graph.blocks.enumerated() {
      #expect(operations[[index, 0]] == block.left.operation)
      #expect(operations[[index, 1]] == block.right.operation)
    }
    // Two inputs, three nodes a block, concat and output; four edges a block, one per concatenated state, the exit.
    #expect(layout.nodes.count == 2 + 3 * graph.blocks.count + 2)
    #expect(layout.edges.count == 4 * graph.blocks.count + graph.concat.count + 1)
    let concatenated = layout.edges.filter { layout.nodes[$0.target].role == .concat }.compactMap(\.state)
    #expect(concatenated.sorted() == graph.concat.sorted())
  }
}

@Test func theKnownCellsHaveFewCrossings() {
  let cells = [KnownCells.nasnetA, KnownCells.amoebanetA].flatMap { [$0.normal, $0.reduction] }
  let crossings = cells.map { CellRanks(CellGraph($0)).crossings }
  #expect(zip(crossings, [1, 3, 0, 5]).allSatisfy { $0 <= $1 }, "\(crossings)")
}

@Test func deadBlocksAreMarked() {
  let cell = Cell(
    blocks: [Block(.init("identity", 0), .init("identity", 0)), Block(.init("identity", 0), .init("identity", 2))],
    concat: [2])
  let graph = CellGraph(cell)
  #expect(graph.isUsed == [true, false, true, false])
  let faded = CellLayout(graph).nodes.filter { !$0.isUsed }.map(\.role)
  #expect(faded.count == 4 && faded.contains(.join(block: 1, .add)) && faded.contains(.input(state: 1)))
}

@Test func orderedPlacementKeepsSeparationsAndCannotBeImproved() {
  var random = RandomStream(seed: 4)
  for _ in 0..<50 {
    let count = 2 + random.integer(below: 8)
    let wishes = (0..<count).map { _ in random.uniform() * 100 }
    let separations = (1..<count).map { _ in 1 + random.uniform() * 20 }
    let places = OrderedPlacement.positions(wishes: wishes, separations: separations)
    func cost(_ places: [Double]) -> Double { zip(places, wishes).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } }
    func isAllowed(_ places: [Double]) -> Bool {
      zip(zip(places, places.dropFirst()), separations).allSatisfy { $0.1 - $0.0 >= $1 - 1e-9 }
    }
    #expect(isAllowed(places))
    // A convex problem: no move of a run of neighbours may be allowed and better.
    for first in 0..<count {
      for last in first..<count {
        for step in [-0.5, 0.5] {
          let moved = places.indices.map { places[$0] + ((first...last).contains($0) ? step : 0) }
          #expect(!isAllowed(moved) || cost(moved) >= cost(places) - 1e-9)
        }
      }
    }
  }
}
