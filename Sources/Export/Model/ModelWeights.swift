import SearchSpace

/// The values of every tensor of a network: what a training makes and an export carries.
///
/// Every tensor has a stable name, its node's and what it is there: `cell0.block2.left.depthwise1.weight`. The last part
/// is PyTorch's: `weight` (kernels, and the scale of a batch normalisation), `bias` (of a fully connected layer, and the
/// offset of a batch normalisation), `running_mean`, `running_var`.
public struct ModelWeights: Hashable, Sendable {
  /// The network.
  public let network: Network
  /// The values of each tensor, node after node, in the network's layouts: convolution kernels [height, width, input
  /// channels / groups, output channels], fully connected kernels [inputs (rows, columns, channels), outputs].
  public let values: [[Float]]
  /// `first[node]` is the position of a node's first tensor in `values`.
  private let first: [Int]

  /// Creates weights from values in network order.
  /// - Throws: `ModelWeightsError.wrongCount` when they are not as many as the network's tensors need.
  public init(network: Network, values: [[Float]]) throws {
    let tensors = network.nodes.flatMap(\.tensors)
    guard values.count == tensors.count else {
      throw ModelWeightsError.wrongCount(what: "network", expected: tensors.count, found: values.count)
    }
    for (entry, found) in zip(network.namedTensors, values) where entry.tensor.count != found.count {
      throw ModelWeightsError.wrongCount(what: entry.name, expected: entry.tensor.count, found: found.count)
    }
    self.network = network
    self.values = values
    var next = 0
    first = network.nodes.map { node in
      defer { next += node.tensors.count }
      return next
    }
  }

  /// Creates weights from tensors as files carry them, found by their names. Further tensors, such as those of a head
  /// that only training needs, are left alone.
  /// - Throws: `ModelWeightsError.missing`, `.wrongShape`.
  public init(network: Network, portable tensors: [PortableTensor]) throws {
    let named = Dictionary(tensors.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    var values: [[Float]] = []
    for entry in network.namedTensors {
      let layout = PortableLayout(entry.tensor, of: entry.node, in: network)
      guard let found = named[entry.name] else { throw ModelWeightsError.missing(name: entry.name) }
      guard found.shape == layout.shape, found.values.count == entry.tensor.count else {
        throw ModelWeightsError.wrongShape(name: entry.name, expected: layout.shape, found: found.shape)
      }
      values.append(layout.fromPortable(found.values))
    }
    try self.init(network: network, values: values)
  }

  /// The tensors as files carry them, in network order.
  public var portable: [PortableTensor] {
    zip(network.namedTensors, values).map { entry, values in
      let layout = PortableLayout(entry.tensor, of: entry.node, in: network)
      return PortableTensor(name: entry.name, shape: layout.shape, values: layout.toPortable(values))
    }
  }

  /// The tensors of one node as files carry them, in the order in which the node declares them.
  func portable(ofNode index: Int) -> [PortableTensor] {
    let node = network.nodes[index]
    return node.tensors.enumerated().map { position, tensor in
      let layout = PortableLayout(tensor, of: node, in: network)
      return PortableTensor(
        name: node.name(of: tensor), shape: layout.shape, values: layout.toPortable(values[first[index] + position]))
    }
  }
}

extension Network {
  /// Every tensor with its name in files and the node that owns it, in network order.
  var namedTensors: [(name: String, tensor: Tensor, node: Node)] {
    nodes.flatMap { node in node.tensors.map { (node.name(of: $0), $0, node) } }
  }
}

extension Network.Node {
  /// The name of a tensor in files.
  func name(of tensor: Tensor) -> String { "\(name).\(tensor.role.portableName)" }
}

extension Tensor.Role {
  /// PyTorch's name of the tensor.
  fileprivate var portableName: String {
    switch self {
    case .kernel, .scale: "weight"
    case .bias, .offset: "bias"
    case .runningMean: "running_mean"
    case .runningVariance: "running_var"
    }
  }
}

/// Weights that do not belong to a network.
public enum ModelWeightsError: Error, Equatable, Sendable {
  /// There are more or fewer tensors, or values of one, than the network needs.
  case wrongCount(what: String, expected: Int, found: Int)
  /// A tensor is not there.
  case missing(name: String)
  /// A tensor has another shape.
  case wrongShape(name: String, expected: [Int], found: [Int])
}

extension ModelWeightsError: CustomStringConvertible {
  /// One sentence: what was expected, what was found.
  public var description: String {
    switch self {
    case .wrongCount("network", let expected, let found):
      "The network has \(expected) tensors, but there are \(found)."
    case .wrongCount(let name, let expected, let found):
      "The tensor '\(name)' has \(expected) values, but there are \(found)."
    case .missing(let name):
      "The network needs the tensor '\(name)', which is not there: the weights are of another network."
    case .wrongShape(let name, let expected, let found):
      "The tensor '\(name)' should have the shape \(expected), but has \(found): the weights are of another network."
    }
  }
}
