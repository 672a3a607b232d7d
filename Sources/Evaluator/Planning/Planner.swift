import CKernels
import SearchSpace

/// Writes the steps of a plan; forward here, backward in an extension of its own.
struct Planner {
  let network: Network
  let lowering: Lowering
  let layout: ParameterLayout
  let batch: Int
  let pieces: Int
  let mode: ExecutionPlan.Mode

  private(set) var steps: [Step] = []
  private(set) var buffers: [ArenaLayout.Buffer] = []
  private(set) var normalizations: [NormalizationSlot] = []
  private(set) var fixed = FixedArea()

  /// The buffers of stored points that are not part of another.
  private var storageBuffers: [Int?]
  /// Where the sums of a point are left, when a normalisation needs them from the operation that makes the point.
  private var sums: [Sums]
  /// The points whose sums need a pass of their own, with the places.
  private var ownMoments: [Int: Sums] = [:]

  /// The state of the backward half.
  var gradients: GradientState

  init(network: Network, batch: Int, mode: ExecutionPlan.Mode, kernels: KernelTable, threads: Int) {
    self.network = network
    self.batch = batch
    self.mode = mode
    lowering = Lowering(network)
    layout = ParameterLayout(network)
    pieces = min(batch, ExecutionPlan.maximumPieces)
    storageBuffers = Array(repeating: nil, count: lowering.points.count)
    sums = Array(repeating: Sums(), count: lowering.points.count)
    gradients = GradientState(points: lowering.points.count)
    for point in lowering.points.indices { assignStorage(point) }
    planNormalizations()
    planFixedArea(kernels: kernels, threads: threads)
  }

  // MARK: - Places

  private mutating func assignStorage(_ point: Int) {
    let value = lowering.points[point]
    guard value.normalized == nil, value.placement == nil else { return }
    storageBuffers[point] = makeBuffer(value.shape)
  }

  /// A new buffer for a value of this shape for every image.
  mutating func makeBuffer(_ shape: Shape) -> Int {
    buffers.append(ArenaLayout.Buffer(count: batch * shape.count))
    return buffers.count - 1
  }

  /// Where a stored point is.
  func storage(of point: Int) -> Slice {
    let value = lowering.points[point]
    if let placement = value.placement {
      var slice = storage(of: placement.parent)
      slice.channel += placement.channel
      return slice
    }
    return Slice(buffer: storageBuffers[point] ?? 0, channel: 0, stride: value.shape.channels)
  }

  /// How a view is read.
  func operand(_ view: Lowering.View) -> Operand {
    guard let (stored, index) = lowering.points[view.point].normalized else {
      return Operand(slice: storage(of: view.point), relu: view.relu)
    }
    let norm = normalizations[index]
    return Operand(slice: storage(of: stored), scale: norm.scale, shift: norm.shift, relu: view.relu)
  }

  /// Adds a step and notes which buffers it needs.
  mutating func emit(_ step: Step, touching slices: [Slice]) {
    for slice in slices {
      buffers[slice.buffer].first = min(buffers[slice.buffer].first, steps.count)
      buffers[slice.buffer].last = max(buffers[slice.buffer].last, steps.count)
    }
    steps.append(step)
  }

  /// Lets the logits live to the end, where they are read.
  mutating func keepLogits() {
    buffers[storage(of: lowering.output).buffer].last = steps.count - 1
  }

  // MARK: - Normalisations

  private mutating func planNormalizations() {
    let total = lowering.normalizations.reduce(0) { $0 + lowering.points[$1.of].shape.channels }
    fixed.coefficientCount = 7 * total
    fixed.sumsOffset = FixedArea.aligned(fixed.coefficientCount)
    var coefficients = 0
    var nextSums = fixed.sumsOffset
    for (node, norm, stored) in lowering.normalizations {
      let shape = lowering.points[stored].shape
      let sumsCount = pieces * 2 * shape.channels
      normalizations.append(
        NormalizationSlot(
          channels: shape.channels, pixels: shape.height * shape.width, epsilon: norm.epsilon, momentum: norm.momentum,
          gamma: layout.offset(node: node, tensor: 0), beta: layout.offset(node: node, tensor: 1),
          runningMean: layout.offset(node: node, tensor: 2), runningVariance: layout.offset(node: node, tensor: 3),
          coefficients: coefficients, forwardSums: nextSums, backwardSums: nextSums + sumsCount))
      if mode == .training { requestSums(of: stored, at: nextSums) }
      coefficients += 7 * shape.channels
      nextSums += 2 * sumsCount
    }
    fixed.sumsCount = nextSums - fixed.sumsOffset
  }

