import SearchSpace

/// Random genotypes with explicit outputs, so that blocks may be dead.
func randomCell(
  blocks: Int, operations: [String], combiners: [Combiner], using random: inout RandomStream
) -> Cell {
  func edge(_ block: Int) -> Block.Edge {
    Block.Edge(operations[random.integer(below: operations.count)], random.integer(below: block + 2))
  }
  let made = (0..<blocks).map { block in
    Block(edge(block), edge(block), combine: combiners[random.integer(below: combiners.count)])
  }
  let outputs = random.permutation(blocks + 2).prefix(1 + random.integer(below: blocks + 2))
  return Cell(blocks: made, concat: Array(outputs))
}

extension Cell {
  /// The same cell with its blocks in another random order that respects the edges, operands of sums swapped at random
  /// and the output's states shuffled. The last block's combiner stays, as it decides how the output is fitted.
  func renamed(using random: inout RandomStream) -> Cell {
    while true {
      var names = [0: 0, 1: 1]
      var order: [Int] = []
      while order.count < blocks.count {
        let ready = blocks.indices.filter { index in
          names[index + 2] == nil && blocks[index].edges.allSatisfy { names[$0.state] != nil }
        }
        let next = ready[random.integer(below: ready.count)]
        names[next + 2] = names.count
        order.append(next)
      }
      guard order.last.map({ blocks[$0].combine }) == blocks.last?.combine else { continue }
      func renamed(_ edge: Block.Edge) -> Block.Edge { Block.Edge(edge.operation, names[edge.state] ?? -1) }
      let moved = order.map { index in
        let block = blocks[index]
        let swaps = block.combine == .add && random.integer(below: 2) == 1
        let (left, right) = swaps ? (block.right, block.left) : (block.left, block.right)
        return Block(renamed(left), renamed(right), combine: block.combine)
      }
      var outputs = concat.map { names[$0] ?? -1 }
      random.shuffle(&outputs)
      return Cell(blocks: moved, concat: outputs)
    }
  }

  /// The same cell with a block at a random place (not the last) that nothing reads.
  func withDeadBlock(operation: String, using random: inout RandomStream) -> Cell {
    let place = random.integer(below: blocks.count)
    func moved(_ state: Int) -> Int { state < place + 2 ? state : state + 1 }
    var grown = blocks.map { block in
      Block(
        Block.Edge(block.left.operation, moved(block.left.state)),
        Block.Edge(block.right.operation, moved(block.right.state)), combine: block.combine)
    }
    let dead = Block.Edge(operation, random.integer(below: place + 2))
    grown.insert(Block(dead, dead), at: place)
    return Cell(blocks: grown, concat: concat.map(moved))
  }
}
