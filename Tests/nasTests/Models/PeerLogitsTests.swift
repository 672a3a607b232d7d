import Export
import Foundation
import SearchSpace
import Testing

@testable import nas

/// The published networks compute what other implementations of them compute: timm's NASNet-A and PNASNet-5, and a PyTorch
/// script for CIFAR. The figures come from `Goldens/generate.py`; `Goldens/compare.py` does the same at full size.
@Suite struct PeerLogitsTests {
  struct Golden: Decodable {
    let cases: [Case]
  }

  struct Case: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let genotype: String
    let preset: String
    let cells: Int
    let filters: Int
    let stem: Int?
    let size: [Int]
    let classes: Int
    let tensors: Int
    let logits: [[Double]]
    var testDescription: String { name }

    func description() throws -> ModelDescription {
      var skeleton = Skeleton(try Skeleton.Preset(named: preset), cells: cells, filters: filters, classes: classes)
      skeleton.input = Shape(height: size[0], width: size[1], channels: 3)
      if let stem { skeleton.stem = .reductionCells(filters: stem) }
      return ModelDescription(
        genotype: try KnownCells.genotype(named: genotype), skeleton: skeleton,
        classes: (0..<classes).map { "class \($0)" }, pixelMean: [0, 0, 0], pixelDeviation: [1, 1, 1],
        toolVersion: Version.text)
    }
  }

  static func cases() throws -> [Case] {
    let place = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
      "Goldens/logits.json")
    return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: place)).cases
  }

  /// The script's `noise`: uniform in [-1, 1).
  private static func noise(_ stream: Int, _ count: Int) -> [Double] {
    (0..<count).map { index in
      var x = UInt32(truncatingIfNeeded: index &* 0x9E37_79B1 &+ stream &* 0x85EB_CA77 &+ 1)
      x ^= x >> 15
      x = x &* 0x2C1B_3C6D
      x ^= x >> 12
      x = x &* 0x297A_2D39
      x ^= x >> 15
      return Double(x) / 2_147_483_648 - 1
    }
  }

  /// The script's `fill`: values by a tensor's place among the sorted names.
  private static func filled(_ tensors: [PortableTensor]) -> [PortableTensor] {
    tensors.sorted { $0.name < $1.name }.enumerated().map { stream, tensor in
      let values = noise(stream, tensor.values.count)
      let isScale = tensor.name.hasSuffix("weight") || tensor.name.hasSuffix("running_var")
      let inputs = Double(tensor.values.count / (tensor.shape.first ?? 1))
      let scaled =
        tensor.shape.count > 1
        ? values.map { $0 * (4 / inputs).squareRoot() } : values.map { 0.3 * $0 + (isScale ? 1 : 0) }
      return PortableTensor(name: tensor.name, shape: tensor.shape, values: scaled.map(Float.init))
    }
  }

  /// The logits of the case's two images with the script's weights, changed by `change`.
  private func logits(
    _ golden: Case, change: (inout [PortableTensor]) -> Void = { _ in }
  ) throws -> [Float] {
    let description = try golden.description()
    let network = try description.network()
    let zeros = network.nodes.flatMap(\.tensors).map { [Float](repeating: 0, count: $0.count) }
    var tensors = PeerLogitsTests.filled(try ModelWeights(network: network, values: zeros).portable)
    #expect(tensors.count == golden.tensors)
    change(&tensors)
    let model = TrainedModel(
      description: description, weights: try ModelWeights(network: network, portable: tensors))
    let images = PeerLogitsTests.noise(5000, 2 * network.inputShape.count).map { 2 * Float($0) }
    return try model.inference(threads: 1).logits(
      ImageTensor.channelsLast(images, of: network.inputShape))
  }

  @Test(arguments: try cases()) func logitsAreThePeers(_ golden: Case) throws {
    let error = RuntimeRun.largestError(golden.logits, try logits(golden), classes: golden.classes)
    #expect(try #require(error) < 1e-4)
  }

  /// The comparison notices one weight out of all.
  @Test func oneChangedWeightIsNoticed() throws {
    let golden = try #require(try PeerLogitsTests.cases().first)
    let logits = try logits(golden) { tensors in
      guard let place = tensors.firstIndex(where: { $0.name == "cell1.block2.left.depthwise1.weight" }) else { return }
      var values = tensors[place].values
      values[0] += 0.5
      tensors[place] = PortableTensor(name: tensors[place].name, shape: tensors[place].shape, values: values)
    }
    let error = RuntimeRun.largestError(golden.logits, logits, classes: golden.classes)
    #expect(try #require(error) > 1e-3)
  }
}
