import Foundation
import SearchSpace

/// A model's network as ONNX operators on tensors [batch, channels, rows, columns].
///
/// Every node's result has the node's name; the images are `images`, the result is `logits`. Weights have their names in
/// files of weights. Only operators of the default domain are used.
struct ONNXGraph {
  /// The name of the input.
  static let input = "images"
  /// The name of the output.
  static let output = "logits"

  private let weights: ModelWeights
  private var network: Network { weights.network }
  /// The operators in order.
  private(set) var nodes: [Onnx_NodeProto] = []
  /// Weights and constants.
  private(set) var initializers: [Onnx_TensorProto] = []
  /// The shape of every network node's result.
  private(set) var values: [Onnx_ValueInfoProto] = []

  init(_ weights: ModelWeights) {
    self.weights = weights
    for index in weights.network.nodes.indices { lower(index) }
  }

  /// The name of a network node's result.
  private func result(_ index: Int) -> String {
    if index == 0 { return ONNXGraph.input }
    return index == network.nodes.count - 1 ? ONNXGraph.output : network.nodes[index].name
  }

  private mutating func lower(_ index: Int) {
    let node = network.nodes[index]
    let inputs = node.inputs.map(result)
    let output = result(index)
    let isLast = index == network.nodes.count - 1
    // The result of the whole is a matrix [batch, classes]; all other values are images.
    let image = isLast && !node.primitive.isLinear ? "\(node.name).image" : output
    switch node.primitive {
    case .input: return
    case .convolution(let convolution): lower(convolution, index, inputs[0], to: image)
    case .batchNorm(let normalization):
      add(
        "BatchNormalization", named: node.name, [inputs[0]] + addWeights(of: index), to: image,
        [.float("epsilon", normalization.epsilon)])
    case .relu: add("Relu", named: node.name, inputs, to: image)
    case .pooling(let pooling): lower(pooling, index, inputs[0], to: image)
    case .add: add("Add", named: node.name, inputs, to: image)
    case .concat: add("Concat", named: node.name, inputs, to: image, [.integer("axis", 1)])
    case .globalAveragePool: add("GlobalAveragePool", named: node.name, inputs, to: image)
    case .linear: lowerLinear(index, inputs[0], to: output, isLast: isLast)
    }
    if image != output { add("Flatten", named: "\(node.name).flatten", [image], to: output, [.integer("axis", 1)]) }
    if !isLast { values.append(.image(output, node.shape)) }
  }

  private mutating func lower(_ convolution: Convolution, _ index: Int, _ input: String, to output: String) {
    let node = network.nodes[index]
    let (source, pads) = cropped(input, index, convolution.window)
    add(
      "Conv", named: node.name, [source] + addWeights(of: index), to: output,
      ONNXGraph.attributes(of: convolution.window, pads: pads) + [
        .integers("dilations", [convolution.window.dilation.height, convolution.window.dilation.width]),
        .integer("group", convolution.groups),
      ])
  }

  private mutating func lower(_ pooling: Pooling, _ index: Int, _ input: String, to output: String) {
    let name = network.nodes[index].name
    let window = pooling.window
    let (source, pads) = cropped(input, index, window)
    let attributes =
      ONNXGraph.attributes(of: window, pads: pads) + [
        .integers("dilations", [window.dilation.height, window.dilation.width])
      ]
    switch pooling.kind {
    case .max:
      add("MaxPool", named: name, [source], to: output, attributes)
    case .average:
      add(
        "AveragePool", named: name, [source], to: output,
        attributes + [.integer("count_include_pad", pooling.countsPadding ? 1 : 0)])
    case .min:
      // min x = −max(−x).
      add("Neg", named: "\(name).negated", [source], to: "\(name).negated")
      add("MaxPool", named: name, ["\(name).negated"], to: "\(name).maximum", attributes)
      add("Neg", named: "\(name).minimum", ["\(name).maximum"], to: output)
    }
  }

  private mutating func lowerLinear(_ index: Int, _ input: String, to output: String, isLast: Bool) {
    let name = network.nodes[index].name
    add("Flatten", named: "\(name).flatten", [input], to: "\(name).flat", [.integer("axis", 1)])
    let matrix = isLast ? output : "\(name).matrix"
    add("Gemm", named: name, ["\(name).flat"] + addWeights(of: index), to: matrix, [.integer("transB", 1)])
    if !isLast {
      let axes = addConstant("\(name).axes", [2, 3])
      add("Unsqueeze", named: "\(name).image", [matrix, axes], to: output)
    }
  }

