import SearchSpace
import Testing

@Suite struct GenotypeTextTests {
  @Test func aCellIsOneLine() {
    let normal = Cell(
      blocks: [
        Block(.init("identity", 0), .init("sep_conv_3x3", 1)),
        Block(.init("avg_pool_3x3", 2), .init("identity", 0), combine: .concat),
      ], concat: [1, 3])
    let reduction = Cell(blocks: [Block(.init("max_pool_3x3", 0), .init("identity", 1))])
    #expect(
      "\(Genotype(normal: normal, reduction: reduction))"
        == "normal: identity(0)+sep_conv_3x3(1) avg_pool_3x3(2)&identity(0) | concat 1,3; "
        + "reduction: max_pool_3x3(0)+identity(1) | concat 2")
  }

  @Test func whatIsWrittenIsRead() throws {
    for genotype in KnownCells.all {
      #expect(try Genotype(text: "\(genotype)", name: genotype.name) == genotype)
    }
    var random = RandomStream(seed: 8)
    for _ in 0..<100 {
      let genotype = try CellSpace.nasnet.genotype(of: CellSpace.nasnet.sample(using: &random))
      #expect(try Genotype(text: "\(genotype)") == genotype)
    }
  }

  @Test func spacesAreFree() throws {
    let tidy = "normal: identity(0)+identity(1) | concat 2; reduction: identity(0)+identity(1) | concat 2"
    let loose = "  normal:identity(0)+identity(1)|concat  2 ;reduction:  identity(0)+identity(1)  | concat 2  "
    #expect(try Genotype(text: loose) == Genotype(text: tidy))
  }

  @Test(arguments: [
    ("", "A genotype's text needs two cells, separated by a semicolon, but has ''."),
    ("a; b", "A genotype's text needs 'normal:' before the normal cell, but has 'a'."),
    (
      "normal: identity(0)+identity(1); b",
      "A genotype's text needs '| concat ' and states behind the normal cell, but has 'normal: identity(0)+identity(1)'."
    ),
    (
      "normal: identity(0) | concat 2; b",
      "A genotype's text needs two operations joined by + or & in each block, but has 'identity(0)'."
    ),
    (
      "normal: identity(0)+identity | concat 2; b",
      "A genotype's text needs an operation and a state like identity(0), but has 'identity'."
    ),
    (
      "normal: (0)+identity(x) | concat 2; b",
      "A genotype's text needs an operation and a state like identity(0), but has '(0)'."
    ),
    (
      "normal: identity(0)+identity(1) | concat 2,; b",
      "A genotype's text needs a number as a state behind 'concat', but has ''."
    ),
    (
      "normal:  | concat 2; reduction: identity(0)+identity(1) | concat 2",
      "The normal cell has no blocks; it needs at least one."
    ),
    (
      "normal: identity(0)+identity(2) | concat 2; reduction: identity(0)+identity(1) | concat 2",
      "Block 2 of the normal cell reads state 2, but may read only states 0 to 1."
    ),
  ])
  func badTextIsReported(text: String, expected: String) {
    do {
      _ = try Genotype(text: text)
      Issue.record("read '\(text)'")
    } catch { #expect("\(error)" == expected) }
  }
}
