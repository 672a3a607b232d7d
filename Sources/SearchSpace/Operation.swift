/// An operation of a cell: a name and the rule that turns it into primitives.
///
/// Open data: a new operation that is a composition of primitives is one more value, wherever it is declared.
public struct Operation: Sendable {
  /// Adds the operation's nodes behind `input`; the result has `channels` channels and ⌈size / stride⌉ rows and columns.
  /// - Throws: `NetworkError` when the nodes do not fit.
  public typealias Build =
    @Sendable (
      _ builder: inout NetworkBuilder, _ input: NetworkBuilder.Value, _ channels: Int, _ stride: Int
    ) throws -> NetworkBuilder.Value

  /// The name in genotypes and experiment files.
  public let name: String
  /// Whether drop-path may leave it out: every operation but the identity, also where that one is a convolution (slim
  /// `nasnet_utils.py`, `_apply_operation`).
  public let isDroppable: Bool
  /// The rule.
  public let build: Build

  /// Creates an operation.
  public init(name: String, isDroppable: Bool = true, build: @escaping Build) {
    self.name = name
    self.isDroppable = isDroppable
    self.build = build
  }
}

extension Operation {
  /// Nothing, when the stride is 1 and the channels fit; otherwise ReLU, 1×1 convolution with the stride, BN
  /// (slim `nasnet_utils.py`, operation "none").
  public static let identity = Operation(name: "identity", isDroppable: false) {
    builder, input, channels, stride in
    if stride == 1 && input.shape.channels == channels { return input }
    return try builder.reluConvolution(input, channels: channels, stride: stride)
  }

  /// ReLU, 1×1 convolution with the stride, BN (TPU `network_utils.py`, operation "1x1").
  public static let convolution1x1 = Operation(name: "conv_1x1") { builder, input, channels, stride in
    try builder.reluConvolution(input, channels: channels, stride: stride)
  }

  /// The identity under its name in NAS-Bench-201 (Dong and Yang, ICLR 2020, section 2.1).
  public static let skipConnection = Operation(name: "skip_connect", isDroppable: false, build: identity.build)

  /// ReLU, k×k convolution with the stride, BN: `nor_conv_3x3` and its like (NAS-Bench-201; AutoDL-Projects,
  /// `cell_operations.py`, `ReLUConvBN`).
  public static func plainConvolution(_ kernel: Int) -> Operation {
    Operation(name: "nor_conv_\(kernel)x\(kernel)") { builder, input, channels, stride in
      let window = Window(kernel: Extent(kernel), stride: Extent(stride))
      return try builder.reluConvolution(input, channels: channels, window: window)
    }
  }

  /// Twice: ReLU, depthwise k×k, pointwise 1×1, BN; the stride is in the first depthwise only, which runs on the
  /// input's channels (Zoph et al. 2018, A.4; slim `nasnet_utils.py`, `_stacked_separable_conv`).
  public static func separable(_ kernel: Int) -> Operation {
    Operation(name: "sep_conv_\(kernel)x\(kernel)") { builder, input, channels, stride in
      let first = try builder.separable(
        input, channels: channels, window: Window(kernel: Extent(kernel), stride: Extent(stride)), number: 1)
      return try builder.separable(first, channels: channels, window: Window(kernel: Extent(kernel)), number: 2)
    }
  }

  /// Once: ReLU, depthwise k×k at dilation 2 with the stride, pointwise 1×1, BN (Real et al. 2019, search space).
  public static func dilatedSeparable(_ kernel: Int) -> Operation {
    Operation(name: "dil_sep_conv_\(kernel)x\(kernel)") { builder, input, channels, stride in
      let window = Window(kernel: Extent(kernel), stride: Extent(stride), dilation: Extent(2))
      return try builder.separable(input, channels: channels, window: window, number: 1)
    }
  }

  /// Pooling k×k with the stride, no ReLU; only where the channels differ a 1×1 convolution and BN behind it
  /// (slim `nasnet_utils.py`, `_pooling`). Named `avg_pool_3x3`, `max_pool_3x3` or `min_pool_2x2`.
  public static func pooling(_ kind: Pooling.Kind, _ kernel: Int) -> Operation {
    let prefix =
      switch kind {
      case .average: "avg"
      case .max: "max"
      case .min: "min"
      }
    return pooling("\(prefix)_pool_\(kernel)x\(kernel)", kernel) { Pooling(kind: kind, window: $0) }
  }

  /// Average pooling whose strided form counts the padding, as timm computes it: at stride 1 its padding is static and
  /// left out of the mean, with a stride zeros are put around the image first (`layers/pool2d_same.py`,
  /// `create_pool2d`). Named `avg_pool_3x3_include_pad` after PyTorch's `count_include_pad`.
  public static func averagePoolingIncludingPad(_ kernel: Int) -> Operation {
    pooling("avg_pool_\(kernel)x\(kernel)_include_pad", kernel) {
      Pooling(kind: .average, window: $0, countsPadding: $0.stride != Extent(1))
    }
  }