  /// The input without the rows and columns that negative padding cuts off, and the padding that is left: top, left,
  /// bottom, right.
  private mutating func cropped(_ input: String, _ index: Int, _ window: Window) -> (input: String, pads: [Int]) {
    let node = network.nodes[index]
    let shape = network.nodes[node.inputs[0]].shape
    let insets = window.insets(height: shape.height, width: shape.width)
    let pads = [insets.top, insets.left, insets.bottom, insets.right]
    guard pads.contains(where: { $0 < 0 }) else { return (input, pads) }
    let starts = addConstant("\(node.name).crop.starts", [max(0, -insets.top), max(0, -insets.left)])
    let ends = addConstant(
      "\(node.name).crop.ends", [shape.height - max(0, -insets.bottom), shape.width - max(0, -insets.right)])
    let axes = addConstant("\(node.name).crop.axes", [2, 3])
    add("Slice", named: "\(node.name).crop", [input, starts, ends, axes], to: "\(node.name).cropped")
    return ("\(node.name).cropped", pads.map { max(0, $0) })
  }

  private static func attributes(of window: Window, pads: [Int]) -> [Onnx_AttributeProto] {
    [
      .integers("kernel_shape", [window.kernel.height, window.kernel.width]),
      .integers("strides", [window.stride.height, window.stride.width]),
      .integers("pads", pads),
    ]
  }

  private mutating func add(
    _ operation: String, named name: String, _ inputs: [String], to output: String,
    _ attributes: [Onnx_AttributeProto] = []
  ) {
    var node = Onnx_NodeProto()
    node.name = name
    node.opType = operation
    node.input = inputs
    node.output = [output]
    node.attribute = attributes
    nodes.append(node)
  }

  /// Adds the tensors of a network node and returns their names.
  private mutating func addWeights(of index: Int) -> [String] {
    weights.portable(ofNode: index).map { tensor in
      var stored = Onnx_TensorProto()
      stored.name = tensor.name
      stored.dims = tensor.shape.map(Int64.init)
      stored.dataType = Int32(Onnx_TensorProto.DataType.float.rawValue)
      stored.rawData = tensor.values.map(\.bitPattern.littleEndian).withUnsafeBytes { Data($0) }
      initializers.append(stored)
      return tensor.name
    }
  }

  private mutating func addConstant(_ name: String, _ numbers: [Int]) -> String {
    var stored = Onnx_TensorProto()
    stored.name = name
    stored.dims = [Int64(numbers.count)]
    stored.dataType = Int32(Onnx_TensorProto.DataType.int64.rawValue)
    stored.rawData = numbers.map { Int64($0).littleEndian }.withUnsafeBytes { Data($0) }
    initializers.append(stored)
    return name
  }
}

extension Primitive {
  fileprivate var isLinear: Bool {
    if case .linear = self { true } else { false }
  }
}

extension Onnx_AttributeProto {
  fileprivate static func integer(_ name: String, _ value: Int) -> Onnx_AttributeProto {
    var attribute = Onnx_AttributeProto()
    attribute.name = name
    attribute.type = .int
    attribute.i = Int64(value)
    return attribute
  }

  fileprivate static func integers(_ name: String, _ values: [Int]) -> Onnx_AttributeProto {
    var attribute = Onnx_AttributeProto()
    attribute.name = name
    attribute.type = .ints
    attribute.ints = values.map(Int64.init)
    return attribute
  }

  fileprivate static func float(_ name: String, _ value: Double) -> Onnx_AttributeProto {
    var attribute = Onnx_AttributeProto()
    attribute.name = name
    attribute.type = .float
    attribute.f = Float(value)
    return attribute
  }
}

extension Onnx_ValueInfoProto {
  /// Images of a shape, any number of them.
  static func image(_ name: String, _ shape: Shape) -> Onnx_ValueInfoProto {
    value(name, extents: [shape.channels, shape.height, shape.width])
  }

  /// A batch of tensors with fixed further extents.
  static func value(_ name: String, extents: [Int]) -> Onnx_ValueInfoProto {
    var batch = Onnx_TensorShapeProto.Dimension()
    batch.dimParam = "batch"
    var shape = Onnx_TensorShapeProto()
    shape.dim = [batch]
    for extent in extents {
      var dimension = Onnx_TensorShapeProto.Dimension()
      dimension.dimValue = Int64(extent)
      shape.dim.append(dimension)
    }
    var tensor = Onnx_TypeProto.Tensor()
    tensor.elemType = Int32(Onnx_TensorProto.DataType.float.rawValue)
    tensor.shape = shape
    var value = Onnx_ValueInfoProto()
    value.name = name
    value.type.tensorType = tensor
    return value
  }
}
