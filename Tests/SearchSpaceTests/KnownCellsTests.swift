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
        == "There is no known cell 'nasnet_a'. Did you mean 'nasnet-a'? Known: nasnet-a, nasnet-a-figure, amoebanet-a, "
        + "amoebanet-b, amoebanet-c, amoebanet-d, pnasnet-5.")
  }

  @Test func theFigureOfNASNetAHasTheStatesThatNoBlockReads() {
    let figure = KnownCells.nasnetAFigure
    #expect(figure.normal.concat == [2, 3, 4, 5, 6] && figure.reduction.concat == [4, 5, 6])
    #expect(figure.normal.blocks == KnownCells.nasnetA.normal.blocks)
    #expect(figure.reduction.blocks == KnownCells.nasnetA.reduction.blocks)
  }

  /// "N @ penultimate filters" counts these (slim `nasnet.py`); PNASNet-5's 4320 for F = 216.
  @Test(arguments: [
    ("nasnet-a", 24), ("nasnet-a-figure", 20), ("amoebanet-a", 16), ("amoebanet-c", 20), ("pnasnet-5", 20),
  ])
  func widthsOfTheLastCells(name: String, width: Int) throws {
    #expect(try KnownCells.genotype(named: name).penultimateWidth == width)
  }
}
