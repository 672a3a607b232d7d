import CKernels
import SearchSpace

// Weights are kept as the network declares them and packed for the kernels before every step.
extension Planner {
  /// The packed weights of an operation, their memory taken from `next` on.
  mutating func makeWeights(_ operation: Lowering.Operation, from next: inout Int) -> [PackedWeights] {
    let input = operation.inputs.first.map { lowering.points[$0.point].layout }
    let output = lowering.points[operation.output].layout
    guard let input else { return [] }
    switch operation.kind {
    case .convolution(let convolution, let node):
      return [pack(node, convolution, from: input, to: output, of: operation.output, &next)]
    case .depthwise(let convolution, let node):
      return [packDepthwise(node, convolution, input, &next)]
    case .separable(let convolution, let node, let pointwise):
      guard case .convolution(let second) = network.nodes[pointwise].primitive else { return [] }
      return [
        packDepthwise(node, convolution, input, &next),
        pack(pointwise, second, from: input, to: output, of: operation.output, &next),
      ]
    case .pooling, .add, .copy, .relayout, .concat, .normalize, .globalAveragePool, .linear, .flatten, .unflatten:
      return []
    }
  }

  private mutating func pack(
    _ node: Int, _ convolution: Convolution, from input: ChannelLayout, to output: ChannelLayout, of point: Int,
    _ next: inout Int
  ) -> PackedWeights {
    var result = PackedWeights(
      isDepthwise: false, tensor: layout.offset(node: node, tensor: 0), taps: convolution.window.kernel.count,
      inputs: input.at.count, outputs: convolution.outputChannels, groups: convolution.groups, at: note(input.at),
      inputWidth: input.width, outputAt: Int(output.at.first ?? 0), outputWidth: output.width, packed: next,
      transposed: -1)
    next += FixedArea.aligned(result.packedCount)
    if mode == .training {
      result.transposed = next
      next += FixedArea.aligned(result.packedCount)
    }
    if let norm = foldedNormalization(of: point) { result.scale = normalizations[norm].scale }
    return result
  }

  private mutating func packDepthwise(
    _ node: Int, _ convolution: Convolution, _ input: ChannelLayout, _ next: inout Int
  ) -> PackedWeights {
    let result = PackedWeights(
      isDepthwise: true, tensor: layout.offset(node: node, tensor: 0), taps: convolution.window.kernel.count,
      inputs: input.at.count, outputs: input.at.count, groups: 1, at: note(input.at), inputWidth: input.width,
      outputAt: 0, outputWidth: input.width, packed: next, transposed: -1)
    next += FixedArea.aligned(result.packedCount)
    return result
  }

  /// The folded normalisation of a point.
  func foldedNormalization(of point: Int) -> Int? {
    lowering.normalizations.indices.first { lowering.normalizations[$0].of == point && isFolded[$0] }
  }

  /// What slides the window of an operation; its weights are the next of the plan's, in the order of the operations.
  func windowKind(_ operation: Lowering.Operation) -> WindowKind? {
    let first = firstWeights[operation.output]
    switch operation.kind {
    case .convolution: return .convolution(weights: first)
    case .depthwise: return .separable(depthwise: first, pointwise: -1)
    case .separable: return .separable(depthwise: first, pointwise: first + 1)
    case .pooling(let pooling): return .pooling(pooling.kind.kernelIdentifier)
    case .add, .copy, .relayout, .concat, .normalize, .globalAveragePool, .linear, .flatten, .unflatten: return nil
    }
  }

  // MARK: - Windows

  /// The geometry of a convolution or pooling for the kernels; of other operations nothing.
  func windowGeometry(_ operation: Lowering.Operation) -> nas_window {
    switch operation.kind {
    case .convolution(let convolution, _), .depthwise(let convolution, _), .separable(let convolution, _, _):
      return windowGeometry(operation, convolution.window)
    case .pooling(let pooling):
      return windowGeometry(operation, pooling.window, countsPadding: pooling.countsPadding)
    case .add, .copy, .relayout, .concat, .normalize, .globalAveragePool, .linear, .flatten, .unflatten:
      return nas_window()
    }
  }

  private func windowGeometry(
    _ operation: Lowering.Operation, _ window: Window, countsPadding: Bool = false
  ) -> nas_window {
    let x = lowering.points[operation.inputs[0].point]
    let y = lowering.points[operation.output]
    let insets = window.insets(height: x.shape.height, width: x.shape.width)
    return nas_window(
      height: x.shape.height, width: x.shape.width, out_height: y.shape.height, out_width: y.shape.width,
      kernel_h: window.kernel.height, kernel_w: window.kernel.width, stride_h: window.stride.height,
      stride_w: window.stride.width, dilation_h: window.dilation.height, dilation_w: window.dilation.width,
      pad_top: insets.top, pad_left: insets.left, in_blocks: x.layout.blocks, out_blocks: y.layout.blocks,
      in_lanes: filledLanes(x.layout), out_lanes: filledLanes(y.layout),
      counts_padding: countsPadding ? 1 : 0)
  }

  private func filledLanes(_ layout: ChannelLayout) -> nas_lanes {
    let parts = layout.parts
    return nas_lanes(part_blocks: parts.blocks, last_lanes: parts.lastLanes)
  }
}

extension Pooling.Kind {
  var kernelIdentifier: nas_pool {
    switch self {
    case .max: NAS_POOL_MAX
    case .average: NAS_POOL_AVERAGE
    case .min: NAS_POOL_MIN
    }
  }
}
