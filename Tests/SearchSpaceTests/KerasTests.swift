import Foundation
import SearchSpace
import Testing

/// The variables of Keras' own NASNet models, made by `Goldens/keras_nasnet.py`.
@Suite struct KerasTests {
  struct Golden: Decodable {
    let models: [Model]
  }

  struct Model: Decodable, Sendable, CustomTestStringConvertible {
    struct Part: Decodable, Sendable {
      let name: String
      /// How many variables of each shape.
      let shapes: [String: Int]
    }

    let name: String
    let variables: Int
    let trainable: Int
    let parameters: Int
    let parts: [Part]
    var testDescription: String { name }
  }

  static func models() throws -> [Model] {
    let place = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Goldens/keras_nasnet.json")
    return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: place)).models
  }

  /// A tensor's shape as Keras has it: depthwise kernels are [height, width, channels, 1] there.
  func shape(_ tensor: Tensor, of primitive: Primitive) -> String {
    var shape = tensor.shape
    if case .convolution(let convolution) = primitive, convolution.groups > 1 { shape.swapAt(2, 3) }
    return shape.map(String.init).joined(separator: "x")
  }

  @Test(arguments: try models()) func variablesAreTheSameInEveryCell(_ model: Model) throws {
    let presets: [String: Skeleton.Preset] = ["NASNetMobile": .imagenet, "NASNetLarge": .imagenetLarge]
    let network = try Network(genotype: KnownCells.nasnetA, skeleton: Skeleton(#require(presets[model.name])))
    var order: [String] = []
    var shapes: [String: [String: Int]] = [:]
    for node in network.nodes where !node.tensors.isEmpty {
      let part = String(node.name.prefix { $0 != "." })
      if shapes[part] == nil { order.append(part) }
      for tensor in node.tensors { shapes[part, default: [:]][shape(tensor, of: node.primitive), default: 0] += 1 }
    }
    #expect(order.count == model.parts.count)
    for (ours, theirs) in zip(order, model.parts) {
      #expect(shapes[ours] == theirs.shapes, "\(ours) and \(theirs.name)")
    }
    let tensors = network.nodes.flatMap(\.tensors)
    #expect(tensors.count == model.variables)
    #expect(tensors.filter(\.role.isTrainable).count == model.trainable)
    #expect(network.parameterCount + network.bufferCount == model.parameters)
  }
}
