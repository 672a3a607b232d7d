import Testing

@testable import SearchSpace

@Suite struct FingerprintTests {
  let operations = ["identity", "max_pool_3x3", "sep_conv_3x3"]
  let plain = Cell(blocks: [Block(.init("identity", 0), .init("identity", 1))])

  func fingerprint(_ cell: Cell) throws -> String {
    try Genotype(normal: cell, reduction: plain).fingerprint()
  }

  @Test(arguments: 0..<200)
  func renamingBlocksChangesNothing(seed: Int) throws {
    var random = RandomStream(seed: UInt64(seed))
    let cell = randomCell(
      blocks: 1 + random.integer(below: 6), operations: Array(operations.prefix(1 + random.integer(below: 3))),
      combiners: [.add, .concat], using: &random)
    let expected = try fingerprint(cell)
    for _ in 0..<5 {
      let renamed = cell.renamed(using: &random).withDeadBlock(operation: "sep_conv_3x3", using: &random)
      #expect(try fingerprint(renamed) == expected, "\(cell) and \(renamed)")
    }
  }

  /// Pairs of small cells, half of them near copies, against an exhaustive search for a renaming.
  @Test(arguments: 0..<40)
  func equalExactlyWhereARenamingExists(seed: Int) throws {
    var random = RandomStream(seed: 1_000 + UInt64(seed))
    for _ in 0..<25 {
      let blocks = 1 + random.integer(below: 4)
      let first = randomCell(
        blocks: blocks, operations: ["identity", "max_pool_3x3"], combiners: [.add, .concat], using: &random)
      var second = randomCell(
        blocks: blocks, operations: ["identity", "max_pool_3x3"], combiners: [.add, .concat], using: &random)
      if random.integer(below: 3) > 0 {
        second = first.renamed(using: &random)
        if random.integer(below: 2) == 0 {
          let block = random.integer(below: blocks)
          second.blocks[block].left.state = random.integer(below: block + 2)
        }
      }
      let isRenaming = first.isRenaming(of: second)
      #expect(try (fingerprint(first) == fingerprint(second)) == isRenaming, "\(first) and \(second)")
    }
  }

  @Test func alikeIsNotTheSame() throws {
    let twin = Block(.init("sep_conv_3x3", 0), .init("sep_conv_3x3", 1))
    let shared = Cell(
      blocks: [twin, twin, Block(.init("identity", 2), .init("identity", 2))], concat: [3, 4])
    let apart = Cell(
      blocks: [twin, twin, Block(.init("identity", 2), .init("identity", 3))], concat: [3, 4])
    #expect(try fingerprint(shared) != fingerprint(apart))
  }

  @Test func everythingThatCountsIsSeen() throws {
    let cell = Cell(
      blocks: [
        Block(.init("sep_conv_3x3", 0), .init("identity", 1)), Block(.init("max_pool_3x3", 2), .init("identity", 0)),
      ], concat: [3])
    var others = [Cell](repeating: cell, count: 6)
    others[0].blocks[0].left.operation = "sep_conv_5x5"
    others[1].blocks[1].right.state = 1
    others[2].concat = [2, 3]
    others[3].concat = [1, 3]
    others[4].blocks[0].combine = .concat
    others[5].blocks[1].combine = .concat
    let fingerprints = try ([cell] + others).map { try fingerprint($0) }
    #expect(Set(fingerprints).count == 7)
  }

  /// The same two blocks in another order: the output is fitted to the last one's width, so the functions differ.
  @Test func theLastBlocksWidthCounts() throws {
    let sum = Block(.init("identity", 0), .init("identity", 0))
    let wide = Block(.init("identity", 0), .init("identity", 0), combine: .concat)
    let cells = [Cell(blocks: [sum, wide]), Cell(blocks: [wide, sum])]
    let networks = try cells.map { cell in
      try Network(genotype: Genotype(normal: cell, reduction: cell), skeleton: Skeleton(cells: 1, filters: 4))
    }
    #expect(networks[0].parameterCount != networks[1].parameterCount)
    #expect(try fingerprint(cells[0]) != fingerprint(cells[1]))
  }

  @Test func normalAndReductionAreApart() throws {
    let other = Cell(blocks: [Block(.init("sep_conv_3x3", 0), .init("identity", 1))])
    let one = try Genotype(normal: plain, reduction: other).fingerprint()
    #expect(try Genotype(normal: other, reduction: plain).fingerprint() != one)
    #expect(try Genotype(name: "named", normal: plain, reduction: other).fingerprint() == one)
  }

