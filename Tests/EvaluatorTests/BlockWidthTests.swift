import CKernels
import SearchSpace
import Testing

@testable import Evaluator

/// Networks trained over blocks of every width that the instruction set has kernels for.
@Suite struct BlockWidthTests {
  private func nasnet(filters: Int, size: Int = 32) throws -> Network {
    try Network(
      genotype: KnownCells.nasnetA,
      skeleton: Skeleton(
        cells: 1, filters: filters, input: Shape(height: size, width: size, channels: 3), classes: 10))
  }

  private func tables() throws -> [KernelTable] {
    let set = try InstructionSet.underTest().kernelIdentifier
    return try [nas_kernels_for(set), nas_narrow_kernels_for(set)].compactMap { try $0.map(KernelTable.init) }
  }

  @Test func narrowBlocksAreForFewChannels() throws {
    func isNarrow(_ filters: Int) throws -> Bool {
      BlockWidth.prefersNarrow(try nasnet(filters: filters), usual: 16, narrow: 8)
    }
    #expect(try isNarrow(4))
    #expect(try isNarrow(8))
    // 12, 20 and 24 channels leave lanes empty in wide blocks too, but not enough of them.
    for filters in [12, 16, 20, 24] { #expect(try !isNarrow(filters), "\(filters)") }
    #expect(try !isNarrow(32))
    #expect(try !isNarrow(44))
  }

  @Test func emptyLanesAreCounted() throws {
    var builder = NetworkBuilder(input: Shape(height: 2, width: 5, channels: 3))
    let output = try builder.add(.globalAveragePool, [builder.input], name: "mean")
    let network = builder.network(output: output)
    #expect(BlockWidth.floats(network, lanes: 8) == 10 * 8 + 8)
    #expect(BlockWidth.floats(network, lanes: 2) == 10 * 4 + 4)
  }

  /// A trained network is used without its auxiliary head: other blocks would give other bits.
  @Test func theAuxiliaryHeadDoesNotCount() throws {
    let space = CellSpace.nasnet
    for filters in 4...24 {
      var random = RandomStream(seed: 17).split("architecture", filters)
      let architecture = space.sample(using: &random)
      var skeleton = Skeleton(
        cells: 1, filters: filters, input: Shape(height: 32, width: 32, channels: 3), classes: 10)
      let without = try space.network(for: architecture, skeleton: skeleton)
      skeleton.auxiliaryHead = Skeleton.AuxiliaryHead()
      let with = try space.network(for: architecture, skeleton: skeleton)
      #expect(with.auxiliaryOutput != nil && with.nodes.count > without.nodes.count)
      for lanes in [4, 8, 16] {
        #expect(BlockWidth.floats(with, lanes: lanes) == BlockWidth.floats(without, lanes: lanes), "\(filters)")
      }
      #expect(
        BlockWidth.prefersNarrow(with, usual: 16, narrow: 8)
          == BlockWidth.prefersNarrow(without, usual: 16, narrow: 8))
    }
  }

  @Test func aPlanTakesTheChosenWidth() throws {
    let tables = try tables()
    for filters in [8, 16] {
      let network = try nasnet(filters: filters)
      let plan = try ExecutionPlan(network: network, batch: 2, mode: .inference, instructions: .underTest())
      let isNarrow = BlockWidth.prefersNarrow(
        network, usual: tables[0].lanes, narrow: tables[tables.count - 1].lanes)
      #expect(plan.lanes == tables[isNarrow ? tables.count - 1 : 0].lanes)
    }
  }

  /// Odd filters and odd sizes: blocks that are partly empty, and rows with a pixel left over.
  @Test(arguments: [5, 8, 16]) func gradientsAreRightInAnyWidth(_ filters: Int) throws {
    for kernels in try tables() {
      let run = try EngineRun(try nasnet(filters: filters, size: 11), batch: 3, kernels: kernels)
      #expect(GradientCheck(run).error < 1e-4, "\(kernels.lanes) lanes")
    }
  }

  @Test func threadsDoNotChangeABitInAnyWidth() throws {
    let network = try nasnet(filters: 6, size: 13)
    for kernels in try tables() {
      let one = try EngineRun(network, batch: 9, kernels: kernels)
      let loss = one.loss()
      let gradients = one.gradients
      for threads in [2, 4] {
        let more = try EngineRun(network, batch: 9, threads: threads, kernels: kernels)
        #expect(more.loss() == loss)
        let same = more.gradients == gradients
        #expect(same, "\(kernels.lanes) lanes, \(threads) threads")
      }
    }
  }
}
