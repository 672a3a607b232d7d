import SearchSpace

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The tensors of a model: exactly those its network declares, in network order.
public struct ModelParameters: Hashable, Sendable {
  /// One tensor with its values.
  public struct NamedTensor: Hashable, Sendable {
    /// The node's name and the tensor's role, such as `stem.convolution.kernel`.
    public let name: String
    /// What it is for.
    public let role: Tensor.Role
    /// Its extents; convolution kernels are [height, width, input channels / groups, output channels].
    public let shape: [Int]
    /// The scalars, the last extent innermost.
    public var values: [Float]
  }

  /// The tensors in network order.
  public internal(set) var tensors: [NamedTensor]

  /// Trainable scalars and buffers together.
  public var count: Int { tensors.reduce(0) { $0 + $1.values.count } }
  /// Trainable scalars.
  public var trainableCount: Int { tensors.reduce(0) { $0 + ($1.role.isTrainable ? $1.values.count : 0) } }

  /// The initial parameters of a network; every tensor draws from a stream of its own.
  ///
  /// Convolutions: truncated normal, cut at 2σ, σ = √(2.6 / fan_out), fan_out = kernel area × outputs per group
  /// (slim's `variance_scaling_initializer(factor=2, mode="FAN_OUT")`, whose truncated normal widens by 1.3).
  /// Fully connected layers: uniform in ±1/√inputs, weights and bias (PyTorch's default). γ = 1, β = 0; running mean 0,
  /// running variance 1.
  public init(network: Network, random: RandomStream) {
    var index = 0
    var tensors: [NamedTensor] = []
    for node in network.nodes {
      for tensor in node.tensors {
        var stream = random.split("weights", index)
        let values = ModelParameters.initialValues(tensor, of: node, using: &stream)
        tensors.append(
          NamedTensor(
            name: "\(node.name).\(tensor.role.rawValue)", role: tensor.role, shape: tensor.shape, values: values))
        index += 1
      }
    }
    self.tensors = tensors
  }

  /// Given parameters of a network, tensor after tensor in network order.
  /// - Throws: `EngineError.foreignParameters` when they are not as many as the network's tensors hold.
  public init(network: Network, values: [[Float]]) throws {
    let declared = network.nodes.flatMap { node in node.tensors.map { (node, $0) } }
    guard declared.count == values.count, zip(declared, values).allSatisfy({ $0.1.count == $1.count }) else {
      throw EngineError.foreignParameters(
        expected: network.parameterCount + network.bufferCount, found: values.reduce(0) { $0 + $1.count })
    }
    tensors = zip(declared, values).map { entry, values in
      NamedTensor(
        name: "\(entry.0.name).\(entry.1.role.rawValue)", role: entry.1.role, shape: entry.1.shape, values: values)
    }
  }

  private static func initialValues(
    _ tensor: Tensor, of node: Network.Node, using random: inout RandomStream
  ) -> [Float] {
    switch (tensor.role, node.primitive) {
    case (.kernel, .convolution(let convolution)):
      let fanOut = convolution.window.kernel.count * convolution.outputChannels / convolution.groups
      let deviation = (2.6 / Double(fanOut)).squareRoot()
      return (0..<tensor.count).map { _ in Float(deviation * random.truncatedNormal()) }
    case (.kernel, _), (.bias, _):
      // Both tensors of a fully connected layer: the inputs are the kernel's first extent.
      let bound = 1 / Double(node.tensors[0].shape[0]).squareRoot()
      return (0..<tensor.count).map { _ in Float(bound * (2 * random.uniform() - 1)) }
    case (.scale, _), (.runningVariance, _):
      return [Float](repeating: 1, count: tensor.count)
    case (.offset, _), (.runningMean, _):
      return [Float](repeating: 0, count: tensor.count)
    }
  }

  /// The parameters that lie in a model's memory.
  init(memory: EngineMemory) {
    tensors = memory.layout.entries.map { entry in
      let region = entry.tensor.role.isTrainable ? memory.trainable : memory.buffers
      return NamedTensor(
        name: entry.name, role: entry.tensor.role, shape: entry.tensor.shape,
        values: Array(UnsafeBufferPointer(start: region + entry.offset, count: entry.tensor.count)))
    }
  }

  /// Copies the parameters into a model's memory.
  /// - Throws: `EngineError.foreignParameters` when they are not of the same network.
  func write(to memory: EngineMemory) throws {
    let entries = memory.layout.entries
    let expected = memory.layout.trainableCount + memory.layout.bufferCount
    guard entries.count == tensors.count,
      zip(entries, tensors).allSatisfy({ $0.tensor.shape == $1.shape && $0.tensor.role == $1.role })
    else { throw EngineError.foreignParameters(expected: expected, found: count) }
    for (entry, tensor) in zip(entries, tensors) {
      let region = entry.tensor.role.isTrainable ? memory.trainable : memory.buffers
      tensor.values.withUnsafeBufferPointer { values in
        guard let base = values.baseAddress else { return }
        (region + entry.offset).update(from: base, count: values.count)
      }
    }
  }
}

extension RandomStream {
  /// A standard normal number, redrawn while beyond ±2: Marsaglia's polar method ("A convenient method for generating
  /// normal variables", 1964).
  mutating func truncatedNormal() -> Double {
    while true {
      let (x, y) = (2 * uniform() - 1, 2 * uniform() - 1)
      let square = x * x + y * y
      guard square > 0, square < 1 else { continue }
      let normal = x * (-2 * log(square) / square).squareRoot()
      if abs(normal) <= 2 { return normal }
    }
  }
}