  /// Recorded in journals: these texts must never change.
  @Test func fingerprintsArePermanent() throws {
    #expect(
      try KnownCells.amoebanetA.canonicalText() == """
        normal [avg_pool_3x3(0)+max_pool_3x3(0) avg_pool_3x3(1)+identity(0)* identity(1)+sep_conv_3x3(1)* \
        sep_conv_3x3(0)+sep_conv_5x5(2) avg_pool_3x3(5)+sep_conv_3x3(0)* | 1 | add] \
        reduction [avg_pool_3x3(0)+sep_conv_3x3(1)* avg_pool_3x3(1)+sep_conv_7x7(0)* \
        max_pool_3x3(0)+max_pool_3x3(1)* conv_1x7_7x1(0)+sep_conv_3x3(4)* max_pool_3x3(0)+sep_conv_7x7(2)* |  | add]
        """)
    #expect(try KnownCells.nasnetA.fingerprint() == "b394767b9a8aaf9cb53bdaf657edd72e")
    #expect(try KnownCells.amoebanetA.fingerprint() == "51245e565335dc5fb555bdabc1e47687")
  }

  @Test func manyRandomArchitecturesHaveManyFingerprints() throws {
    var random = RandomStream(seed: 3)
    let architectures = (0..<2_000).map { _ in CellSpace.nasnet.sample(using: &random) }
    let fingerprints = try architectures.map { try CellSpace.nasnet.fingerprint(of: $0) }
    #expect(Set(fingerprints).count == Set(architectures).count)
    #expect(fingerprints.allSatisfy { $0.count == 32 })
  }

  @Test func sixBlocksAlikeAreTold() throws {
    let twin = Block(.init("identity", 0), .init("identity", 1))
    let readers = (2..<8).map { Block(.init("identity", $0), .init("max_pool_3x3", $0)) }
    let cell = Cell(blocks: [Block](repeating: twin, count: 6) + readers)
    var random = RandomStream(seed: 4)
    #expect(try fingerprint(cell) == fingerprint(cell.renamed(using: &random)))
  }

  /// Twelve blocks alike that are all read have 479 million orders; not all are tried.
  @Test func manyReadBlocksAlikeEnd() throws {
    let twin = Block(.init("identity", 0), .init("identity", 1))
    let readers = (2..<14).map { Block(.init("identity", $0), .init("max_pool_3x3", $0)) }
    let cell = Cell(blocks: [Block](repeating: twin, count: 12) + readers)
    #expect(try fingerprint(cell) == fingerprint(cell))
  }

  @Test func badStatesAreReported() {
    let cell = Cell(blocks: [Block(.init("identity", 0), .init("identity", 2))])
    #expect(throws: GenotypeError.noSuchState(cell: "normal", block: 2, state: 2)) { try fingerprint(cell) }
  }
}

extension Cell {
  /// Whether some renaming of live blocks turns one cell into the other: tries them all.
  fileprivate func isRenaming(of other: Cell) -> Bool {
    let (mine, others) = (live, other.live)
    guard mine.count == others.count, blocks.last?.combine == other.blocks.last?.combine else { return false }
    func extend(_ names: [Int: Int], _ rest: ArraySlice<Int>) -> Bool {
      guard let next = rest.first else { return Set(concat.map { names[$0] ?? -1 }) == Set(other.concat) }
      return others.contains { candidate in
        guard !names.values.contains(candidate) else { return false }
        let (block, image) = (blocks[next - 2], other.blocks[candidate - 2])
        let edges = block.edges.map { Block.Edge($0.operation, names[$0.state] ?? -1) }
        let fits =
          edges == image.edges || (block.combine == .add && [edges[1], edges[0]] == image.edges)
        guard fits, block.combine == image.combine else { return false }
        var names = names
        names[next] = candidate
        return extend(names, rest.dropFirst())
      }
    }
    return extend([0: 0, 1: 1], mine[...])
  }

  /// The states of the blocks that the output depends on, ascending.
  private var live: [Int] {
    var found: Set<Int> = []
    func visit(_ state: Int) {
      guard state > 1, found.insert(state).inserted else { return }
      for edge in blocks[state - 2].edges { visit(edge.state) }
    }
    concat.forEach(visit)
    return found.sorted()
  }
}