  /// Has the sums of a stored point made by the operations that make it, or else by a pass of their own.
  private mutating func requestSums(of point: Int, at offset: Int) {
    let channels = lowering.points[point].shape.channels
    var parts: [(point: Int, channel: Int)] = []
    if canSum(point, channel: 0, into: &parts) {
      for part in parts { sums[part.point] = Sums(offset: offset + part.channel, channels: channels) }
    } else {
      // Two normalisations of one value take the sums twice: rare, and simple this way.
      let index = normalizations.count - 1
      ownMoments[index] = Sums(offset: offset, channels: channels)
    }
  }

  private func canSum(_ point: Int, channel: Int, into parts: inout [(point: Int, channel: Int)]) -> Bool {
    let producer = lowering.points[point].producer
    guard producer >= 0 else { return false }
    let operation = lowering.operations[producer]
    switch operation.kind {
    case .convolution, .pooling:
      guard sums[point].offset < 0 else { return false }
      parts.append((point, channel))
      return true
    case .concat:
      var next = channel
      for part in operation.inputs {
        guard canSum(part.point, channel: next, into: &parts) else { return false }
        next += lowering.points[part.point].shape.channels
      }
      return true
    case .add, .copy, .normalize, .globalAveragePool, .linear:
      return false
    }
  }

  private mutating func planFixedArea(kernels: KernelTable, threads: Int) {
    var scratch = 0
    var weights = 0
    for operation in lowering.operations {
      switch operation.kind {
      case .convolution(let convolution, let node):
        var window = windowGeometry(operation, convolution.window, groups: convolution.groups)
        let isDepthwise = convolution.isDepthwise(
          inputChannels: lowering.points[operation.inputs[0].point].shape.channels)
        let table = kernels.functions.pointee
        scratch = max(scratch, isDepthwise ? table.depthwise_scratch(&window) : table.convolution_scratch(&window))
        weights = max(weights, network.nodes[node].tensors[0].count)
      case .pooling(let pooling):
        var window = windowGeometry(operation, pooling.window, groups: 1)
        scratch = max(scratch, kernels.functions.pointee.pool_scratch(&window))
      case .linear(let node):
        weights = max(weights, network.nodes[node].tensors.reduce(0) { $0 + $1.count })
      case .add, .copy, .concat, .normalize, .globalAveragePool:
        break
      }
    }
    fixed.partialsOffset = FixedArea.aligned(fixed.sumsOffset + fixed.sumsCount)
    fixed.partialStride = mode == .training ? FixedArea.aligned(weights) : 0
    fixed.scratchOffset = fixed.partialsOffset + pieces * fixed.partialStride
    fixed.scratchStride = FixedArea.aligned(scratch)
    fixed.lossesOffset = fixed.scratchOffset + threads * fixed.scratchStride
    fixed.count = FixedArea.aligned(fixed.lossesOffset + batch)
  }

  // MARK: - Forward

  /// Writes the forward steps and the loss.
  mutating func planForward() {
    // The images are written before the first step.
    buffers[storage(of: 0).buffer].first = 0
    buffers[storage(of: 0).buffer].last = 0
    for operation in lowering.operations { planForward(operation) }
    let logits = storage(of: lowering.output)
    let wantsGradient = mode == .training && lowering.points[lowering.output].needsGradient
    let gradient = wantsGradient ? sink(for: lowering.output).slice : nil
    emit(
      .loss(LossStep(logits: logits, gradient: gradient, classes: network.classes)),
      touching: [logits] + (gradient.map { [$0] } ?? []))
  }

