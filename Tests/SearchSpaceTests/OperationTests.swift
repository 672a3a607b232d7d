import SearchSpace
import Testing

@Suite struct OperationTests {
  /// The nodes an operation adds behind an input, as short texts, and its parameters.
  func anatomy(_ name: String, input: Int, channels: Int, stride: Int) throws -> (nodes: [String], parameters: Int) {
    var builder = NetworkBuilder(input: Shape(height: 8, width: 8, channels: input))
    let operation = try OperationCatalogue.standard.operation(named: name)
    let output = try operation.build(&builder, builder.input, channels, stride)
    let network = builder.network(output: output)
    return (network.nodes.dropFirst().map(describe), network.parameterCount)
  }

  func describe(_ node: Network.Node) -> String {
    switch node.primitive {
    case .convolution(let convolution):
      let (kernel, stride) = (convolution.window.kernel, convolution.window.stride)
      let dilation = convolution.window.dilation.height > 1 ? " dilation \(convolution.window.dilation.height)" : ""
      let groups = convolution.groups > 1 ? " depthwise" : ""
      return "\(kernel.height)x\(kernel.width)/\(stride.height),\(stride.width) \(convolution.outputChannels)"
        + dilation + groups
    case .pooling(let pooling):
      let padding = pooling.countsPadding ? " padding counted" : ""
      return "\(pooling.kind)\(pooling.window.kernel.height)/\(pooling.window.stride.height)" + padding
    case .batchNorm: return "bn"
    case .relu: return "relu"
    case .input, .add, .concat, .globalAveragePool, .linear: return node.name
    }
  }

  @Test func identityIsNothingOrAConvolution() throws {
    #expect(try anatomy("identity", input: 8, channels: 8, stride: 1).nodes == [])
    #expect(try anatomy("identity", input: 6, channels: 8, stride: 1).nodes == ["relu", "1x1/1,1 8", "bn"])
    #expect(try anatomy("identity", input: 8, channels: 8, stride: 2).nodes == ["relu", "1x1/2,2 8", "bn"])
  }

  @Test func separableRunsTwice() throws {
    let found = try anatomy("sep_conv_5x5", input: 6, channels: 8, stride: 2)
    #expect(
      found.nodes == [
        "relu", "5x5/2,2 6 depthwise", "1x1/1,1 8", "bn", "relu", "5x5/1,1 8 depthwise", "1x1/1,1 8", "bn",
      ])
    #expect(found.parameters == 25 * 6 + 6 * 8 + 16 + 25 * 8 + 64 + 16)
  }

  @Test func dilatedSeparableRunsOnce() throws {
    #expect(
      try anatomy("dil_sep_conv_3x3", input: 6, channels: 8, stride: 2).nodes
        == ["relu", "3x3/2,2 6 dilation 2 depthwise", "1x1/1,1 8", "bn"])
  }

  @Test func poolingIsFittedBehind() throws {
    #expect(try anatomy("max_pool_3x3", input: 8, channels: 8, stride: 2).nodes == ["max3/2"])
    #expect(try anatomy("avg_pool_5x5", input: 6, channels: 8, stride: 1).nodes == ["average5/1", "1x1/1,1 8", "bn"])
    #expect(try anatomy("min_pool_2x2", input: 8, channels: 8, stride: 1).nodes == ["min2/1"])
  }

  /// timm's averages count the padding only where they are strided.
  @Test func averagesIncludePadWhereStrided() throws {
    let name = "avg_pool_3x3_include_pad"
    #expect(try anatomy(name, input: 8, channels: 8, stride: 2).nodes == ["average3/2 padding counted"])
    #expect(
      try anatomy(name, input: 6, channels: 8, stride: 2).nodes == ["average3/2 padding counted", "1x1/1,1 8", "bn"])
    #expect(try anatomy(name, input: 8, channels: 8, stride: 1).nodes == ["average3/1"])
    #expect(try anatomy("avg_pool_3x3", input: 8, channels: 8, stride: 2).nodes == ["average3/2"])
    #expect(!(OperationCatalogue.nasnet + OperationCatalogue.amoebanet).contains(name))
  }

  @Test func bottlenecksGoThroughAQuarterOrThreeEighths() throws {
    #expect(
      try anatomy("conv_3x3", input: 6, channels: 10, stride: 2).nodes
        == ["relu", "1x1/1,1 2", "bn", "relu", "3x3/2,2 2", "bn", "relu", "1x1/1,1 10", "bn"])
    #expect(
      try anatomy("conv_1x7_7x1", input: 8, channels: 8, stride: 2).nodes
        == [
          "relu", "1x1/1,1 2", "bn", "relu", "1x7/1,2 2", "bn", "relu", "7x1/2,1 2", "bn", "relu", "1x1/1,1 8", "bn",
        ])
    #expect(
      try anatomy("conv_1x3_3x1", input: 8, channels: 9, stride: 1).nodes
        == [
          "relu", "1x1/1,1 3", "bn", "relu", "1x3/1,1 3", "bn", "relu", "3x1/1,1 3", "bn", "relu", "1x1/1,1 9", "bn",
        ])
    #expect(
      try anatomy("dil_conv_3x3", input: 8, channels: 8, stride: 1).nodes
        == ["relu", "1x1/1,1 2", "bn", "relu", "3x3/1,1 2 dilation 2", "bn", "relu", "1x1/1,1 8", "bn"])
  }

  @Test func aBottleneckOfNothingIsLeftOut() throws {
    #expect(try anatomy("conv_3x3", input: 6, channels: 3, stride: 2).nodes == ["relu", "3x3/2,2 3", "bn"])
    #expect(
      try anatomy("conv_1x7_7x1", input: 2, channels: 3, stride: 2).nodes
        == ["relu", "1x7/1,2 3", "bn", "relu", "7x1/2,1 3", "bn"])
  }

  @Test func theSpacesAreInTheCatalogue() throws {
    #expect(OperationCatalogue.nasnet.count == 13)
    #expect(OperationCatalogue.amoebanet.count == 8)
    let names = OperationCatalogue.standard.names
    #expect(Set(names).count == names.count)
    #expect(Set(OperationCatalogue.nasnet + OperationCatalogue.amoebanet).isSubset(of: names))
  }
}
