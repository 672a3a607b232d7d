import SearchSpace

/// The layers of a cell's drawing and the order within each.
///
/// The layered method of Sugiyama, Tagawa and Toda (1981): blocks are put on ranks, edges that pass a rank get a lane
/// there (their "dummy node"), and the order within the ranks is improved by barycentre sweeps and by exchanging
/// neighbours (Gansner et al. 1993, section 3, "transpose"). A block with its two operations is one item, and all edges
/// that leave the same state share its lanes.
struct CellRanks: Hashable {
  /// What stands on a rank.
  enum Item: Hashable {
    /// One of the two inputs; only on rank 0.
    case input(state: Int)
    /// A block: two operations above, the join below.
    case block(Int)
    /// A state's edges on their way to a later rank.
    case lane(state: Int)

    /// The state that leaves the item downwards.
    var state: Int {
      switch self {
      case .input(let state), .lane(let state): state
      case .block(let block): block + 2
      }
    }
  }

  /// A connection between neighbouring ranks.
  private struct Segment {
    let source: Int
    let target: Int
    /// 0 or 1 for a block's first and second operation as drawn, 0 for a lane.
    var port = 0
  }

  /// More blocks than this on one rank would make the drawing too wide; the rest moves down.
  private static let widestRank = 5

  /// The items of each rank from left to right.
  private(set) var ranks: [[Item]]
  private let graph: CellGraph

  /// Ranks and orders a graph's items.
  init(_ graph: CellGraph) {
    self.graph = graph
    ranks = CellRanks.ranked(graph)
    minimizeCrossings()
  }

  /// The crossings of the drawing; edges into the output never cross, since its ports follow their order.
  var crossings: Int { ranks.indices.dropFirst().reduce(0) { $0 + crossings(above: $1) } }

  /// Whether a block's left operation is drawn on the left. The operands of an add may change places.
  func isLeftFirst(_ block: Int, rank: Int) -> Bool {
    let operands = graph.blocks[block]
    guard operands.join == .add else { return true }
    let left = position(ofState: operands.left.state, rank: rank - 1)
    let right = position(ofState: operands.right.state, rank: rank - 1)
    return left <= right
  }

  /// The position of the item that carries a state on a rank.
  func position(ofState state: Int, rank: Int) -> Int {
    guard let position = ranks[rank].firstIndex(where: { $0.state == state }) else {
      preconditionFailure("State \(state) is read across rank \(rank), but has no lane there.")
    }
    return position
  }

  // MARK: Ranking

  private static func ranked(_ graph: CellGraph) -> [[Item]] {
    var rankOfState = [0, 0]
    var blocksOnRank = [0]
    for block in graph.blocks {
      var rank = 1 + max(rankOfState[block.left.state], rankOfState[block.right.state])
      while rank < blocksOnRank.count, blocksOnRank[rank] >= widestRank { rank += 1 }
      if rank == blocksOnRank.count { blocksOnRank.append(0) }
      blocksOnRank[rank] += 1
      rankOfState.append(rank)
    }
    var lastRank = rankOfState
    for (index, block) in graph.blocks.enumerated() {
      for operand in block.operands {
        lastRank[operand.state] = max(lastRank[operand.state], rankOfState[index + 2] - 1)
      }
    }
    let deepest = blocksOnRank.count - 1
    for state in graph.concat { lastRank[state] = deepest }
    // The skip input stands on the left: mirroring a drawing keeps its crossings, so nothing is lost by fixing it.
    var ranks: [[Item]] = [[.input(state: 1), .input(state: 0)]]
    for rank in 0..<deepest {
      let lanes = rankOfState.indices.filter { rankOfState[$0] <= rank && lastRank[$0] > rank }
      let blocks = graph.blocks.indices.filter { rankOfState[$0 + 2] == rank + 1 }
      ranks.append(blocks.map { .block($0) } + lanes.map { .lane(state: $0) })
    }
    return ranks
  }

  // MARK: Ordering

  private mutating func minimizeCrossings() {
    let natural = ranks
    var best = ranks
    var fewest = Int.max
    for start in 0..<4 where fewest > 0 {
      ranks = start == 0 ? natural : CellRanks.rearranged(natural, start: start)
      for sweep in 0..<6 {
        let previous = ranks
        let order = Array(ranks.indices.dropFirst())
        for rank in sweep % 2 == 0 ? order : order.reversed() { sort(rank, downward: sweep % 2 == 0) }
        exchangeNeighbours()
        let found = crossings
        if found < fewest { (best, fewest) = (ranks, found) }
        if fewest == 0 || ranks == previous { break }
      }
    }
    ranks = best
  }

  /// Other starting orders: reversed, and two fixed interleavings.
  private static func rearranged(_ ranks: [[Item]], start: Int) -> [[Item]] {
    [ranks[0]]
      + ranks.dropFirst().map { items in
        guard start > 1 else { return items.reversed() }
        return (0..<start).flatMap { offset in stride(from: offset, to: items.count, by: start).map { items[$0] } }
      }
  }

  /// Sorts a rank by the mean position of its neighbours above or below; items without neighbours keep their position.
  private mutating func sort(_ rank: Int, downward: Bool) {
    if !downward && rank + 1 >= ranks.count { return }
    let joining = segments(above: downward ? rank : rank + 1)
    let keys = ranks[rank].indices.map { item -> Double in
      let near =
        downward
        ? joining.filter { $0.target == item }.map { Double($0.source) }
        : joining.filter { $0.source == item }.map { Double($0.target) + 0.5 * Double($0.port) }
      return near.isEmpty ? Double(item) : near.reduce(0, +) / Double(near.count)
    }
    let order = ranks[rank].indices.sorted { keys[$0] == keys[$1] ? $0 < $1 : keys[$0] < keys[$1] }
    ranks[rank] = order.map { [items = ranks[rank]] in items[$0] }
  }

  /// Exchanges neighbours as long as that removes crossings.
  private mutating func exchangeNeighbours() {
    var improved = true
    while improved {
      improved = false
      for rank in ranks.indices.dropFirst() {
        var before = crossings(around: rank)
        for left in ranks[rank].indices.dropLast() where before > 0 {
          ranks[rank].swapAt(left, left + 1)
          let after = crossings(around: rank)
          if after < before {
            before = after
            improved = true
          } else {
            ranks[rank].swapAt(left, left + 1)
          }
        }
      }
    }
  }

  private func crossings(around rank: Int) -> Int {
    crossings(above: rank) + (rank + 1 < ranks.count ? crossings(above: rank + 1) : 0)
  }

  private func crossings(above rank: Int) -> Int {
    let all = segments(above: rank)
    let sources = all.map(\.source)
    let targets = all.map { $0.target * 2 + $0.port }
    var count = 0
    for one in 0..<sources.count {
      let (source, target) = (sources[one], targets[one])
      for other in 0..<one where (source - sources[other]) * (target - targets[other]) < 0 { count += 1 }
    }
    return count
  }

  /// The connections between rank − 1 and rank.
  private func segments(above rank: Int) -> [Segment] {
    ranks[rank].enumerated().flatMap { target, item -> [Segment] in
      switch item {
      case .input: return []
      case .lane(let state): return [Segment(source: position(ofState: state, rank: rank - 1), target: target)]
      case .block(let block):
        let leftPort = isLeftFirst(block, rank: rank) ? 0 : 1
        let states = graph.blocks[block].operands.map { position(ofState: $0.state, rank: rank - 1) }
        return [
          Segment(source: states[0], target: target, port: leftPort),
          Segment(source: states[1], target: target, port: 1 - leftPort),
        ]
      }
    }
  }
}
