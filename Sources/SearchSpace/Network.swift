/// A lowered network: a graph of primitives in topological order, each with its resolved shape, tensors and counts.
///
/// Search, counting, training and every export read this one value.
public struct Network: Hashable, Sendable {
  /// One primitive applied to earlier nodes.
  public struct Node: Hashable, Sendable {
    /// A unique, stable name, such as `cell0.block2.left.depthwise1`; tensors are named after it.
    public let name: String
    /// What the node computes.
    public let primitive: Primitive
    /// Indices of earlier nodes, in operand order.
    public let inputs: [Int]
    /// The output's shape for one image.
    public let shape: Shape
    /// The tensors the node owns.
    public let tensors: [Tensor]
    /// Multiplications with a weight for one image.
    public let multiplyAdds: Int
  }

  /// The output of an operation that drop-path may leave out in training: it has one reader, the sum or concatenation of
  /// its block.
  public struct DroppablePath: Hashable, Sendable {
    /// The node whose value is left out.
    public let node: Int
    /// (c + 1) / T, its cell being number c of the T cells, reductions and the stem's cells included: how much of the
    /// final rate applies to it (slim `nasnet_utils.py`, `_apply_drop_path`, version 3).
    public let depth: Double
  }

  /// The nodes; every node's inputs come before it, the first is the input, the last the output (logits).
  public let nodes: [Node]
  /// The node with the logits of an auxiliary head, which is for training only; nil for most networks. Its scalars and
  /// multiply-adds are counted like all others.
  public let auxiliaryOutput: Int?
  /// What drop-path may leave out, in node order; empty for networks without cells of blocks.
  public let droppablePaths: [DroppablePath]

  /// The shape of one input image.
  public var inputShape: Shape { nodes[0].shape }
  /// The number of classes.
  public var classes: Int { nodes[nodes.count - 1].shape.channels }

  /// Trainable scalars.
  public var parameterCount: Int { count { $0.isTrainable } }
  /// Scalars that are kept but not trained: running means and variances.
  public var bufferCount: Int { count { !$0.isTrainable } }
  /// Multiplications with a weight for one image: convolutions and fully connected layers.
  public var multiplyAdds: Int { nodes.reduce(0) { $0 + $1.multiplyAdds } }

  private func count(where isCounted: (Tensor.Role) -> Bool) -> Int {
    nodes.reduce(0) { total, node in
      total + node.tensors.reduce(0) { $0 + (isCounted($1.role) ? $1.count : 0) }
    }
  }

  /// Which nodes some nodes depend on, themselves included; a node reads only earlier ones.
  package static func needed(for some: [Int], of nodes: [Node]) -> [Bool] {
    var needed = [Bool](repeating: false, count: nodes.count)
    for index in some { needed[index] = true }
    for index in nodes.indices.reversed() where needed[index] {
      for input in nodes[index].inputs { needed[input] = true }
    }
    return needed
  }

  /// Keeps the nodes that the last one or the auxiliary one depends on; the builder's way to drop dead code.
  init(reachable all: [Node], auxiliary: Int? = nil, paths: [DroppablePath] = []) {
    let used = Network.needed(for: [0, all.count - 1] + (auxiliary.map { [$0] } ?? []), of: all)
    var position = [Int](repeating: 0, count: all.count)
    var kept: [Node] = []
    for index in all.indices where used[index] {
      position[index] = kept.count
      let node = all[index]
      kept.append(
        Node(
          name: node.name, primitive: node.primitive, inputs: node.inputs.map { position[$0] }, shape: node.shape,
          tensors: node.tensors, multiplyAdds: node.multiplyAdds))
    }
    nodes = kept
    auxiliaryOutput = auxiliary.map { position[$0] }
    droppablePaths = paths.filter { $0.node < used.count && used[$0.node] }.map {
      DroppablePath(node: position[$0.node], depth: $0.depth)
    }
  }
}

/// A graph that cannot be built.
public enum NetworkError: Error, Equatable, Sendable {
  /// A node was given no input.
  case missingInput(node: String)
  /// Operands of an add or concat do not fit together.
  case shapesDiffer(node: String, shapes: [Shape])
  /// Groups do not divide the channels, or there are no output channels.
  case channelsNotDivisible(node: String, input: Int, output: Int, groups: Int)
  /// The kernel does not fit into its input.
  case windowTooLarge(node: String, kernel: Extent, input: Shape)
  /// No path of operations leads from a cell's input to its output, so that there is nothing to train.
  case disconnectedCell(text: String)
  /// The skeleton has a stem of cells or an auxiliary head, but the space's networks have neither.
  case foreignSkeleton(space: String)
  /// A skeleton's number is not positive.
  case notPositive(what: String, found: Int)
  /// A skeleton's number is larger than any network that could be counted or trained.
  case tooLarge(what: String, found: Int, limit: Int)
  /// A stem with reduction cells of a quarter of the filters needs more filters.
  case tooNarrowForStem(filters: Int)
  /// The auxiliary output was added behind the network's output.
  case auxiliaryBehindOutput(node: String)
}