  private mutating func planForward(_ operation: Lowering.Operation) {
    let shape = lowering.points[operation.output].shape
    let operands = operation.inputs.map { operand($0) }
    switch operation.kind {
    case .convolution(let convolution, let node):
      planWindow(operation, windowKind(operation, convolution), layout.offset(node: node, tensor: 0))
    case .pooling(let pooling):
      planWindow(operation, .pooling(pooling.kind.kernelIdentifier), -1)
    case .add, .copy:
      let y = storage(of: operation.output)
      let step = AddForward(
        a: operands[0], b: operands.count > 1 ? operands[1] : nil, y: y, pixels: shape.height * shape.width,
        channels: shape.channels)
      emit(.add(step), touching: operands.map(\.slice) + [y])
    case .concat:
      break
    case .normalize(let index):
      planNormalize(index)
    case .globalAveragePool:
      let y = storage(of: operation.output)
      let inner = lowering.points[operation.inputs[0].point].shape
      let step = GlobalPool(x: operands[0], y: y, pixels: inner.height * inner.width, channels: inner.channels)
      emit(.globalPoolForward(step), touching: [operands[0].slice, y])
    case .linear(let node):
      let y = storage(of: operation.output)
      let step = linearStep(operation, node: node, y: y)
      emit(.linearForward(step), touching: [step.x, y])
    }
  }

  func linearStep(_ operation: Lowering.Operation, node: Int, y: Slice) -> LinearStep {
    let input = operation.inputs[0].point
    return LinearStep(
      x: storage(of: input), weights: layout.offset(node: node, tensor: 0), bias: layout.offset(node: node, tensor: 1),
      y: y, inputs: lowering.points[input].shape.count, outputs: lowering.points[operation.output].shape.channels)
  }

  private mutating func planWindow(_ operation: Lowering.Operation, _ kind: WindowKind, _ weights: Int) {
    let x = operand(operation.inputs[0])
    let y = storage(of: operation.output)
    let step = WindowForward(
      kind: kind, window: windowGeometry(operation), x: x, weights: weights, y: y, sums: sums[operation.output])
    emit(.windowForward(step), touching: [x.slice, y])
  }

  private mutating func planNormalize(_ index: Int) {
    guard mode == .training else { return }
    let stored = lowering.normalizations[index].of
    if let sums = ownMoments[index] {
      let norm = normalizations[index]
      let x = storage(of: stored)
      emit(.moments(Moments(x: x, pixels: norm.pixels, channels: norm.channels, sums: sums)), touching: [x])
    }
    emit(.normalize(index), touching: [])
  }

  // MARK: - Windows

  func windowKind(_ operation: Lowering.Operation, _ convolution: Convolution) -> WindowKind {
    let channels = lowering.points[operation.inputs[0].point].shape.channels
    return convolution.isDepthwise(inputChannels: channels) ? .depthwise : .convolution
  }

  /// The geometry of a convolution or pooling for the kernels.
  func windowGeometry(_ operation: Lowering.Operation) -> nas_window {
    switch operation.kind {
    case .convolution(let convolution, _):
      return windowGeometry(operation, convolution.window, groups: convolution.groups)
    case .pooling(let pooling):
      return windowGeometry(operation, pooling.window, groups: 1)
    case .add, .copy, .concat, .normalize, .globalAveragePool, .linear:
      return nas_window()
    }
  }

  private func windowGeometry(_ operation: Lowering.Operation, _ window: Window, groups: Int) -> nas_window {
    let x = lowering.points[operation.inputs[0].point].shape
    let y = lowering.points[operation.output].shape
    let insets = window.insets(height: x.height, width: x.width)
    return nas_window(
      height: x.height, width: x.width, channels: x.channels, out_height: y.height, out_width: y.width,
      out_channels: y.channels, kernel_h: window.kernel.height, kernel_w: window.kernel.width,
      stride_h: window.stride.height, stride_w: window.stride.width, dilation_h: window.dilation.height,
      dilation_w: window.dilation.width, pad_top: insets.top, pad_left: insets.left, groups: groups)
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
