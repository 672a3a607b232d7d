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
        == "There is no known cell 'nasnet_a'. Did you mean 'nasnet-a'? Known: nasnet-a, amoebanet-a.")
  }
}
