import CKernels
import SearchSpace

/// What is known about the gradients of points while the backward steps are written.
struct GradientState {
  /// The gradient buffer of a point that has one of its own.
  var buffers: [Int?]
  /// A point whose gradient is another one's, unchanged.
  var aliases: [Slice?]
  /// A stored point whose gradient is never written down but follows from that of its only reader, a normalisation.
  var normalizedBy: [Int?]
  /// The channels of each buffer that hold a gradient already.
  var written: [Int: [Range<Int>]] = [:]

  init(points: Int) {
    buffers = Array(repeating: nil, count: points)
    aliases = Array(repeating: nil, count: points)
    normalizedBy = Array(repeating: nil, count: points)
  }
}

extension Planner {
  /// Writes the backward steps, last operation first.
  mutating func planBackward() {
    for operation in lowering.operations.reversed() where lowering.points[operation.output].needsGradient {
      planBackward(operation)
    }
  }

  private mutating func planBackward(_ operation: Lowering.Operation) {
    switch operation.kind {
    case .convolution(let convolution, let node):
      let count = network.nodes[node].tensors[0].count
      planWindow(operation, windowKind(operation, convolution), layout.offset(node: node, tensor: 0), count)
    case .pooling(let pooling):
      planWindow(operation, .pooling(pooling.kind.kernelIdentifier), -1, 0)
    case .add, .copy:
      let dy = gradient(of: operation.output)
      for input in operation.inputs where lowering.points[input.point].needsGradient { pass(dy, to: input) }
    case .concat:
      break  // its parts read their channels of its gradient
    case .normalize(let index):
      planNormalize(index, output: operation.output)
    case .globalAveragePool:
      planGlobalPool(operation)
    case .linear(let node):
      planLinear(operation, node: node)
    }
  }

  private mutating func planWindow(_ operation: Lowering.Operation, _ kind: WindowKind, _ weights: Int, _ count: Int) {
    let input = operation.inputs[0]
    let dy = gradient(of: operation.output)
    let dx = lowering.points[input.point].needsGradient ? sink(for: input.point) : nil
    let x = operand(input)
    let step = WindowBackward(
      kind: kind, window: windowGeometry(operation), x: x, weights: weights, weightCount: count, dy: dy, dx: dx)
    emit(.windowBackward(step), touching: [x.slice, dy.slice, dy.z] + slices(dx))
  }

  private mutating func planNormalize(_ index: Int, output: Int) {
    let norm = normalizations[index]
    let stored = lowering.normalizations[index].of
    let g = gradientSlice(of: output)
    let z = storage(of: stored)
    let sums = Sums(offset: norm.backwardSums, channels: norm.channels)
    emit(
      .gradientMoments(GradientMoments(g: g, z: z, pixels: norm.pixels, channels: norm.channels, sums: sums)),
      touching: [g, z])
    emit(.normalizeBackward(index), touching: [])
    guard lowering.points[stored].needsGradient else { return }
    let gradient = Gradient(slice: g, z: z, a: norm.a, b: norm.b, c: norm.c)
    if lowering.points[stored].readers == 1, acceptsNormalized(stored) {
      gradients.normalizedBy[stored] = index
      gradients.aliases[stored] = g
    } else {
      write(gradient, to: Lowering.View(point: stored))
    }
  }

  private mutating func planGlobalPool(_ operation: Lowering.Operation) {
    let input = operation.inputs[0]
    guard lowering.points[input.point].needsGradient else { return }
    let inner = lowering.points[input.point].shape
    let dy = gradientSlice(of: operation.output)
    let dx = sink(for: input.point)
    let x = operand(input)
    let step = GlobalPool(x: x, y: dy, pixels: inner.height * inner.width, channels: inner.channels, dx: dx)
    emit(.globalPoolBackward(step), touching: [x.slice, dy, dx.slice])
  }

  private mutating func planLinear(_ operation: Lowering.Operation, node: Int) {
    let input = operation.inputs[0].point
    let dy = gradientSlice(of: operation.output)
    var step = linearStep(operation, node: node, y: dy)
    guard lowering.points[input].needsGradient else {
      return emit(.linearBackward(step), touching: [step.x, dy])
    }
    let dx = sink(for: input)
    guard dx.accumulate else {
      step.dx = dx.slice
      return emit(.linearBackward(step), touching: [step.x, dy, dx.slice])
    }
    // The kernel overwrites, so what is there already is added to afterwards.
    let shape = lowering.points[input].shape
    let temporary = Slice(buffer: makeBuffer(shape), channel: 0, stride: shape.channels)
    step.dx = temporary
    emit(.linearBackward(step), touching: [step.x, dy, temporary])
    let pass = PassGradient(
      dy: Gradient(slice: temporary, z: temporary), dx: dx, pixels: shape.height * shape.width,
      channels: shape.channels)
    emit(.passGradient(pass), touching: [temporary, dx.slice])
  }