extension NetworkError: CustomStringConvertible {
  /// One sentence: what was expected, what was found.
  public var description: String {
    switch self {
    case .missingInput(let node):
      "Node \(node) needs an input, but has none."
    case .shapesDiffer(let node, let shapes):
      "Node \(node) needs inputs of matching shapes, but has \(shapes.map(\.description).joined(separator: " and "))."
    case .channelsNotDivisible(let node, let input, let output, let groups):
      "Node \(node) has \(groups) groups, which must divide its \(input) input and \(output) output channels (above 0)."
    case .windowTooLarge(let node, let kernel, let input):
      "Node \(node) has a \(kernel.height)×\(kernel.width) window that does not fit into its input of \(input)."
    case .disconnectedCell(let text):
      "A cell needs a path of operations from its input to its output, but this has none: \(text)."
    case .foreignSkeleton(let space):
      "The networks of \(space) have a stem of one convolution and no auxiliary head, but the skeleton has others."
    case .notPositive(let what, let found):
      "The \(what) must be at least 1, but is \(found)."
    case .tooLarge(let what, let found, let limit):
      "The \(what) must be at most \(limit), but is \(found)."
    case .tooNarrowForStem(let filters):
      "A stem with reduction cells needs at least 4 filters, because its first cell has a quarter, but has \(filters)."
    case .auxiliaryBehindOutput(let node):
      "The auxiliary output must be added before the network's output, but node \(node) was added after it."
    }
  }
}

/// Builds a `Network` node by node, resolving shapes as it goes.
public struct NetworkBuilder: Sendable {
  private var nodes: [Network.Node]
  private var scope: [String] = []
  private var paths: [Network.DroppablePath] = []
  /// The batch normalisation that operations add.
  public let normalization: BatchNorm

  /// A reference to a node that has been added.
  public struct Value: Hashable, Sendable {
    let index: Int
    /// The node's output shape.
    public let shape: Shape
  }

  /// Starts a network with its input images.
  public init(input shape: Shape, normalization: BatchNorm = BatchNorm()) {
    self.normalization = normalization
    nodes = [
      Network.Node(name: "input", primitive: .input, inputs: [], shape: shape, tensors: [], multiplyAdds: 0)
    ]
  }

  /// The input images.
  public var input: Value { Value(index: 0, shape: nodes[0].shape) }

  /// Adds a node and returns its value; its full name is the open scopes and `name`, joined by dots.
  /// - Throws: `NetworkError` when the inputs do not fit.
  public mutating func add(_ primitive: Primitive, _ inputs: [Value], name: String) throws -> Value {
    let fullName = (scope + [name]).joined(separator: ".")
    let shapes = inputs.map(\.shape)
    let shape = try primitive.outputShape(inputs: shapes, node: fullName)
    nodes.append(
      Network.Node(
        name: fullName, primitive: primitive, inputs: inputs.map(\.index), shape: shape,
        tensors: primitive.tensors(inputs: shapes),
        multiplyAdds: primitive.multiplyAdds(inputs: shapes, output: shape)))
    return Value(index: nodes.count - 1, shape: shape)
  }

  /// Builds inside a named scope.
  public mutating func scoped<Result>(
    _ name: String, _ body: (inout NetworkBuilder) throws -> Result
  ) rethrows -> Result {
    scope.append(name)
    defer { scope.removeLast() }
    return try body(&self)
  }

  /// Notes that drop-path may leave out a value that only its block's sum or concatenation reads.
  mutating func noteDroppable(_ value: Value, depth: Double) {
    paths.append(Network.DroppablePath(node: value.index, depth: depth))
  }

  /// The network that ends in `output`; nodes it does not depend on are dropped.
  public func network(output: Value) -> Network {
    Network(reachable: Array(nodes[...output.index]), paths: paths)
  }

  /// The network that ends in `output` and has a second output, which must have been added before it; nodes that neither
  /// depends on are dropped.
  /// - Throws: `NetworkError.auxiliaryBehindOutput`.
  public func network(output: Value, auxiliary: Value?) throws -> Network {
    guard let auxiliary else { return network(output: output) }
    guard auxiliary.index < output.index else {
      throw NetworkError.auxiliaryBehindOutput(node: nodes[auxiliary.index].name)
    }
    return Network(reachable: Array(nodes[...output.index]), auxiliary: auxiliary.index, paths: paths)
  }
}
