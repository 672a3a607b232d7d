import Foundation
import SearchSpace
import Testing

@Suite struct GenotypeTests {
  let cell = Cell(blocks: [Block(.init("identity", 0), .init("sep_conv_3x3", 1))], concat: [2])

  func message(_ change: (inout Genotype) -> Void) -> String? {
    var genotype = Genotype(normal: cell, reduction: cell)
    change(&genotype)
    do {
      try genotype.validate()
      return nil
    } catch { return "\(error)" }
  }

  @Test func errorsSayWhatIsWrong() {
    #expect(message { _ in } == nil)
    #expect(
      message { $0.normal.blocks[0].right.state = 2 }
        == "Block 2 of the normal cell reads state 2, but may read only states 0 to 1.")
    #expect(
      message { $0.reduction.blocks[0].left.state = -1 }
        == "Block 2 of the reduction cell reads state -1, but may read only states 0 to 1.")
    #expect(
      message { $0.normal.blocks[0].left.operation = "sep_conv_3×3" }?
        .hasPrefix("There is no operation 'sep_conv_3×3'. Did you mean 'sep_conv_3x3'? Known: identity, ") == true)
    #expect(message { $0.normal.blocks = [] } == "The normal cell has no blocks; it needs at least one.")
    #expect(
      message { $0.reduction.blocks = Array(repeating: $0.normal.blocks[0], count: 101) }
        == "The reduction cell has 101 blocks, but may have at most 100.")
    #expect(message { $0.reduction.concat = [] } == "The reduction cell concatenates no states; it needs at least one.")
    #expect(
      message { $0.normal.concat = [2, 3] } == "The normal cell concatenates state 3, but has only states 0 to 2.")
    #expect(
      message { $0.normal.concat = [2, 1, 2] }
        == "The normal cell concatenates state 2 twice; each state may appear once.")
  }

  @Test func unreadBlocksAreTheOutput() {
    let blocks = [
      Block(.init("identity", 0), .init("identity", 1)), Block(.init("identity", 0), .init("identity", 1)),
      Block(.init("identity", 2), .init("identity", 2)),
    ]
    #expect(Cell(blocks: blocks).concat == [3, 4])
  }

  @Test func exchangeFormatIsKept() throws {
    let text = """
      {"format":"nas-genotype","name":"x","normal":{"blocks":[{"combine":"add","left":["identity",0],\
      "right":["sep_conv_3x3",1]}],"concat":[2]},"reduction":{"blocks":[{"combine":"concat","left":["identity",0],\
      "right":["sep_conv_3x3",1]}],"concat":[2]},"version":1}
      """
    var genotype = Genotype(name: "x", normal: cell, reduction: cell)
    genotype.reduction.blocks[0].combine = .concat
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    #expect(String(decoding: try encoder.encode(genotype), as: UTF8.self) == text)
    #expect(try JSONDecoder().decode(Genotype.self, from: Data(text.utf8)) == genotype)
  }

  @Test(arguments: [
    ("\"nas-genotype\"", "\"onnx\"", "A genotype has the format 'nas-genotype', but this has 'onnx'."),
    ("\"version\":1", "\"version\":2", "This version reads genotypes of version 1, but this one has version 2."),
    ("\"combine\":\"add\"", "\"combine\":\"ad\"", "There is no combiner 'ad'. Did you mean 'add'? Known: add, concat."),
    (
      "[\"identity\",0]", "[\"identity\",5]",
      "Block 2 of the normal cell reads state 5, but may read only states 0 to 1."
    ),
  ])
  func badFilesAreReported(part: String, fault: String, expected: String) throws {
    let good = String(decoding: try JSONEncoder().encode(Genotype(normal: cell, reduction: cell)), as: UTF8.self)
    let bad = good.replacingOccurrences(of: part, with: fault)
    #expect(bad != good)
    do {
      _ = try JSONDecoder().decode(Genotype.self, from: Data(bad.utf8))
      Issue.record("decoded \(bad)")
    } catch { #expect("\(error)".replacingOccurrences(of: "reduction", with: "normal") == expected) }
  }

  @Test func anEdgeIsAPair() {
    for bad in ["[\"identity\"]", "[\"identity\", 0, 1]", "[0, \"identity\"]", "{}"] {
      #expect(throws: DecodingError.self) { try JSONDecoder().decode(Block.Edge.self, from: Data(bad.utf8)) }
    }
  }
}
