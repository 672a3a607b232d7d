import SearchSpace
import Testing

/// Networks of cells: the released networks' counts, and that every architecture can be built.
@Suite struct CellNetworkTests {
  struct Oracle: Sendable, CustomStringConvertible {
    let cell: String
    let cells: Int
    let filters: Int
    let parameters: Int
    let multiplyAdds: Int
    var buffers: Int?
    var description: String { "\(cell) N=\(cells) F=\(filters)" }
  }

  /// CIFAR skeleton, ten classes, no auxiliary head. Parameters and buffers were counted by another program that agrees
  /// with Keras on NASNet-Mobile and NASNet-Large; multiply-adds up to F = 36 by running the same networks in PyTorch.
  @Test(arguments: [
    Oracle(cell: "nasnet-a", cells: 1, filters: 4, parameters: 25_486, multiplyAdds: 4_768_704, buffers: 1_296),
    Oracle(cell: "nasnet-a", cells: 1, filters: 8, parameters: 72_370, multiplyAdds: 13_567_872, buffers: 2_592),
    Oracle(cell: "nasnet-a", cells: 2, filters: 32, parameters: 1_294_698, multiplyAdds: 232_185_344, buffers: 15_744),
    Oracle(cell: "nasnet-a", cells: 6, filters: 32, parameters: 3_346_538, multiplyAdds: 544_333_312, buffers: 37_248),
    Oracle(
      cell: "nasnet-a", cells: 7, filters: 96, parameters: 32_590_954, multiplyAdds: 5_151_250_944, buffers: 127_872),
    Oracle(cell: "nasnet-a", cells: 6, filters: 96, parameters: 28_213_546, multiplyAdds: 4_501_903_872),
    Oracle(cell: "amoebanet-a", cells: 1, filters: 8, parameters: 59_482, multiplyAdds: 10_618_112, buffers: 2_328),
    Oracle(cell: "amoebanet-a", cells: 3, filters: 24, parameters: 843_322, multiplyAdds: 139_349_760, buffers: 13_704),
    Oracle(
      cell: "amoebanet-a", cells: 6, filters: 32, parameters: 2_567_754, multiplyAdds: 407_671_808, buffers: 31_712),
    Oracle(
      cell: "amoebanet-a", cells: 6, filters: 36, parameters: 3_218_266, multiplyAdds: 509_668_992, buffers: 35_676),
  ])
  func countsAreThoseOfTheReleasedNetworks(oracle: Oracle) throws {
    let network = try Network(
      genotype: KnownCells.genotype(named: oracle.cell),
      skeleton: Skeleton(cells: oracle.cells, filters: oracle.filters))
    #expect(network.parameterCount == oracle.parameters)
    if let buffers = oracle.buffers { #expect(network.bufferCount == buffers) }
    #expect(network.multiplyAdds == oracle.multiplyAdds)
  }

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

  @Test func badSkeletonsAreReported() {
    let error = #expect(throws: NetworkError.self) {
      try Network(genotype: KnownCells.nasnetA, skeleton: Skeleton(cells: 0, filters: 4))
    }
    #expect(error?.description == "The number of cells per stack must be at least 1, but is 0.")
  }
}

/// Numbers that no network could have are refused before anything is built.
@Suite struct SkeletonTests {
  @Test(arguments: [
    (Skeleton(cells: 0, filters: 8), "The number of cells per stack must be at least 1, but is 0."),
    (Skeleton(cells: 1, filters: -3), "The number of filters must be at least 1, but is -3."),
    (Skeleton(cells: 1001, filters: 8), "The number of cells per stack must be at most 1000, but is 1001."),
    (Skeleton(cells: 1, filters: .max), "The number of filters must be at most 10000, but is \(Int.max)."),
  ])
  func absurdNumbers(_ skeleton: Skeleton, _ sentence: String) {
    let error = #expect(throws: NetworkError.self) { try Network(genotype: KnownCells.nasnetA, skeleton: skeleton) }
    #expect(error?.description == sentence)
  }
}
