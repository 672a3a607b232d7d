import Foundation
import SearchSpace
import Testing

@testable import Export

@Suite struct DARTSGenotypeTests {
  /// quark0/darts `cnn/genotypes.py`, `NASNet`.
  static let nasnet = """
    NASNet = Genotype(
      normal = [
        ('sep_conv_5x5', 1), ('sep_conv_3x3', 0), ('sep_conv_5x5', 0), ('sep_conv_3x3', 0), ('avg_pool_3x3', 1),
        ('skip_connect', 0), ('avg_pool_3x3', 0), ('avg_pool_3x3', 0), ('sep_conv_3x3', 1), ('skip_connect', 1),
      ],
      normal_concat = [2, 3, 4, 5, 6],
      reduce = [
        ('sep_conv_5x5', 1), ('sep_conv_7x7', 0), ('max_pool_3x3', 1), ('sep_conv_7x7', 0), ('avg_pool_3x3', 1),
        ('sep_conv_5x5', 0), ('skip_connect', 3), ('avg_pool_3x3', 2), ('sep_conv_3x3', 2), ('max_pool_3x3', 1),
      ],
      reduce_concat = [4, 5, 6],
    )

    """

  private func problem(_ text: String) -> String {
    do {
      _ = try DARTSGenotype(text: text)
      return "no error"
    } catch { return "\(error)" }
  }

  private func problem(_ genotype: Genotype) -> String {
    do {
      return try DARTSGenotype(genotype).text()
    } catch { return "\(error)" }
  }

  @Test func theirNASNetIsTheOneOfTheFigure() throws {
    let read = try DARTSGenotype(text: DARTSGenotypeTests.nasnet).genotype
    #expect(read.name == "NASNet")
    #expect(read.normal == KnownCells.nasnetAFigure.normal && read.reduction == KnownCells.nasnetAFigure.reduction)
  }

