extension CellSpace {
  /// Decisions per block: two states, two operations, and the combiner where there is a choice.
  private var decisionsPerBlock: Int { combiners.count > 1 ? 5 : 4 }

  /// The pair of cells of an architecture.
  /// - Throws: `ArchitectureError` when the choices do not fit.
  public func genotype(of architecture: Architecture) throws -> Genotype {
    try validate(architecture)
    let cells = (0..<2).map { cell in
      Cell(
        blocks: (0..<blocks).map { block in
          let first = (cell * blocks + block) * decisionsPerBlock
          let choices = architecture.choices[first..<first + decisionsPerBlock]
          let combiner = combiners.count > 1 ? choices[first + 4] : 0
          return Block(
            Block.Edge(operations[choices[first + 2]], choices[first]),
            Block.Edge(operations[choices[first + 3]], choices[first + 1]), combine: combiners[combiner])
        })
    }
    return Genotype(normal: cells[0], reduction: cells[1])
  }

  /// The architecture whose genotype this is, the name aside.
  /// - Throws: `GenotypeError` or `UnknownName` when the genotype is invalid; `CellSpaceError` when it is not in the
  ///   space, such as a published cell with another output rule.
  public func architecture(of genotype: Genotype) throws -> Architecture {
    try genotype.validate(operations: catalogue)
    let cells = [("normal", genotype.normal), ("reduction", genotype.reduction)]
    return Architecture(
      choices: try cells.flatMap { name, cell in
        guard cell.blocks.count == blocks else {
          throw CellSpaceError.wrongBlocks(
            space: self.name, cell: name, expected: blocks, found: cell.blocks.count)
        }
        let expected = Cell.unreadStates(of: cell.blocks)
        guard Set(cell.concat) == Set(expected) else {
          throw CellSpaceError.wrongOutput(space: self.name, cell: name, expected: expected, found: cell.concat)
        }
        return try cell.blocks.flatMap { try choices(of: $0) }
      })
  }

  private func choices(of block: Block) throws -> [Int] {
    let chosen = try block.edges.map { edge in
      try position(of: edge.operation, in: operations, what: "operation")
    }
    let combiner = try position(of: block.combine.rawValue, in: combiners.map(\.rawValue), what: "combiner")
    return [block.left.state, block.right.state] + chosen + (combiners.count > 1 ? [combiner] : [])
  }

  private func position(of found: String, in known: [String], what: String) throws -> Int {
    guard let position = known.firstIndex(of: found) else {
      throw CellSpaceError.notInSpace(space: name, what: what, found: found, known: known)
    }
    return position
  }
}
