import SearchSpace
import Testing

@testable import Export

@Test func thePictureIsWellFormedAndNamesEveryOperation() throws {
  for genotype in KnownCells.all {
    let reading = XMLReading(try CellPicture(genotype).svg())
    #expect(reading.isWellFormed)
    let operations = (genotype.normal.blocks + genotype.reduction.blocks).flatMap(\.edges)
    for label in Set(operations.map { OperationLabel($0.operation).text }) {
      let expected = operations.filter { OperationLabel($0.operation).text == label }.count
      // The legend names the identity once more.
      #expect(reading.texts.filter { $0 == label }.count == expected + (label == "identity" ? 1 : 0))
    }
    #expect(reading.texts.filter { $0 == "concat" }.count == 2)
  }
}

@Test func namesAndCaptionsAreEscaped() throws {
  var genotype = KnownCells.nasnetA
  genotype.name = "a<b> & \"c\" ]]> \u{1}"
  let reading = XMLReading(try CellPicture(genotype, caption: "x < y").svg())
  #expect(reading.isWellFormed)
  #expect(reading.texts.contains("a<b> & \"c\" ]]> \u{FFFD}"))
  #expect(reading.texts.contains("x < y"))
  #expect(!XMLReading("<svg><text>a<b></text></svg>").isWellFormed)
}

@Test func oneCellCanBeDrawnAlone() throws {
  let texts = XMLReading(try CellPicture(KnownCells.nasnetA, selection: .reduction).svg()).texts
  #expect(texts.contains("Reduction cell") && !texts.contains("Normal cell"))
}

@Test func theSameGenotypeGivesTheSameBytes() throws {
  for seed in 0..<100 {
    let genotype = RandomGenotypes.genotype(seed: UInt64(seed), blocks: 1 + seed % 10)
    let picture = try CellPicture(genotype).svg()
    #expect(try CellPicture(genotype).svg() == picture)
    #expect(XMLReading(picture).isWellFormed)
    #expect(try GraphvizText.dot(genotype) == (try GraphvizText.dot(genotype)))
    let drawing = try CellDrawing(genotype).text
    #expect(try CellDrawing(genotype).text == drawing)
  }
}

@Test func aLongTitleWidensThePicture() throws {
  let title = String(repeating: "W", count: 200)
  let picture = try CellPicture(KnownCells.nasnetA, title: title).svg()
  let width = try #require(Double(XMLReading(picture).root["width"] ?? ""))
  #expect(width > TextWidth.of(title, size: 17))
}

@Test func labelsAreReadable() {
  let expected: [(String, String, OperationFamily)] = [
    ("identity", "identity", .identity), ("sep_conv_5x5", "sep 5×5", .separable),
    ("avg_pool_3x3", "avg 3×3", .averagePooling), ("max_pool_7x7", "max 7×7", .extremePooling),
    ("conv_1x7_7x1", "1×7–7×1", .convolution), ("conv_1x1", "conv 1×1", .convolution),
    ("dil_conv_3x3", "dil 3×3", .dilated), ("dil_sep_conv_3x3", "dil sep 3×3", .dilated),
    ("my_own_thing", "my own thing", .other), ("", "", .other), ("3x3", "3×3", .other),
  ]
  for (name, text, family) in expected {
    #expect(OperationLabel(name).text == text)
    #expect(OperationLabel(name).family == family)
  }
}

@Test func labelsFitTheirBoxes() {
  for name in OperationCatalogue.standard.names {
    let block = CellGraph.Block(
      left: .init(operation: name, state: 0), right: .init(operation: name, state: 1), join: .add)
    for node in CellLayout(CellGraph(blocks: [block], concat: [2])).nodes {
      #expect(TextWidth.of(node.label, size: 12) + 8 <= node.frame.width, "\(node.label)")
    }
  }
}

@Test func anInvalidGenotypeIsNotDrawn() {
  var genotype = KnownCells.nasnetA
  genotype.normal.blocks[0].left.state = 2
  let expected = GenotypeError.noSuchState(cell: "normal", block: 2, state: 2)
  #expect(throws: expected) { try CellPicture(genotype) }
  #expect(throws: expected) { try CellDrawing(genotype) }
  #expect(throws: expected) { try GraphvizText.dot(genotype) }
}
