import SearchSpace
import Testing

@testable import Evaluator

/// Whatever a space can express can be planned and trained.
@Suite struct RandomArchitectureTests {
  @Test(arguments: [CellSpace.nasnet, CellSpace.amoebanet]) func aStepOfEach(_ space: CellSpace) throws {
    let skeleton = Skeleton(cells: 1, filters: 4, input: Shape(height: 11, width: 10, channels: 3), classes: 4)
    let kernels = try KernelTable(InstructionSet.underTest())
    for index in 0..<100 {
      var random = RandomStream(seed: 11).split("architecture", index)
      let architecture = space.sample(using: &random)
      let network = try space.network(for: architecture, skeleton: skeleton)
      let run = try EngineRun(network, batch: 4, seed: UInt64(index))
      let optimizer = try Optimizer(memory: run.memory, kernels: kernels, pool: try ThreadPool(threads: 1))
      let loss = run.loss()
      let norm = optimizer.gradientNorm()
      optimizer.step(.quick, rate: 0.05, norm: norm)
      run.fill()
      #expect(loss.isFinite && norm.isFinite && norm > 0, "\(architecture.choices)")
      #expect(run.loss().isFinite, "\(architecture.choices)")
      let parameters = ModelParameters(memory: run.memory)
      #expect(parameters.trainableCount == network.parameterCount)
      #expect(parameters.count == network.parameterCount + network.bufferCount)
    }
  }

  /// What is counted on the graph is what the model owns, and both are what the operations need by an independent count.
  @Test(arguments: [CellSpace.nasnet, CellSpace.amoebanet]) func countedEqualsOwned(_ space: CellSpace) throws {
    for index in 0..<1000 {
      var random = RandomStream(seed: 13).split("architecture", index)
      let skeleton = Skeleton(cells: 1, filters: 1 + random.integer(below: 3))
      let network = try space.network(for: space.sample(using: &random), skeleton: skeleton)
      let owned = ModelParameters(network: network, random: random)
      let values = owned.tensors.reduce(0) { $0 + $1.values.count }
      #expect(values == network.parameterCount + network.bufferCount)
      #expect(owned.trainableCount == network.parameterCount)
      let shapes = network.nodes.flatMap { $0.tensors.map(\.shape) }
      #expect(owned.tensors.map(\.shape) == shapes)
      #expect(owned.tensors.allSatisfy { $0.values.count == $0.shape.reduce(1, *) })
      #expect(network.nodes.reduce(0) { $0 + scalars(of: $1, in: network) } == values)
    }
  }

  /// The scalars that a node needs, from its own and its operand's shape alone.
  private func scalars(of node: Network.Node, in network: Network) -> Int {
    guard let operand = node.inputs.first.map({ network.nodes[$0].shape }) else { return 0 }
    switch node.primitive {
    case .convolution(let convolution):
      let taps = convolution.window.kernel.height * convolution.window.kernel.width
      return node.shape.channels == operand.channels && convolution.groups == operand.channels
        ? taps * operand.channels : taps * operand.channels * node.shape.channels
    case .batchNorm: return 4 * operand.channels
    case .linear: return (operand.height * operand.width * operand.channels + 1) * node.shape.channels
    case .input, .relu, .pooling, .add, .concat, .globalAveragePool: return 0
    }
  }

  /// Some of them in full: the loss against the double-precision interpreter, the derivative in a random direction.
  @Test(arguments: [CellSpace.nasnet, CellSpace.amoebanet]) func gradients(_ space: CellSpace) throws {
    let skeleton = Skeleton(cells: 1, filters: 4, input: Shape(height: 7, width: 7, channels: 3), classes: 3)
    for index in 0..<3 {
      var random = RandomStream(seed: 12).split("architecture", index)
      let network = try space.network(for: space.sample(using: &random), skeleton: skeleton)
      let check = GradientCheck(try EngineRun(network, batch: 4, seed: UInt64(index)))
      #expect(check.error < 1e-3, "\(index): \(check)")
    }
  }
}
