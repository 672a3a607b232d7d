import SearchSpace
import Testing

@Suite struct KnownCellsTests {
  @Test func allAreValidAndFoundByName() throws {
    for genotype in KnownCells.all {
      try genotype.validate()
      let name = try #require(genotype.name)
      #expect(try KnownCells.genotype(named: name) == genotype)
    }
  }

  @Test func aMisspeltNameGetsASuggestion() {
    let error = #expect(throws: UnknownName.self) { try KnownCells.genotype(named: "nasnet_a") }
    #expect(
      error?.description
        == "There is no known cell 'nasnet_a'. Did you mean 'nasnet-a'? Known: nasnet-a, nasnet-a-figure, nasnet-a-timm, "
        + "amoebanet-a, amoebanet-b, amoebanet-c, amoebanet-d, pnasnet-5.")
  }

  @Test func theFigureOfNASNetAHasTheStatesThatNoBlockReads() {
    let figure = KnownCells.nasnetAFigure
    #expect(figure.normal.concat == [2, 3, 4, 5, 6] && figure.reduction.concat == [4, 5, 6])
    #expect(figure.normal.blocks == KnownCells.nasnetA.normal.blocks)
    #expect(figure.reduction.blocks == KnownCells.nasnetA.reduction.blocks)
  }

  /// timm's NASNet-A differs in the one strided average: the tensors are those of NASNet-A.
  @Test func timmsNASNetACountsPadding() throws {
    var cells = KnownCells.nasnetATimm
    #expect(cells.reduction.blocks[2].left == .init("avg_pool_3x3_include_pad", 0))
    cells.reduction.blocks[2].left.operation = "avg_pool_3x3"
    #expect(cells.normal == KnownCells.nasnetA.normal && cells.reduction == KnownCells.nasnetA.reduction)
    let networks = try [KnownCells.nasnetATimm, KnownCells.nasnetA].map { cells in
      try Network(genotype: cells, skeleton: Skeleton(.imagenetLarge))
    }
    #expect(networks[0].nodes.map(\.name) == networks[1].nodes.map(\.name))
    #expect(networks[0].nodes.map(\.tensors) == networks[1].nodes.map(\.tensors))
    let different = zip(networks[0].nodes, networks[1].nodes).filter { $0.primitive != $1.primitive }.map(\.0)
    #expect(different.map(\.name) == ["stemCell0", "stemCell1", "cell6", "cell13"].map { "\($0).block4.left.pool" })
  }

  /// "N @ penultimate filters" counts these (slim `nasnet.py`); PNASNet-5's 4320 for F = 216.
  @Test(arguments: [
    ("nasnet-a", 24), ("nasnet-a-figure", 20), ("nasnet-a-timm", 24), ("amoebanet-a", 16), ("amoebanet-c", 20),
    ("pnasnet-5", 20),
  ])
  func widthsOfTheLastCells(name: String, width: Int) throws {
    #expect(try KnownCells.genotype(named: name).penultimateWidth == width)
  }
}
