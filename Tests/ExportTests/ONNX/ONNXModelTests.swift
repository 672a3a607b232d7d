import Foundation
import SearchSpace
import SwiftProtobuf
import Testing

@testable import Export

@Suite struct ONNXModelTests {
  private static let skeleton = Skeleton(
    cells: 1, filters: 4, input: Shape(height: 9, width: 8, channels: 3), classes: 3)

  private func model(_ genotype: Genotype = KnownCells.nasnetA) throws -> ONNXModel {
    ONNXModel(try RandomModels.model(genotype, skeleton: ONNXModelTests.skeleton))
  }

  private func graph(_ network: Network) throws -> ONNXGraph {
    ONNXGraph(try RandomModels.weights(of: network, seed: 1))
  }

  private func integers(_ node: Onnx_NodeProto?, _ name: String) -> [Int64]? {
    node?.attribute.first { $0.name == name }?.ints
  }

  /// Known before the weights are made, which takes minutes.
  @Test func aNetworkBeyondTheFormatIsRefused() throws {
    let network = try Network(genotype: KnownCells.nasnetA, skeleton: Skeleton(cells: 6, filters: 450))
    let bytes = 4 * (network.parameterCount + network.bufferCount)
    #expect(throws: ONNXError.tooLarge(bytes: bytes)) { try ONNXModel.check(network) }
    try ONNXModel.check(Network(genotype: KnownCells.nasnetA, skeleton: Skeleton(cells: 6, filters: 32)))
  }

  @Test func theFileIsTheModel() throws {
    for genotype in KnownCells.all + (0..<20).map({ RandomGenotypes.genotype(seed: $0, blocks: 4) }) {
      let model = try model(genotype)
      let data = try model.data()
      try model.check(data)
      #expect(try model.data() == data)
    }
  }

  @Test func headerAndInterface() throws {
    let model = try model()
    let proto = try Onnx_ModelProto(serializedBytes: try model.data())
    #expect(proto.irVersion == 11 && proto.opsetImport.map(\.version) == [23])
    #expect(proto.graph.input.map(\.name) == ["images"] && proto.graph.output.map(\.name) == ["logits"])
    let extents = proto.graph.input[0].type.tensorType.shape.dim
    #expect(extents[0].dimParam == "batch" && extents.dropFirst().map(\.dimValue) == [3, 9, 8])
    #expect(proto.graph.output[0].type.tensorType.shape.dim[1].dimValue == 3)
    let metadata = Dictionary(uniqueKeysWithValues: proto.metadataProps.map { ($0.key, $0.value) })
    #expect(metadata["classes"] == #"["class 0","class 1","class 2"]"#)
    #expect(metadata["pixel_mean"] == "[125.3,123.0,113.9]" && metadata["pixel_deviation"] == "[63.0,62.1,66.7]")
    #expect(metadata["nas"] == (try model.model.description.json()))
  }

  /// SAME at stride 2 pads below and to the right; the shifted half of a factorized reduction crops first.
  @Test func windowsBecomePadsAndCrops() throws {
    let graph = try graph(Network(genotype: KnownCells.nasnetA, skeleton: ONNXModelTests.skeleton))
    let nodes = Dictionary(uniqueKeysWithValues: graph.nodes.map { ($0.name, $0) })
    #expect(integers(nodes["stem.convolution"], "pads") == [1, 1, 1, 1])
    // 9×8 with a 5×5 window at stride 2: four rows and three columns of padding.
    #expect(integers(nodes["cell1.block2.left.depthwise1"], "pads") == [2, 1, 2, 2])
    #expect(integers(nodes["cell1.block3.left.pool"], "pads") == [1, 0, 1, 1])
    let shifted = nodes["cell2.previous.shiftedConvolution"]
    #expect(shifted?.input.first == "cell2.previous.shiftedConvolution.cropped")
    #expect(integers(shifted, "pads") == [0, 0, 1, 1])
    let crop = nodes["cell2.previous.shiftedConvolution.crop"]
    let starts = graph.initializers.first { $0.name == crop?.input[1] }
    #expect(starts?.rawData == Data([1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]))
  }

  @Test func averagesLeavePaddingOutAndMinimaAreNegatedMaxima() throws {
    let graph = try graph(OddNetworks.windows())
    let average = graph.nodes.first { $0.name == "average" }
    #expect(average?.opType == "AveragePool")
    #expect(average?.attribute.first { $0.name == "count_include_pad" }?.i == 0)
    #expect(
      graph.nodes.filter { $0.name.hasPrefix("min.") || $0.name == "min" }.map(\.opType) == ["Neg", "MaxPool", "Neg"])
  }

  @Test func averagesCountPaddingWhereTheyDo() throws {
    let graph = try graph(Network(genotype: KnownCells.nasnetATimm, skeleton: ONNXModelTests.skeleton))
    let averages = graph.nodes.filter { $0.opType == "AveragePool" }
    let counting = averages.filter { $0.attribute.contains { $0.name == "count_include_pad" && $0.i == 1 } }
    #expect(averages.count > counting.count)
    #expect(counting.map(\.name) == ["cell1.block4.left.pool", "cell3.block4.left.pool"])
  }

  @Test func oddNetworksKeepTheirShapes() throws {
    let description = RandomModels.description(KnownCells.nasnetA, skeleton: ONNXModelTests.skeleton)
    for network in [try OddNetworks.windows(), try OddNetworks.flattened()] {
      let weights = try RandomModels.weights(of: network, seed: 2)
      let model = ONNXModel(TrainedModel(description: description, weights: weights))
      try model.check(model.data())
    }
  }

  private func reason(_ change: (inout Onnx_ModelProto) -> Void) throws -> String {
    let model = try model()
    var proto = try Onnx_ModelProto(serializedBytes: try model.data())
    change(&proto)
    do {
      try model.check(proto.serializedData())
      return "no error"
    } catch {
      return "\(error)"
    }
  }

  @Test func filesThatAreNotTheModelAreFound() throws {
    #expect(throws: ONNXError.unreadable) { try model().check(Data([1, 2, 3])) }
    #expect(try reason { $0.opsetImport[0].version = 7 }.contains("other operators than those of version 23"))
    #expect(try reason { $0.graph.initializer[0].rawData[3] ^= 1 }.contains("'stem.convolution.weight' is missing"))
    #expect(try reason { $0.graph.initializer.append($0.graph.initializer[0]) }.contains("two tensors"))
    #expect(try reason { $0.graph.node.swapAt(0, 1) }.contains("reads 'stem.convolution', which is not there"))
    #expect(try reason { $0.graph.node[0].attribute[2].ints[0] = 0 }.contains("should have the shape [12, 9, 8]"))
    #expect(try reason { $0.graph.node[0].opType = "Tanh" }.contains("is a Tanh, which is never written"))
    #expect(try reason { $0.graph.node.removeLast() }.contains("its output is not one vector of 3 logits"))
    #expect(try reason { $0.graph.node[1].output[0] = "stem.convolution" }.contains("one output of its own"))
  }
}
