import SearchSpace
import Testing

@testable import Export

@Test func aSmallCellIsDrawnAsExpected() throws {
  let cell = Cell(
    blocks: [
      Block(.init("sep_conv_5x5", 0), .init("identity", 1)),
      Block(.init("avg_pool_3x3", 0), .init("conv_1x7_7x1", 2), combine: .concat),
    ], concat: [1, 3])
  let lines = CellRails(CellGraph(cell), style: CellDrawing.Style()).lines
  let expected = """
     0  1  2  3
     ●               h[i]    previous cell
     │  ●            h[i−1]  the cell before it
     ├──┼──────────▸ sep 5×5 ← h[i]    ─┐
     │  ├──────────▸ identity ← h[i−1] ─┤
     │  │  ●◂───────────────────────────┘ 2 = sum
     ╰──┼──┼───────▸ avg 3×3 ← h[i]    ─┐
        │  ╰───────▸ 1×7–7×1 ← 2       ─┤
        │     ●◂────────────────────────┘ 3 = concat
        ╰─────┴────▸ concat of 1 3 → h[i+1]
    """
  #expect(lines.joined(separator: "\n") == expected)
}

@Test func linesFitTheTerminalAndNameEveryOperation() throws {
  for seed in 0..<100 {
    let genotype = RandomGenotypes.genotype(seed: UInt64(seed), blocks: 1 + seed % 10)
    let plain = try CellDrawing(genotype).lines
    let text = plain.joined(separator: "\n") + "\n"
    #expect(plain.allSatisfy { $0.count <= CellDrawing.widest })
    for edge in (genotype.normal.blocks + genotype.reduction.blocks).flatMap(\.edges) {
      let label = OperationLabel(edge.operation).text + " ← " + CellGraph.name(ofState: edge.state)
      #expect(text.contains("▸ " + label))
    }
    let ascii = try CellDrawing(genotype, style: .init(isASCII: true)).lines
    #expect(ascii.allSatisfy { $0.utf8.allSatisfy { $0 < 0x80 && $0 != UInt8(ascii: "?") } })
    #expect(ascii.map(\.count) == plain.map(\.count))
    let colored = try CellDrawing(genotype, style: .init(usesColor: true)).text
    #expect(colored.contains("\u{1B}[") && !text.contains("\u{1B}"))
    #expect(colored.replacing(#/\u{1B}\[[0-9]+m/#, with: "") == text)
  }
}

/// Cells of many blocks leave no room for their labels, which are short then, but there.
@Test(arguments: [20, 21, 40, Cell.maximumBlocks]) func cellsOfManyBlocksAreDrawn(blocks: Int) throws {
  let genotype = RandomGenotypes.genotype(seed: 1, blocks: blocks)
  let lines = try CellDrawing(genotype).lines
  #expect(lines.count { $0.contains("▸ ") } == 2 * (2 * blocks + 1))
}

@Test func controlCharactersInANameDoNotReachTheTerminal() throws {
  var genotype = KnownCells.nasnetA
  genotype.name = "evil\u{1B}[2J" + String(repeating: "x", count: 300)
  let lines = try CellDrawing(genotype).lines
  let first = try #require(lines.first)
  #expect(first.hasPrefix("evil [2Jxxx") && first.count == 100)
}

@Test func theSummaryAddsUp() throws {
  let network = try Network(genotype: KnownCells.nasnetA, skeleton: Skeleton(cells: 1, filters: 8))
  let summary = NetworkSummary(network)
  #expect(summary.parts.map(\.name) == ["input", "stem", "cell0", "cell1", "cell2", "cell3", "cell4", "head"])
  #expect(summary.parameters == 72_370)
  #expect(summary.parts.reduce(0) { $0 + $1.parameters } == network.parameterCount)
  #expect(summary.parts.reduce(0) { $0 + $1.buffers } == network.bufferCount)
  #expect(summary.parts.reduce(0) { $0 + $1.multiplyAdds } == network.multiplyAdds)
  let table = summary.tableLines()
  #expect(Set(table.map(\.count)).count == 1 && table.count == 10)
  #expect(table.last?.contains("72,370") == true)
  #expect(summary.tableLines(isASCII: true).joined().allSatisfy { $0.isASCII })
}