  @Test func whatIsWritten() throws {
    let cell = Cell(
      blocks: [
        Block(.init("identity", 0), .init("dil_sep_conv_3x3", 1)),
        Block(.init("conv_1x7_7x1", 2), .init("max_pool_3x3", 0)),
      ], concat: [1, 3])
    let reduction = Cell(blocks: cell.blocks, concat: [2, 3])
    #expect(
      try DARTSGenotype(Genotype(name: "x", normal: cell, reduction: reduction)).text() == """
        Genotype(normal=[('skip_connect', 1), ('dil_conv_3x3', 0), ('conv_7x1_1x7', 2), ('max_pool_3x3', 1)], \
        normal_concat=[0, 3], reduce=[('skip_connect', 1), ('dil_conv_3x3', 0), ('conv_7x1_1x7', 2), \
        ('max_pool_3x3', 1)], reduce_concat=[2, 3])
        """)
  }

  @Test func whatIsWrittenIsRead() throws {
    var random = RandomStream(seed: 5)
    let space = try CellSpace(name: "darts", operations: DARTSGenotype.operations.map(\.ours), blocks: 4)
    for _ in 0..<100 {
      let genotype = try space.genotype(of: space.sample(using: &random))
      #expect(try DARTSGenotype(text: DARTSGenotype(genotype).text()).genotype == genotype)
    }
    for name in ["nasnet-a", "nasnet-a-figure", "amoebanet-a"] {
      var genotype = try KnownCells.genotype(named: name)
      genotype.name = nil
      #expect(try DARTSGenotype(text: DARTSGenotype(genotype).text()).genotype == genotype)
    }
  }

  @Test(arguments: [
    "[2, 3]", "(2, 3,)", "range(2, 4)", "list(range(2,4))", "[\n 2, # two\n 3\n]", "range(2, 4,)",
  ])
  func formsOfStates(states: String) throws {
    let text =
      "Genotype(normal=(['skip_connect', 0], (\"skip_connect\", 1,), ('skip_connect', 0), ('skip_connect', 2)), "
      + "reduce_concat=range(2), reduce=[('sep_conv_3x3', 0), ('sep_conv_3x3', 1)], normal_concat=\(states))"
    let genotype = try DARTSGenotype(text: text).genotype
    #expect(genotype.name == nil)
    #expect(genotype.normal.concat == [2, 3] && genotype.reduction.concat == [1, 0])
    #expect(genotype.normal.blocks[1] == Block(.init("identity", 1), .init("identity", 2)))
  }

  private let rest = "normal_concat=[2], reduce=[('sep_conv_3x3', 0), ('sep_conv_3x3', 1)], reduce_concat=[2])"

  @Test func whatCannotBeRead() {
    #expect(
      problem("import os\nGenotype()")
        == "A DARTS genotype needs Genotype(…) or NAME = Genotype(…) at line 1, column 1.")
    #expect(
      problem("Genotype(\n [('skip_connect', 0)])")
        == "A DARTS genotype needs normal, normal_concat, reduce or reduce_concat, each once, at line 2, column 2.")
    #expect(
      problem("Genotype(normal=[('skip_connect' 0)], \(rest)") == "A DARTS genotype needs ',' at line 1, column 34.")
    #expect(
      problem("Genotype(normal=[(skip_connect, 0)], \(rest)")
        == "A DARTS genotype needs the name of an operation in quotes at line 1, column 19.")
    #expect(
      problem("Genotype(normal_concat=range(2, 99999999999999999999))")
        == "A DARTS genotype needs the number of a state, at most 1000, at line 1, column 33.")
    #expect(
      problem("Genotype(normal_concat=eval(2))")
        == "A DARTS genotype needs states such as [2, 3] or range(2, 6) at line 1, column 24.")
    // A list of a list of … has no end: as deep as a file is long, it would take the whole stack.
    #expect(
      problem("Genotype(normal_concat=" + String(repeating: "list(", count: 100_000))
        == "A DARTS genotype needs states such as [2, 3] or range(2, 6) at line 1, column 29.")
    #expect(
      problem("Genotype(normal=[], \(rest) Genotype()")
        == "A DARTS genotype needs the end of the file behind its one genotype at line 1, column 110.")
    #expect(
      problem("Genotype(normal=[], normal_concat=[2])")
        == "A DARTS genotype needs normal, normal_concat, reduce and reduce_concat, but this has no reduce.")
    #expect(
      problem("Genotype(normal=[('skip_connect', 0)], \(rest)")
        == "A DARTS genotype has two operations for each state, but normal has 1 operations.")
  }

  @Test func whatCannotBeExpressedHere() {
    func edges(_ operation: String, _ state: Int = 0) -> String {
      problem("Genotype(normal=[('\(operation)', \(state)), ('skip_connect', 0)], \(rest)")
    }
    #expect(
      edges("none")
        == "The operation 'none' in normal stands for no connection, but each state here is a sum of two operations.")
    #expect(
      edges("sep_conv_3x4")
        == "There is no DARTS operation 'sep_conv_3x4'. Did you mean 'sep_conv_3x3'? Known: max_pool_3x3, avg_pool_3x3, "
        + "skip_connect, sep_conv_3x3, sep_conv_5x5, sep_conv_7x7, dil_conv_3x3, dil_conv_5x5, conv_7x1_1x7.")
    #expect(
      edges("skip_connect", 5) == "Block 2 of the normal cell reads state 5, but may read only states 0 to 1.")
  }

  @Test func whatCannotBeExpressedThere() throws {
    let amoebanetC = try KnownCells.genotype(named: "amoebanet-c")
    #expect(
      problem(amoebanetC)
        == "The cells cannot be written as a DARTS genotype: the reduction cell's output has the cell's "
        + "input 0, but a reduction cell there concatenates nothing but its blocks.")
    var cell = Cell(blocks: [Block(.init("dil_conv_3x3", 0), .init("identity", 1))])
    #expect(
      problem(Genotype(normal: cell, reduction: cell))
        == "The cells cannot be written as a DARTS genotype: block 2 of the normal cell has the operation dil_conv_3x3, "
        + "but operations there are max_pool_3x3, avg_pool_3x3, identity, sep_conv_3x3, sep_conv_5x5, sep_conv_7x7, "
        + "dil_sep_conv_3x3, dil_sep_conv_5x5, conv_1x7_7x1.")
    #expect(
      problem(KnownCells.nasnetATimm).hasPrefix(
        "The cells cannot be written as a DARTS genotype: block 4 of the reduction cell has the operation "
          + "avg_pool_3x3_include_pad, but operations there are "))
    cell.blocks = [Block(.init("identity", 0), .init("identity", 1), combine: .concat)]
    #expect(
      problem(Genotype(normal: cell, reduction: cell))
        == "The cells cannot be written as a DARTS genotype: block 2 of the normal cell concatenates its operations, but "
        + "blocks there are sums.")
  }

  @Test func everyOperationIsInTheCatalogue() throws {
    for operation in DARTSGenotype.operations { _ = try OperationCatalogue.standard.operation(named: operation.ours) }
  }

  /// A damaged text is one error, whatever is damaged.
  @Test func damagedTexts() {
    let text = Array(DARTSGenotypeTests.nasnet.utf8)
    var random = RandomStream(seed: 9)
    for _ in 0..<3000 {
      var damaged = text
      for _ in 0..<1 + random.integer(below: 3) {
        let place = random.integer(below: damaged.count)
        switch random.integer(below: 3) {
        case 0: damaged[place] = UInt8(random.integer(below: 256))
        case 1: damaged.remove(at: place)
        default: damaged.insert(UInt8(random.integer(below: 128)), at: place)
        }
      }
      _ = problem(String(decoding: damaged, as: UTF8.self))
    }
    let last = text.lastIndex(of: UInt8(ascii: ")")) ?? 0
    for end in 0...last { #expect(problem(String(decoding: text[..<end], as: UTF8.self)) != "no error") }
  }
}

@Suite struct DARTSFileTests {
  @Test func theContentTellsTheFormat() throws {
    let darts = try GenotypeFile(content: Data(DARTSGenotypeTests.nasnet.utf8), path: "cell.txt")
    #expect(darts.genotype.normal == KnownCells.nasnetAFigure.normal && darts.provenance == nil)
    let json = GenotypeFile(
      genotype: Genotype(name: "Genotype", normal: darts.genotype.normal, reduction: darts.genotype.reduction))
    #expect(try GenotypeFile(content: Data(json.json().utf8), path: "cell.json") == json)
  }

  @Test func errorsNameTheFile() {
    func problem(_ text: String) -> String {
      do {
        _ = try GenotypeFile(content: Data(text.utf8), path: "cell")
        return "no error"
      } catch { return "\(error)" }
    }
    #expect(
      problem("Genotype(5)") == "cell is not a valid genotype: A DARTS genotype needs normal, normal_concat, reduce or "
        + "reduce_concat, each once, at line 1, column 10.")
    #expect(problem("hello").hasPrefix("cell is not valid JSON: expected"))
  }
}
