import SearchSpace
import Testing

@testable import Export

@Suite struct PortableTensorTests {
  private func weights(
    _ primitive: Primitive, on shape: Shape, values: [[Float]]
  ) throws -> [PortableTensor] {
    var builder = NetworkBuilder(input: shape)
    let output = try builder.add(primitive, [builder.input], name: "node")
    return try ModelWeights(network: builder.network(output: output), values: values).portable
  }

  @Test func convolutionKernelsBecomeOutputInputRowColumn() throws {
    // [1 row, 2 columns, 2 inputs, 3 outputs], each value telling its place: column, input, output.
    let values: [Float] = [0, 1, 2, 10, 11, 12, 100, 101, 102, 110, 111, 112]
    let window = Window(kernel: Extent(height: 1, width: 2))
    let tensors = try weights(
      .convolution(Convolution(outputChannels: 3, window: window)), on: Shape(height: 4, width: 4, channels: 2),
      values: [values])
    #expect(tensors.map(\.name) == ["node.weight"])
    #expect(tensors[0].shape == [3, 2, 1, 2])
    #expect(tensors[0].values == [0, 100, 10, 110, 1, 101, 11, 111, 2, 102, 12, 112])
  }

  @Test func depthwiseKernelsHaveOneInput() throws {
    let window = Window(kernel: Extent(height: 2, width: 1))
    let tensors = try weights(
      .convolution(Convolution(outputChannels: 2, window: window, groups: 2)),
      on: Shape(height: 4, width: 4, channels: 2), values: [[0, 1, 10, 11]])
    #expect(tensors[0].shape == [2, 1, 2, 1])
    #expect(tensors[0].values == [0, 10, 1, 11])
  }

  @Test func fullyConnectedKernelsReadChannelsFirst() throws {
    // Inputs (row, column, channel) of a 1×2×2 image, two outputs: column, channel, output.
    let tensors = try weights(
      .linear(Linear(outputs: 2)), on: Shape(height: 1, width: 2, channels: 2),
      values: [[0, 1, 10, 11, 100, 101, 110, 111], [7, 8]])
    #expect(tensors.map(\.name) == ["node.weight", "node.bias"])
    #expect(tensors[0].shape == [2, 4])
    #expect(tensors[0].values == [0, 100, 10, 110, 1, 101, 11, 111])
    #expect(tensors[1].values == [7, 8])
  }

  @Test func normalisationsHavePyTorchsNames() throws {
    let tensors = try weights(
      .batchNorm(BatchNorm()), on: Shape(height: 1, width: 1, channels: 1), values: [[1], [2], [3], [4]])
    #expect(tensors.map(\.name) == ["node.weight", "node.bias", "node.running_mean", "node.running_var"])
    #expect(tensors.map(\.values) == [[1], [2], [3], [4]])
  }

  @Test(arguments: [CellSpace.nasnet, CellSpace.amoebanet]) func thereAndBack(_ space: CellSpace) throws {
    for seed in 0..<10 {
      var random = RandomStream(seed: UInt64(seed))
      let skeleton = Skeleton(cells: 1, filters: 4, input: Shape(height: 9, width: 8, channels: 3), classes: 3)
      let network = try space.network(for: space.sample(using: &random), skeleton: skeleton)
      let weights = try RandomModels.weights(of: network, seed: UInt64(seed))
      let read = try ModelWeights(network: network, portable: weights.portable.reversed())
      #expect((read == weights) as Bool)
      let names = weights.portable.map(\.name)
      #expect(Set(names).count == names.count)
      #expect(network.declarationOrder.sorted() == names.sorted())
    }
  }

  @Test func weightsOfAnotherNetworkAreRefused() throws {
    let skeleton = Skeleton(cells: 1, filters: 4, classes: 3)
    let network = try Network(genotype: KnownCells.nasnetA, skeleton: skeleton)
    let weights = try RandomModels.weights(of: network, seed: 1)
    var tensors = weights.portable
    tensors.append(PortableTensor(name: "another", shape: [1], values: [0]))
    #expect((try ModelWeights(network: network, portable: tensors) == weights) as Bool, "more tensors do no harm")
    tensors[0] = PortableTensor(name: tensors[0].name, shape: [1], values: [0])
    #expect(throws: ModelWeightsError.wrongShape(name: "stem.convolution.weight", expected: [12, 3, 3, 3], found: [1]))
    {
      try ModelWeights(network: network, portable: tensors)
    }
    #expect(throws: ModelWeightsError.missing(name: "stem.convolution.weight")) {
      try ModelWeights(network: network, portable: Array(tensors.dropFirst()))
    }
    #expect(throws: ModelWeightsError.wrongCount(what: "network", expected: weights.values.count, found: 0)) {
      try ModelWeights(network: network, values: [])
    }
  }
}
