import Foundation
import SearchSpace
import Testing

@Suite struct CellSpaceTests {
  @Test func decisionsAreInThePapersOrder() {
    let names = CellSpace.nasnet.decisions.prefix(6).map(\.name)
    #expect(
      names == [
        "normal.block2.left.input", "normal.block2.right.input", "normal.block2.left.operation",
        "normal.block2.right.operation", "normal.block2.combiner", "normal.block3.left.input",
      ])
    #expect(CellSpace.nasnet.decisions.count == 50)
    #expect(CellSpace.nasnet.decisions[25].name == "reduction.block2.left.input")
    #expect(CellSpace.amoebanet.decisions.count == 40)
    #expect(!CellSpace.amoebanet.decisions.contains { $0.kind == .combiner })
    for space in [CellSpace.nasnet, .amoebanet] {
      let states = space.decisions.filter { $0.kind == .input }.map(\.options.count)
      #expect(states == [2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6])
      #expect(space.decisions.allSatisfy { $0.mutationWeight == 1 })
    }
  }

  /// The sizes of the spaces: ordered pairs, both cells (10^36.72 and 10^29.49).
  @Test(arguments: [(CellSpace.nasnet, 36.72), (CellSpace.amoebanet, 29.49)])
  func sizesAreThePapers(space: CellSpace, expected: Double) {
    let size = space.decisions.reduce(0) { $0 + log10(Double($1.options.count)) }
    #expect(abs(size - expected) < 0.005)
  }

  @Test(arguments: [CellSpace.nasnet, .amoebanet])
  func architecturesAndGenotypesAreTheSame(space: CellSpace) throws {
    var random = RandomStream(seed: 6)
    for _ in 0..<200 {
      let architecture = space.sample(using: &random)
      #expect(try space.architecture(of: space.genotype(of: architecture)) == architecture)
    }
  }

  @Test func choicesMeanWhatTheirNamesSay() throws {
    let space = try CellSpace(
      name: "mine", operations: ["identity", "conv_1x1"], blocks: 2, combiners: [.concat, .add])
    let genotype = try space.genotype(
      of: Architecture(choices: [0, 1, 1, 0, 1, 2, 0, 0, 1, 0] + [Int](repeating: 0, count: 10)))
    #expect(
      "\(genotype)" == "normal: conv_1x1(0)+identity(1) identity(2)&conv_1x1(0) | concat 3; "
        + "reduction: identity(0)&identity(0) identity(0)&identity(0) | concat 2,3")
  }

  @Test func wrongChoicesAreReported() {
    #expect(throws: ArchitectureError.wrongLength(expected: 40, found: 3)) {
      try CellSpace.amoebanet.genotype(of: Architecture(choices: [0, 0, 0]))
    }
    var choices = [Int](repeating: 0, count: 40)
    choices[2] = 8
    let error = #expect(throws: ArchitectureError.self) {
      try CellSpace.amoebanet.fingerprint(of: Architecture(choices: choices))
    }
    #expect(
      error?.description
        == "Choice 8 at normal.block2.left.operation is out of range: it has 8 options, 0 to 7.")
  }

  func message(_ body: () throws -> some Any) -> String {
    do {
      return "no error: \(try body())"
    } catch { return "\(error)" }
  }

  @Test func genotypesOutsideTheSpaceAreReported() throws {
    #expect(
      message { try CellSpace.nasnet.architecture(of: KnownCells.nasnetA) }
        == "In the space 'nasnet' a cell concatenates the block states that no block reads, here 2,3,4,5,6, but the "
        + "normal cell concatenates 1,2,3,4,5,6.")
    let small = try CellSpace(name: "small", operations: ["identity", "conv_1x1"], blocks: 1)
    var genotype = try small.genotype(of: Architecture(choices: [0, 1, 1, 0, 0, 0, 0, 0]))
    genotype.normal.blocks[0].combine = .concat
    #expect(
      message { try small.architecture(of: genotype) }
        == "The combiner 'concat' is not in the space 'small', which has add.")
    genotype.normal.blocks[0] = Block(.init("sep_conv_3x3", 0), .init("identity", 0))
    #expect(
      message { try small.architecture(of: genotype) }
        == "The operation 'sep_conv_3x3' is not in the space 'small', which has identity, conv_1x1.")
    #expect(
      message { try CellSpace.amoebanet.architecture(of: genotype) }
        == "A cell of the space 'amoebanet' has 5 blocks, but the normal cell has 1.")
  }

  @Test func descriptionsAreReadAndWritten() throws {
    let text = #"{"name":"mine","operations":["identity","conv_3x3"],"blocks":3,"combiners":["add","concat"]}"#
    let space = try JSONDecoder().decode(CellSpace.self, from: Data(text.utf8))
    #expect(space.decisions.count == 30)
    #expect(try JSONDecoder().decode(CellSpace.self, from: JSONEncoder().encode(space)) == space)
    let short = #"{"name":"mine","operations":["identity","conv_3x3"]}"#
    let shorter = try JSONDecoder().decode(CellSpace.self, from: Data(short.utf8))
    #expect(shorter.blocks == 5 && shorter.combiners == [.add])
  }

  @Test(arguments: [
    (#"{"name":"m","operations":[]}"#, "The space 'm' needs at least one operation, but has none."),
    (#"{"name":"","operations":["identity"]}"#, "The space '' needs at least one name, but has none."),
    (#"{"name":"m","operations":["identity"],"blocks":0}"#, "The space 'm' needs at least one block, but has none."),
    (
      #"{"name":"m","operations":["identity"],"combiners":[]}"#,
      "The space 'm' needs at least one combiner, but has none."
    ),
    (
      #"{"name":"m","operations":["identity","conv_1x1","identity"]}"#,
      "The space 'm' has the operation 'identity' twice; each may appear once."
    ),
    (
      #"{"name":"m","operations":["identity"],"combiners":["mul"]}"#,
      "There is no combiner 'mul'. Known: add, concat."
    ),
  ])
  func badDescriptionsAreReported(text: String, expected: String) {
    #expect(message { try JSONDecoder().decode(CellSpace.self, from: Data(text.utf8)) } == expected)
  }

  @Test func spacesAreFoundByName() throws {
    #expect(try CellSpace.named("nasnet") == .nasnet)
    #expect(
      message { try CellSpace.named("nasnte") }
        == "There is no space 'nasnte'. Did you mean 'nasnet'? Known: nasnet, amoebanet.")
  }

  @Test func aUsersOwnOperationIsSearched() throws {
    let own = Operation(name: "relu_only") { builder, input, channels, stride in
      let active = try builder.add(.relu, [input], name: "relu")
      return try Operation.identity.build(&builder, active, channels, stride)
    }
    let catalogue = OperationCatalogue([.identity, own])
    let space = try CellSpace(name: "own", operations: ["relu_only"], blocks: 1, catalogue: catalogue)
    let network = try space.network(
      for: Architecture(choices: [0, 1, 0, 0, 0, 1, 0, 0]), skeleton: Skeleton(cells: 1, filters: 4))
    #expect(network.nodes.contains { $0.name == "cell2.block2.left.relu" })
  }

  @Test func absurdNumbersOfBlocksAreRefused() {
    let error = #expect(throws: CellSpaceError.self) {
      try CellSpace(name: "huge", operations: ["identity"], blocks: 1_000_000_000)
    }
    #expect(error?.description == "A cell of the space 'huge' may have at most 100 blocks, but is to have 1000000000.")
  }
}