  private static func pooling(
    _ name: String, _ kernel: Int, _ pooling: @escaping @Sendable (Window) -> Pooling
  ) -> Operation {
    Operation(name: name) { builder, input, channels, stride in
      let window = Window(kernel: Extent(kernel), stride: Extent(stride))
      let pooled = try builder.add(.pooling(pooling(window)), [input], name: "pool")
      if pooled.shape.channels == channels { return pooled }
      return try builder.convolution(pooled, channels: channels)
    }
  }

  /// A bottleneck: ReLU, 1×1 to the inner width, BN; then ReLU, convolution, BN for each kernel; then ReLU, 1×1 back,
  /// BN (TPU `network_utils.py`, `_apply_conv_operation`). The inner width is ⌊F·numerator/denominator⌋; where that is
  /// 0 both 1×1 convolutions are left out. The stride goes into the kernels: of two, the first (1×k) takes the
  /// horizontal one, the second (k×1) the vertical one.
  public static func bottleneck(
    _ name: String, kernels: [Extent], dilation: Int = 1, numerator: Int = 1, denominator: Int = 4
  ) -> Operation {
    Operation(name: name) { builder, input, channels, stride in
      let inner = channels * numerator / denominator
      let width = inner > 0 ? inner : channels
      var value = input
      if inner > 0 { value = try builder.reluConvolution(value, channels: inner, suffix: "Down") }
      for (index, kernel) in kernels.enumerated() {
        let step =
          kernels.count == 2
          ? Extent(height: index == 0 ? 1 : stride, width: index == 0 ? stride : 1) : Extent(stride)
        let window = Window(kernel: kernel, stride: step, dilation: Extent(dilation))
        value = try builder.reluConvolution(value, channels: width, window: window, suffix: "\(index + 1)")
      }
      return inner > 0 ? try builder.reluConvolution(value, channels: channels, suffix: "Up") : value
    }
  }
}

extension NetworkBuilder {
  /// Convolution and BN. The nodes are `convolution` and `batchNorm` with the suffix.
  mutating func convolution(
    _ input: Value, channels: Int, window: Window = Window(kernel: Extent(1)), suffix: String = ""
  ) throws -> Value {
    let convolution = Convolution(outputChannels: channels, window: window)
    let value = try add(.convolution(convolution), [input], name: "convolution\(suffix)")
    return try add(.batchNorm(normalization), [value], name: "batchNorm\(suffix)")
  }

  /// ReLU, convolution, BN.
  mutating func reluConvolution(_ input: Value, channels: Int, window: Window, suffix: String = "") throws -> Value {
    let active = try add(.relu, [input], name: "relu\(suffix)")
    return try convolution(active, channels: channels, window: window, suffix: suffix)
  }

  /// ReLU, 1×1 convolution with a stride, BN.
  mutating func reluConvolution(
    _ input: Value, channels: Int, stride: Int = 1, suffix: String = ""
  ) throws -> Value {
    let window = Window(kernel: Extent(1), stride: Extent(stride))
    return try reluConvolution(input, channels: channels, window: window, suffix: suffix)
  }

  /// ReLU, depthwise convolution, pointwise convolution, BN; no BN between the two convolutions.
  mutating func separable(_ input: Value, channels: Int, window: Window, number: Int) throws -> Value {
    let width = input.shape.channels
    let active = try add(.relu, [input], name: "relu\(number)")
    let depthwise = Convolution(outputChannels: width, window: window, groups: width)
    let filtered = try add(.convolution(depthwise), [active], name: "depthwise\(number)")
    let pointwise = Convolution(outputChannels: channels, window: Window(kernel: Extent(1)))
    let mixed = try add(.convolution(pointwise), [filtered], name: "pointwise\(number)")
    return try add(.batchNorm(normalization), [mixed], name: "batchNorm\(number)")
  }

  /// Halves rows and columns without losing pixels: a 1×1 convolution at stride 2 on the image and one on the image
  /// shifted by a pixel, side by side, then one BN (slim `nasnet_utils.py`, `factorized_reduction`). Each makes ⌊F/2⌋
  /// filters. An odd F, which the code that was released with the cells refuses (and later releases of slim give to the
  /// second half), is one channel less here, which whatever reads the result makes up for. Of an F of 1 only the shifted
  /// convolution is left.
  mutating func factorizedReduction(_ input: Value, channels: Int) throws -> Value {
    let shift = Insets(top: -1, left: -1, bottom: 1, right: 1)
    let paths: [(name: String, channels: Int, padding: Padding)] = [
      ("convolution", channels / 2, .same), ("shiftedConvolution", max(1, channels / 2), .explicit(shift)),
    ]
    let halves = try paths.filter { $0.channels > 0 }.map { path in
      let window = Window(kernel: Extent(1), stride: Extent(2), padding: path.padding)
      let convolution = Convolution(outputChannels: path.channels, window: window)
      return try add(.convolution(convolution), [input], name: path.name)
    }
    let joined = try concatenated(halves, name: "concat")
    return try add(.batchNorm(normalization), [joined], name: "batchNorm")
  }

  /// The values side by side; a single value is itself.
  mutating func concatenated(_ values: [Value], name: String) throws -> Value {
    values.count == 1 ? values[0] : try add(.concat, values, name: name)
  }
}
