import Foundation
import SearchSpace

/// Checks that the bytes of an ONNX file are a model: every value is defined before it is read, the shapes that follow
/// from the operators' own definitions are the network's, and the weights are the model's to the bit.
///
/// Shapes are worked out here from the file alone (onnx, `docs/Operators.md`), not from the network.
struct ONNXCheck {
  private let graph: Onnx_GraphProto
  private let constants: [String: Onnx_TensorProto]
  /// The extents behind the batch of every value.
  private var shapes: [String: [Int]] = [:]

  /// - Throws: `ONNXError`.
  static func check(_ data: Data, is model: TrainedModel) throws {
    guard let proto = try? Onnx_ModelProto(serializedBytes: data) else { throw ONNXError.unreadable }
    var check = try ONNXCheck(proto)
    try check.follow(model.network)
    try check.compareWeights(with: model)
  }

  private init(_ proto: Onnx_ModelProto) throws {
    graph = proto.graph
    guard proto.opsetImport.map(\.version) == [Int64(ONNXModel.operatorSet)] else {
      throw ONNXError.wrong(reason: "it asks for other operators than those of version \(ONNXModel.operatorSet)")
    }
    var constants: [String: Onnx_TensorProto] = [:]
    for tensor in graph.initializer {
      guard constants.updateValue(tensor, forKey: tensor.name) == nil else {
        throw ONNXError.wrong(reason: "it has two tensors '\(tensor.name)'")
      }
    }
    self.constants = constants
  }

  /// Works out every value's shape and compares those that the network has.
  private mutating func follow(_ network: Network) throws {
    let input = network.inputShape
    shapes[ONNXGraph.input] = [input.channels, input.height, input.width]
    for node in graph.node {
      guard let output = node.output.first, node.output.count == 1, shapes[output] == nil else {
        throw ONNXError.wrong(reason: "the operator '\(node.name)' does not have one output of its own")
      }
      shapes[output] = try shape(of: node)
    }
    for node in network.nodes.dropFirst().dropLast() {
      let expected = [node.shape.channels, node.shape.height, node.shape.width]
      guard shapes[node.name] == expected else {
        throw ONNXError.wrong(
          reason: "'\(node.name)' should have the shape \(expected), but has \(shapes[node.name] ?? [])")
      }
    }
    let classes = network.nodes[network.nodes.count - 1].shape.count
    guard graph.output.map(\.name) == [ONNXGraph.output], shapes[ONNXGraph.output] == [classes] else {
      throw ONNXError.wrong(reason: "its output is not one vector of \(classes) logits")
    }
  }

  private func wrong(_ node: Onnx_NodeProto, _ reason: String) -> ONNXError {
    .wrong(reason: "the operator '\(node.name)' \(reason)")
  }

  private func shape(of node: Onnx_NodeProto) throws -> [Int] {
    let inputs = try node.input.filter { constants[$0] == nil }.map { name in
      guard let shape = shapes[name] else { throw wrong(node, "reads '\(name)', which is not there before it") }
      return shape
    }
    guard let first = inputs.first else { throw wrong(node, "reads no value") }
    switch node.opType {
    case "Relu", "Neg":
      return first
    case "Add":
      guard inputs.count == 2, inputs[1] == first else { throw wrong(node, "adds different shapes \(inputs)") }
      return first
    case "Concat":
      guard inputs.allSatisfy({ $0.dropFirst() == first.dropFirst() }) else { throw wrong(node, "joins \(inputs)") }
      return [inputs.reduce(0) { $0 + $1[0] }] + first.dropFirst()
    case "MaxPool", "AveragePool":
      return [first[0]] + node.windowed(first)
    case "GlobalAveragePool":
      return [first[0], 1, 1]
    case "Flatten":
      return [first.reduce(1, *)]
    default:
      return try shape(of: node, reading: first)
    }
  }