  // MARK: - Handing gradients on

  /// Hands a gradient on to an operand that took part unchanged: by sharing it where nobody else reads the operand.
  private mutating func pass(_ dy: Gradient, to view: Lowering.View) {
    let point = lowering.points[view.point]
    if dy.a < 0, !view.relu, point.readers == 1, point.placement == nil, canShare(view.point) {
      gradients.aliases[view.point] = dy.slice
    } else {
      write(dy, to: view)
    }
  }

  /// Whether a point's gradient may be another one's: not where its producer needs it contiguous, and not where parts of
  /// the point may have other readers, which would write to it.
  private func canShare(_ point: Int) -> Bool {
    switch lowering.operations[lowering.points[point].producer].kind {
    case .convolution, .pooling, .add, .copy, .normalize: true
    case .concat, .globalAveragePool, .linear: false
    }
  }

  private mutating func write(_ dy: Gradient, to view: Lowering.View) {
    let dx = sink(for: view.point)
    let shape = lowering.points[view.point].shape
    let x = view.relu ? operand(view) : nil
    let step = PassGradient(
      x: x, dy: dy, dx: dx, pixels: shape.height * shape.width, channels: shape.channels)
    emit(.passGradient(step), touching: [dy.slice, dy.z, dx.slice] + (x.map { [$0.slice] } ?? []))
  }

  /// Whether the producer of a stored point can read its gradient through a normalisation.
  private func acceptsNormalized(_ point: Int) -> Bool {
    let operation = lowering.operations[lowering.points[point].producer]
    switch operation.kind {
    case .convolution, .pooling, .add, .copy: return true
    case .concat:
      return operation.inputs.allSatisfy { lowering.points[$0.point].readers == 1 && acceptsNormalized($0.point) }
    case .normalize, .globalAveragePool, .linear: return false
    }
  }

  // MARK: - Places of gradients

  /// The gradient of a point, complete once all its readers' steps are written.
  private mutating func gradient(of point: Int) -> Gradient {
    let slice = gradientSlice(of: point)
    var root = point
    var channel = 0
    while let placement = lowering.points[root].placement {
      root = placement.parent
      channel += placement.channel
    }
    guard let index = gradients.normalizedBy[root] else { return Gradient(slice: slice, z: slice) }
    let norm = normalizations[index]
    return Gradient(
      slice: slice, z: storage(of: point), a: norm.a + channel, b: norm.b + channel, c: norm.c + channel)
  }

  private mutating func gradientSlice(of point: Int) -> Slice {
    if let alias = gradients.aliases[point] { return alias }
    let value = lowering.points[point]
    if let placement = value.placement {
      var slice = gradientSlice(of: placement.parent)
      slice.channel += placement.channel
      return slice
    }
    let buffer = gradients.buffers[point] ?? makeBuffer(value.shape)
    gradients.buffers[point] = buffer
    return Slice(buffer: buffer, channel: 0, stride: value.shape.channels)
  }

  /// Where a reader of a point leaves its share of the gradient: the first overwrites, later ones add. Where only some of
  /// the channels hold something, the others are cleared first.
  mutating func sink(for point: Int) -> Sink {
    let slice = gradientSlice(of: point)
    let shape = lowering.points[point].shape
    let wanted = slice.channel..<(slice.channel + shape.channels)
    let written = (gradients.written[slice.buffer] ?? []).filter { $0.overlaps(wanted) }
    gradients.written[slice.buffer, default: []].append(wanted)
    if written.isEmpty { return Sink(slice: slice, accumulate: false) }
    var next = wanted.lowerBound
    for range in written.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      clear(slice, next..<max(next, range.lowerBound), shape)
      next = max(next, range.upperBound)
    }
    clear(slice, next..<max(next, wanted.upperBound), shape)
    return Sink(slice: slice, accumulate: true)
  }

  private mutating func clear(_ slice: Slice, _ channels: Range<Int>, _ shape: Shape) {
    guard !channels.isEmpty else { return }
    let gap = Slice(buffer: slice.buffer, channel: channels.lowerBound, stride: slice.stride)
    emit(
      .clear(Clear(slice: gap, pixels: shape.height * shape.width, channels: channels.count)), touching: [gap])
  }

  private func slices(_ sink: Sink?) -> [Slice] { sink.map { [$0.slice] } ?? [] }
}
