/// The closed list of things a network's node can compute. Each payload holds its shape, parameter and multiply-add
/// rules; training, counting and every export switch over this list without a default.
public enum Primitive: Hashable, Sendable {
  /// The images.
  case input
  /// A convolution, grouped or not; with as many groups as channels it is depthwise.
  case convolution(Convolution)
  /// Batch normalisation over N, H and W, with scale and offset.
  case batchNorm(BatchNorm)
  /// max(x, 0).
  case relu
  /// Maximum, average or minimum over a window.
  case pooling(Pooling)
  /// The sum of two inputs of one shape.
  case add
  /// The inputs side by side along channels, in order.
  case concat
  /// The mean over height and width: H×W×C → 1×1×C.
  case globalAveragePool
  /// A fully connected layer with bias on the flattened input.
  case linear(Linear)
}

/// A convolution without bias. Weight shape [height, width, input channels / groups, output channels].
public struct Convolution: Hashable, Sendable {
  /// Output channels.
  public let outputChannels: Int
  /// The sliding window.
  public let window: Window
  /// Groups of channels that do not mix.
  public let groups: Int

  /// Creates a convolution.
  public init(outputChannels: Int, window: Window, groups: Int = 1) {
    self.outputChannels = outputChannels
    self.window = window
    self.groups = groups
  }

  /// Whether every output channel reads exactly its own input channel.
  public func isDepthwise(inputChannels: Int) -> Bool { groups == inputChannels && outputChannels == inputChannels }
}

/// Batch normalisation (Ioffe and Szegedy, 2015): y = γ (x − μ) / √(σ² + ε) + β.
public struct BatchNorm: Hashable, Sendable, Codable {
  /// ε, added to the variance.
  public let epsilon: Double
  /// The share of the old running statistic kept at each step.
  public let momentum: Double

  /// Creates a normalisation; the defaults are the released CIFAR values (slim `nasnet.py`, CIFAR arg scope).
  public init(epsilon: Double = 1e-5, momentum: Double = 0.9) {
    self.epsilon = epsilon
    self.momentum = momentum
  }
}

/// Pooling over a window. The average counts only pixels inside the image unless `countsPadding`; the maximum pads with
/// −∞, the minimum with +∞ (TensorFlow's SAME pooling).
public struct Pooling: Hashable, Sendable {
  /// What is taken over the window.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    /// The largest value.
    case max
    /// The mean of the values inside the image, or of the window.
    case average
    /// The smallest value.
    case min
  }

  /// What is taken over the window.
  public let kind: Kind
  /// The sliding window.
  public let window: Window
  /// Whether an average divides by the whole window, padding counted as zeros, as timm's strided one does
  /// (`layers/pool2d_same.py`); extremes do not look at it.
  public let countsPadding: Bool

  /// Creates a pooling.
  public init(kind: Kind, window: Window, countsPadding: Bool = false) {
    self.kind = kind
    self.window = window
    self.countsPadding = countsPadding
  }
}

extension Pooling: CustomReflectable {
  /// What is printed: whether padding is counted only where it is. Checkpoints know a network by what its primitives print,
  /// and those of networks from before there was this choice stay valid.
  public var customMirror: Mirror {
    var children: [Mirror.Child] = [("kind", kind), ("window", window)]
    if countsPadding { children.append(("countsPadding", countsPadding)) }
    return Mirror(self, children: children, displayStyle: .struct)
  }
}

/// A fully connected layer with bias. Weight shape [inputs, outputs].
public struct Linear: Hashable, Sendable {
  /// Number of outputs.
  public let outputs: Int

  /// Creates a fully connected layer.
  public init(outputs: Int) {
    self.outputs = outputs
  }
}

/// One tensor that a node owns.
public struct Tensor: Hashable, Sendable {
  /// What a tensor is for; initialisation, weight decay and counting go by it.
  public enum Role: String, Hashable, Sendable, CaseIterable {
    /// A convolution's or fully connected layer's weights.
    case kernel
    /// A fully connected layer's bias.
    case bias
    /// Batch normalisation's scale γ.
    case scale
    /// Batch normalisation's offset β.
    case offset
    /// Batch normalisation's running mean: a buffer, not trained.
    case runningMean
    /// Batch normalisation's running variance: a buffer, not trained.
    case runningVariance