  /// The shape of an operator that reads constants besides its input.
  private func shape(of node: Onnx_NodeProto, reading input: [Int]) throws -> [Int] {
    switch node.opType {
    case "BatchNormalization":
      guard node.input.dropFirst().allSatisfy({ constants[$0]?.dims == [Int64(input[0])] }) else {
        throw wrong(node, "has other channels than its input")
      }
      return input
    case "Conv":
      guard node.input.count == 2, let kernel = constants[node.input[1]]?.dims.map({ Int($0) }), kernel.count == 4,
        kernel[1] * node.integer("group") == input[0], kernel[2...] == node.integers("kernel_shape")[...]
      else { throw wrong(node, "has a kernel that does not fit its input") }
      return [kernel[0]] + node.windowed(input)
    case "Gemm":
      guard node.input.count == 3, let kernel = constants[node.input[1]]?.dims.map({ Int($0) }),
        kernel.count == 2, kernel[1] == input[0], node.integer("transB") == 1,
        constants[node.input[2]]?.dims == [Int64(kernel[0])]
      else { throw wrong(node, "has a matrix that does not fit its input") }
      return [kernel[0]]
    case "Unsqueeze":
      guard numbers(node, 1) == [2, 3] else { throw wrong(node, "adds other axes than 2 and 3") }
      return input + [1, 1]
    case "Slice":
      let (starts, ends) = (numbers(node, 1), numbers(node, 2))
      guard input.count == 3, numbers(node, 3) == [2, 3], starts.count == 2, ends.count == 2 else {
        throw wrong(node, "cuts other axes")
      }
      return [input[0], min(ends[0], input[1]) - starts[0], min(ends[1], input[2]) - starts[1]]
    default:
      throw wrong(node, "is a \(node.opType), which is never written")
    }
  }

  /// The whole numbers of a constant input.
  private func numbers(_ node: Onnx_NodeProto, _ index: Int) -> [Int] {
    guard node.input.indices.contains(index), let data = constants[node.input[index]]?.rawData else { return [] }
    return data.withUnsafeBytes { bytes in
      (0..<bytes.count / 8).map {
        Int(Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8 * $0, as: Int64.self)))
      }
    }
  }

  private func compareWeights(with model: TrainedModel) throws {
    let read = Set(graph.node.flatMap(\.input))
    for tensor in model.weights.portable {
      let bytes = tensor.values.map(\.bitPattern.littleEndian).withUnsafeBytes { Data($0) }
      guard let stored = constants[tensor.name], read.contains(tensor.name), stored.rawData == bytes,
        stored.dims == tensor.shape.map(Int64.init)
      else { throw ONNXError.wrong(reason: "the tensor '\(tensor.name)' is missing, unused or has other values") }
    }
  }
}

extension Onnx_NodeProto {
  fileprivate func integers(_ name: String) -> [Int] {
    attribute.first { $0.name == name }?.ints.map { Int($0) } ?? []
  }

  fileprivate func integer(_ name: String) -> Int {
    attribute.first { $0.name == name }.map { Int($0.i) } ?? 0
  }

  /// Rows and columns behind a window: ⌊(n + pads − ((k − 1)·d + 1)) / s⌋ + 1.
  fileprivate func windowed(_ shape: [Int]) -> [Int] {
    let (kernel, strides, pads) = (integers("kernel_shape"), integers("strides"), integers("pads"))
    let dilations = integers("dilations")
    guard kernel.count == 2, strides.count == 2, dilations.count == 2, pads.count == 4, strides.allSatisfy({ $0 > 0 }),
      pads.allSatisfy({ $0 >= 0 }), shape.count == 3
    else { return [] }
    return (0..<2).map { axis in
      (shape[axis + 1] + pads[axis] + pads[axis + 2] - ((kernel[axis] - 1) * dilations[axis] + 1)) / strides[axis] + 1
    }
  }
}

extension ONNXModel {
  /// Checks that the bytes of a file are this model.
  /// - Throws: `ONNXError`.
  public func check(_ data: Data) throws { try ONNXCheck.check(data, is: model) }
}
