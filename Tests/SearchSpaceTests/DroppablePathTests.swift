import Testing

@testable import SearchSpace

/// What drop-path may leave out: the results of all operations but identities, each with its cell's depth.
@Suite struct DroppablePathTests {
  private func network(_ cells: Genotype, _ skeleton: Skeleton) throws -> Network {
    try Network(genotype: cells, skeleton: skeleton)
  }

  /// NASNet-A's normal cell has 8 operations besides two identities, its reduction cell 9 and one.
  @Test func everyOperationButIdentities() throws {
    let network = try network(KnownCells.nasnetA, Skeleton(cells: 6, filters: 4))
    #expect(network.droppablePaths.count == 18 * 8 + 2 * 9)
    let names = network.droppablePaths.map { network.nodes[$0.node].name }
    #expect(names.contains("cell0.block2.left.batchNorm2") && names.contains("cell19.block5.right.pool"))
    // An identity that is a convolution, since the first cell's skip input is the stem.
    #expect(network.nodes.contains { $0.name == "cell0.block4.right.convolution" })
    #expect(!names.contains { $0.hasPrefix("cell0.block4.right") })
  }

  /// (c + 1) / T: T is 3N + 2 on CIFAR and 3N + 4 on ImageNet, whose stem's cells come first.
  @Test func depths() throws {
    func depth(_ cell: String, _ network: Network) -> Set<Double> {
      Set(network.droppablePaths.filter { network.nodes[$0.node].name.hasPrefix("\(cell).") }.map(\.depth))
    }
    let small = try network(KnownCells.nasnetA, Skeleton(cells: 6, filters: 4))
    #expect(depth("cell0", small) == [1.0 / 20] && depth("cell6", small) == [7.0 / 20] && depth("cell19", small) == [1])
    let large = try network(KnownCells.nasnetA, Skeleton(.imagenet))
    #expect(depth("stemCell0", large) == [1.0 / 16] && depth("cell0", large) == [3.0 / 16])
    #expect(depth("cell13", large) == [1])
  }

  /// Each is read by its block's sum alone; what dead code takes along is gone.
  @Test(arguments: KnownCells.all) func onlyTheirBlockReadsThem(_ cells: Genotype) throws {
    let network = try network(cells, Skeleton(cells: 1, filters: 8))
    #expect(!network.droppablePaths.isEmpty)
    for path in network.droppablePaths {
      let readers = network.nodes.filter { $0.inputs.contains(path.node) }
      #expect(readers.count == 1 && readers[0].primitive == .add, "\(network.nodes[path.node].name)")
    }
  }

  /// An operation of one's own that hands on its input unchanged is no path: others read the state too.
  @Test func handedOnStatesAreNoPaths() throws {
    let nothing = Operation(name: "nothing") { builder, input, channels, stride in
      try Operation.identity.build(&builder, input, channels, stride)
    }
    var cells = KnownCells.nasnetA
    cells.normal.blocks[2].right.operation = "nothing"
    let catalogue = OperationCatalogue(OperationCatalogue.standard.operations + [nothing])
    let network = try Network(genotype: cells, skeleton: Skeleton(cells: 2, filters: 4), operations: catalogue)
    let names = network.droppablePaths.map { network.nodes[$0.node].name }.filter { $0.contains("block4.right") }
    // In the first cell it is a convolution; cells 2 and 5 are the reduction cells, which have another operation there.
    #expect(
      names == ["cell0.block4.right.batchNorm", "cell2.block4.right.batchNorm2", "cell5.block4.right.batchNorm2"])
  }
}
