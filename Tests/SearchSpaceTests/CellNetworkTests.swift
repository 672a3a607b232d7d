import SearchSpace
import Testing

/// Networks of cells: how cells are joined, and that every architecture can be built.
@Suite struct CellNetworkTests {
  /// NASNet-A, F = 32: each kind of cell on its own.
  @Test(arguments: [
    ("cell0.", 40_384), ("cell1.", 25_152), ("cell2.", 28_224), ("cell6.", 87_168), ("cell7.", 81_024),
  ])
  func singleCellsHaveTheirCounts(prefix: String, expected: Int) throws {
    let network = try Network(genotype: KnownCells.nasnetA, skeleton: Skeleton(cells: 6, filters: 32))
    let tensors = network.nodes.filter { $0.name.hasPrefix(prefix) }.flatMap(\.tensors)
    #expect(tensors.filter(\.role.isTrainable).reduce(0) { $0 + $1.count } == expected)
  }

  @Test func shapesFollowTheSkeleton() throws {
    let network = try Network(genotype: KnownCells.nasnetA, skeleton: Skeleton(cells: 2, filters: 8, classes: 7))
    func shape(_ name: String) -> Shape? { network.nodes.first { $0.name == name }?.shape }
    #expect(shape("stem.batchNorm") == Shape(height: 32, width: 32, channels: 24))
    #expect(shape("cell1.output.concat") == Shape(height: 32, width: 32, channels: 48))
    #expect(shape("cell2.output.concat") == Shape(height: 16, width: 16, channels: 64))
    #expect(shape("cell3.block2.left.depthwise1") == Shape(height: 16, width: 16, channels: 16))
    #expect(shape("cell3.previous.shiftedConvolution") == Shape(height: 16, width: 16, channels: 8))
    #expect(shape("cell7.output.concat") == Shape(height: 8, width: 8, channels: 192))
    #expect(network.inputShape == Shape(height: 32, width: 32, channels: 3))
    #expect(network.classes == 7)
    #expect(network.nodes.last?.name == "head.linear")
  }

  /// The count alone cannot tell the two inputs apart, so the structure is looked at.
  @Test func stateZeroIsThePreviousCell() throws {
    let cell = Cell(blocks: [Block(.init("sep_conv_3x3", 0), .init("sep_conv_5x5", 1))])
    let network = try Network(
      genotype: Genotype(normal: cell, reduction: cell), skeleton: Skeleton(cells: 3, filters: 4))
    func input(_ name: String) throws -> String {
      let node = try #require(network.nodes.first { $0.name == name })
      return network.nodes[node.inputs[0]].name
    }
    #expect(try input("cell2.direct.relu") == "cell1.block2.add")
    #expect(try input("cell2.block2.left.relu1") == "cell2.direct.batchNorm")
    #expect(try input("cell2.block2.right.relu1") == "cell0.block2.add")
    #expect(try input("cell0.block2.right.relu1") == "stem.batchNorm")
    #expect(try input("cell4.previous.relu") == "cell2.block2.add")
    #expect(try input("cell4.direct.relu") == "cell3.block2.add")
  }

  @Test func deadCodeIsDropped() throws {
    let cell = Cell(
      blocks: [
        Block(.init("sep_conv_3x3", 0), .init("identity", 0)), Block(.init("conv_1x1", 0), .init("identity", 0)),
      ], concat: [3])
    let network = try Network(
      genotype: Genotype(normal: cell, reduction: cell), skeleton: Skeleton(cells: 1, filters: 4))
    #expect(!network.nodes.contains { $0.name.contains("block2") || $0.name.contains("previous") })
    #expect(network.nodes.contains { $0.name == "cell1.block3.left.convolution" })
  }

  /// A sum beside a concat as the last state: the sum is fitted to F without a ReLU.
  @Test func narrowStatesAreFittedToAWideLastState() throws {
    let cell = Cell(
      blocks: [
        Block(.init("identity", 0), .init("identity", 0)),
        Block(.init("identity", 0), .init("identity", 0), combine: .concat),
      ])
    let network = try Network(
      genotype: Genotype(normal: cell, reduction: cell), skeleton: Skeleton(cells: 1, filters: 5))
    let output = try #require(network.nodes.first { $0.name == "cell0.output.concat" })
    #expect(output.inputs.map { network.nodes[$0].name } == ["cell0.output.state2.batchNorm", "cell0.block3.concat"])
    #expect(output.shape.channels == 15)
    #expect(!network.nodes.contains { $0.name == "cell0.output.state2.relu" })
  }

  /// A direct input in the output of a reduction cell is halved there (as in the published AmoebaNet-C).
  @Test func largeStatesAreReducedInTheOutput() throws {
    let cell = Cell(blocks: [Block(.init("max_pool_3x3", 0), .init("max_pool_3x3", 1))], concat: [0, 2])
    let network = try Network(
      genotype: Genotype(normal: cell, reduction: cell), skeleton: Skeleton(cells: 1, filters: 3))
    let names = network.nodes.map(\.name)
    #expect(names.contains("cell1.output.state0.shiftedConvolution"))
    #expect(!names.contains { $0.hasPrefix("cell0.output.state0") })
    #expect(
      network.nodes.first { $0.name == "cell1.output.concat" }?.shape == Shape(height: 16, width: 16, channels: 12))
  }

  @Test(arguments: [CellSpace.nasnet, .amoebanet], [1, 2, 3, 5, 7, 16])
  func everyArchitectureCanBeBuilt(space: CellSpace, filters: Int) throws {
    var random = RandomStream(seed: UInt64(filters))
    for number in 0..<40 {
      let size = [32, 31, 9, 5, 2, 1][number % 6]
      let input = Shape(height: size, width: size + number % 2, channels: 1 + number % 3)
      let skeleton = Skeleton(cells: 1 + number % 2, filters: filters, input: input, classes: 10)
      let network = try space.network(for: space.sample(using: &random), skeleton: skeleton)
      #expect(Set(network.nodes.map(\.name)).count == network.nodes.count)
      #expect(network.nodes.enumerated().allSatisfy { index, node in node.inputs.allSatisfy { $0 < index } })
      let read = Set(network.nodes.flatMap(\.inputs))
      #expect(read.count == network.nodes.count - 1)
      #expect(network.nodes.flatMap(\.tensors).allSatisfy { $0.count > 0 })
      #expect(network.classes == 10)
    }
  }

  @Test func everyOperationOfTheCatalogueFits() throws {
    let skeleton = Skeleton(cells: 1, filters: 6, input: Shape(height: 11, width: 13, channels: 3))
    for name in OperationCatalogue.standard.names {
      let cell = Cell(blocks: [Block(.init(name, 0), .init(name, 1)), Block(.init(name, 2), .init("identity", 1))])
      let network = try Network(genotype: Genotype(normal: cell, reduction: cell), skeleton: skeleton)
      let output = try #require(network.nodes.first { $0.name == "cell3.block3.add" })
      #expect(output.shape == Shape(height: 3, width: 4, channels: 24))
    }
  }
}