    /// Whether the tensor is changed by gradients.
    public var isTrainable: Bool {
      switch self {
      case .kernel, .bias, .scale, .offset: true
      case .runningMean, .runningVariance: false
      }
    }
  }

  /// What the tensor is for.
  public let role: Role
  /// Its extents; convolution kernels are [height, width, input channels / groups, output channels].
  public let shape: [Int]

  /// Creates a description of a tensor.
  public init(role: Role, shape: [Int]) {
    self.role = role
    self.shape = shape
  }

  /// The number of scalars.
  public var count: Int { shape.reduce(1, *) }
}

extension Primitive {
  /// The tensors a node of this primitive owns, in a fixed order.
  public func tensors(inputs: [Shape]) -> [Tensor] {
    let channels = inputs.first?.channels ?? 0
    switch self {
    case .input, .relu, .pooling, .add, .concat, .globalAveragePool:
      return []
    case .convolution(let convolution):
      let kernel = convolution.window.kernel
      let shape = [kernel.height, kernel.width, channels / convolution.groups, convolution.outputChannels]
      return [Tensor(role: .kernel, shape: shape)]
    case .batchNorm:
      return [Tensor.Role.scale, .offset, .runningMean, .runningVariance].map { Tensor(role: $0, shape: [channels]) }
    case .linear(let linear):
      let inputs = inputs.first?.count ?? 0
      return [
        Tensor(role: .kernel, shape: [inputs, linear.outputs]), Tensor(role: .bias, shape: [linear.outputs]),
      ]
    }
  }

  /// Multiplications with a weight for one image: convolutions and fully connected layers only, as papers count them.
  public func multiplyAdds(inputs: [Shape], output: Shape) -> Int {
    switch self {
    case .input, .batchNorm, .relu, .pooling, .add, .concat, .globalAveragePool:
      return 0
    case .convolution(let convolution):
      let perOutput = convolution.window.kernel.count * (inputs.first?.channels ?? 0) / convolution.groups
      return output.count * perOutput
    case .linear(let linear):
      return (inputs.first?.count ?? 0) * linear.outputs
    }
  }

  /// The output's shape.
  /// - Throws: `NetworkError` when the inputs do not fit.
  func outputShape(inputs: [Shape], node: String) throws -> Shape {
    guard let first = inputs.first else { throw NetworkError.missingInput(node: node) }
    switch self {
    case .input, .batchNorm, .relu:
      return first
    case .convolution(let convolution):
      guard convolution.groups > 0, first.channels % convolution.groups == 0,
        convolution.outputChannels % convolution.groups == 0,
        convolution.outputChannels > 0
      else {
        throw NetworkError.channelsNotDivisible(
          node: node, input: first.channels, output: convolution.outputChannels, groups: convolution.groups)
      }
      return try windowShape(convolution.window, input: first, channels: convolution.outputChannels, node: node)
    case .pooling(let pooling):
      return try windowShape(pooling.window, input: first, channels: first.channels, node: node)
    case .add:
      guard inputs.count == 2, inputs[1] == first else { throw NetworkError.shapesDiffer(node: node, shapes: inputs) }
      return first
    case .concat:
      guard inputs.allSatisfy({ $0.height == first.height && $0.width == first.width }) else {
        throw NetworkError.shapesDiffer(node: node, shapes: inputs)
      }
      return Shape(height: first.height, width: first.width, channels: inputs.reduce(0) { $0 + $1.channels })
    case .globalAveragePool:
      return Shape(height: 1, width: 1, channels: first.channels)
    case .linear(let linear):
      return Shape(height: 1, width: 1, channels: linear.outputs)
    }
  }

  private func windowShape(_ window: Window, input: Shape, channels: Int, node: String) throws -> Shape {
    guard let extent = window.outputExtent(height: input.height, width: input.width) else {
      throw NetworkError.windowTooLarge(node: node, kernel: window.kernel, input: input)
    }
    return Shape(height: extent.height, width: extent.width, channels: channels)
  }
}
