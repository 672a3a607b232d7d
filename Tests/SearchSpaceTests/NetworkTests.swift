import SearchSpace
import Testing

@Suite struct NetworkTests {
  let input = Shape(height: 4, width: 4, channels: 3)

  func message(_ primitive: Primitive, inputs: Int = 1, other: Shape? = nil) -> String? {
    var builder = NetworkBuilder(input: input)
    do {
      var values = [NetworkBuilder.Value](repeating: builder.input, count: inputs)
      if let other {
        let window = Window(kernel: Extent(1), stride: Extent(input.height / other.height))
        values[0] = try builder.add(
          .convolution(Convolution(outputChannels: other.channels, window: window)), [builder.input], name: "other")
      }
      _ = try builder.scoped("cell0") { try $0.add(primitive, values, name: "node") }
      return nil
    } catch { return "\(error)" }
  }

  /// Checkpoints know a network by these texts: they must stay.
  @Test func printedPooling() {
    let extents = "kernel: SearchSpace.Extent(height: 3, width: 3), stride: SearchSpace.Extent(height: 2, width: 2), "
    let text =
      "pooling(SearchSpace.Pooling(kind: SearchSpace.Pooling.Kind.average, window: SearchSpace.Window(" + extents
      + "dilation: SearchSpace.Extent(height: 1, width: 1), padding: SearchSpace.Padding.same)"
    let window = Window(kernel: Extent(3), stride: Extent(2))
    #expect("\(Primitive.pooling(Pooling(kind: .average, window: window)))" == text + "))")
    #expect(
      "\(Primitive.pooling(Pooling(kind: .average, window: window, countsPadding: true)))"
        == text + ", countsPadding: true))")
  }

  @Test func nodesThatDoNotFitAreReported() {
    let window = Window(kernel: Extent(5), padding: .valid)
    #expect(
      message(.pooling(Pooling(kind: .max, window: window)))
        == "Node cell0.node has a 5×5 window that does not fit into its input of 4×4×3.")
    #expect(
      message(.convolution(Convolution(outputChannels: 4, window: Window(kernel: Extent(1)), groups: 2)))
        == "Node cell0.node has 2 groups, which must divide its 3 input and 4 output channels (above 0).")
    #expect(
      message(.convolution(Convolution(outputChannels: 4, window: Window(kernel: Extent(1)), groups: 0)))
        == "Node cell0.node has 0 groups, which must divide its 3 input and 4 output channels (above 0).")
    #expect(
      message(.convolution(Convolution(outputChannels: 0, window: Window(kernel: Extent(1)))))
        == "Node cell0.node has 1 groups, which must divide its 3 input and 0 output channels (above 0).")
    #expect(
      message(.add, inputs: 2, other: Shape(height: 4, width: 4, channels: 5))
        == "Node cell0.node needs inputs of matching shapes, but has 4×4×5 and 4×4×3.")
    #expect(
      message(.concat, inputs: 2, other: Shape(height: 2, width: 2, channels: 3))
        == "Node cell0.node needs inputs of matching shapes, but has 2×2×3 and 4×4×3.")
    #expect(message(.relu, inputs: 0) == "Node cell0.node needs an input, but has none.")
    #expect(message(.add, inputs: 2) == nil)
  }

  @Test func countsAreThoseOfTheTensors() throws {
    var builder = NetworkBuilder(input: input)
    let grouped = Convolution(
      outputChannels: 6, window: Window(kernel: Extent(height: 3, width: 5), stride: Extent(2)), groups: 3)
    let convolution = try builder.add(.convolution(grouped), [builder.input], name: "convolution")
    let normalised = try builder.add(.batchNorm(BatchNorm()), [convolution], name: "batchNorm")
    let logits = try builder.add(.linear(Linear(outputs: 10)), [normalised], name: "linear")
    let network = builder.network(output: logits)
    #expect(network.nodes[1].tensors == [Tensor(role: .kernel, shape: [3, 5, 1, 6])])
    #expect(network.nodes[1].shape == Shape(height: 2, width: 2, channels: 6))
    #expect(network.parameterCount == 90 + 12 + 240 + 10)
    #expect(network.bufferCount == 12)
    #expect(network.multiplyAdds == 4 * 6 * 15 + 240)
  }

  @Test func anAuxiliaryOutputIsKeptAndCounted() throws {
    var builder = NetworkBuilder(input: input)
    func linear(_ name: String) throws -> NetworkBuilder.Value {
      try builder.add(.linear(Linear(outputs: 2)), [builder.input], name: name)
    }
    _ = try linear("dead")
    let (auxiliary, output) = (try linear("auxiliary"), try linear("output"))
    let network = try builder.network(output: output, auxiliary: auxiliary)
    #expect(network.nodes.map(\.name) == ["input", "auxiliary", "output"])
    #expect(network.auxiliaryOutput == 1 && network.parameterCount == 2 * (48 * 2 + 2))
    #expect(builder.network(output: output).auxiliaryOutput == nil)
    let error = #expect(throws: NetworkError.self) { try builder.network(output: auxiliary, auxiliary: output) }
    #expect(
      error?.description
        == "The auxiliary output must be added before the network's output, but node output was added after it.")
  }

  @Test func normalizationsAreTheBuilders() throws {
    let norm = BatchNorm(epsilon: 0.5, momentum: 0.25)
    var builder = NetworkBuilder(input: input, normalization: norm)
    for name in OperationCatalogue.standard.names {
      let operation = try OperationCatalogue.standard.operation(named: name)
      let output = try operation.build(&builder, builder.input, 8, 2)
      for node in builder.network(output: output).nodes {
        if case .batchNorm(let found) = node.primitive { #expect(found == norm) }
      }
    }
  }
}
