import CKernels

/// A sum of the pieces' shares of a weight gradient, cut into `tasks` ranges.
struct Reduction {
  var target: UnsafeMutablePointer<Float>
  /// Where in a share the tensor begins.
  var offset: Int
  var count: Int
  var tasks = 1
}

/// Everything a thread needs for its piece of a step: plain numbers and addresses, shared by all threads of a run.
struct StepContext {
  private let kernels: UnsafePointer<nas_kernels>
  private let arena: UnsafeMutablePointer<Float>
  private let trainable: UnsafeMutablePointer<Float>
  private let labels: UnsafeMutablePointer<UInt8>
  private let correct: UnsafeMutablePointer<UInt8>
  private let offsets: UnsafePointer<Int>
  private let batch: Int
  private let pieces: Int
  private let fixed: FixedArea
  /// The number of images in this run, at most the batch.
  var images: Int
  var step: UnsafePointer<Step>?
  var reduction: Reduction

  init(
    kernels: UnsafePointer<nas_kernels>, plan: ExecutionPlan, memory: EngineMemory, offsets: UnsafePointer<Int>
  ) {
    self.kernels = kernels
    self.offsets = offsets
    arena = memory.arena
    trainable = memory.trainable
    labels = memory.labels
    correct = memory.correct
    batch = plan.batch
    pieces = plan.pieces
    fixed = plan.fixed
    images = plan.batch
    reduction = Reduction(target: memory.gradients, offset: 0, count: 0)
  }

  // MARK: - Addresses

  func pointer(_ slice: Slice) -> UnsafeMutablePointer<Float> { arena + offsets[slice.buffer] + slice.channel }

  private func source(_ operand: Operand, from pixel: Int = 0) -> nas_source {
    nas_source(
      data: pointer(operand.slice) + pixel * operand.slice.stride, stride: operand.slice.stride,
      scale: operand.scale < 0 ? nil : arena + operand.scale, shift: operand.scale < 0 ? nil : arena + operand.shift,
      relu: operand.relu ? 1 : 0)
  }

  private func source(_ slice: Slice, from pixel: Int) -> nas_source {
    nas_source(data: pointer(slice) + pixel * slice.stride, stride: slice.stride, scale: nil, shift: nil, relu: 0)
  }

  private func sink(_ slice: Slice, accumulate: Bool = false, from pixel: Int = 0) -> nas_sink {
    nas_sink(data: pointer(slice) + pixel * slice.stride, stride: slice.stride, accumulate: accumulate ? 1 : 0)
  }

  private func sink(_ sink: Sink?, from pixel: Int = 0) -> nas_sink {
    guard let sink else { return nas_sink(data: nil, stride: 0, accumulate: 0) }
    return self.sink(sink.slice, accumulate: sink.accumulate, from: pixel)
  }

  private func gradient(_ gradient: Gradient, from pixel: Int = 0) -> nas_gradient {
    let data = pointer(gradient.slice) + pixel * gradient.slice.stride
    guard gradient.a >= 0 else {
      return nas_gradient(data: data, stride: gradient.slice.stride, z: nil, z_stride: 0, a: nil, b: nil, c: nil)
    }
    return nas_gradient(
      data: data, stride: gradient.slice.stride, z: pointer(gradient.z) + pixel * gradient.z.stride,
      z_stride: gradient.z.stride, a: arena + gradient.a, b: arena + gradient.b, c: arena + gradient.c)
  }

  private func sums(_ sums: Sums, piece: Int) -> (UnsafeMutablePointer<Float>?, UnsafeMutablePointer<Float>?) {
    guard sums.offset >= 0 else { return (nil, nil) }
    let first = arena + sums.offset + piece * 2 * sums.channels
    return (first, first + sums.channels)
  }

  private func scratch(_ worker: Int) -> UnsafeMutablePointer<Float> {
    arena + fixed.scratchOffset + worker * fixed.scratchStride
  }

  private func partial(_ piece: Int) -> UnsafeMutablePointer<Float> {
    arena + fixed.partialsOffset + piece * fixed.partialStride
  }

  // MARK: - Pieces

  /// Does one piece of the current step.
  func run(piece: Int, worker: Int) {
    let first = min(piece * batch / pieces, images)
    let last = min((piece + 1) * batch / pieces, images)
    guard let step, first < last else { return }
    let table = kernels.pointee
    switch step.pointee {
    case .windowForward(let step): forward(step, first, last, piece, worker)
    case .windowBackward(let step): backward(step, first, last, piece, worker)
    case .add(let step): add(step, first, last)
    case .passGradient(let step): passGradient(step, first, last)
    case .moments(let step):
      let (sum, squares) = sums(step.sums, piece: piece)
      table.moments(
        source(step.x, from: first * step.pixels), (last - first) * step.pixels, step.channels, sum, squares)
    case .gradientMoments(let step):
      let (sum, sumWithZ) = sums(step.sums, piece: piece)
      let pixel = first * step.pixels
      table.gradient_moments(
        pointer(step.g) + pixel * step.g.stride, step.g.stride, pointer(step.z) + pixel * step.z.stride, step.z.stride,
        (last - first) * step.pixels, step.channels, sum, sumWithZ)
    case .globalPoolForward(let step):
      table.global_pool_forward(source(step.x), step.pixels, step.channels, pointer(step.y), first, last)
    case .globalPoolBackward(let step):
      table.global_pool_backward(
        source(step.x), pointer(step.y), step.pixels, step.channels, sink(step.dx), first, last)
    case .linearForward(let step):
      table.linear_forward(
        pointer(step.x), trainable + step.weights, trainable + step.bias, pointer(step.y), step.inputs, step.outputs,
        first, last)
    case .linearBackward(let step): backward(step, first, last, piece)
    case .clear(let step): clear(step, first, last)
    case .loss(let step): loss(step, first, last)
    case .normalize, .normalizeBackward: break  // one thread does these
    }
  }

  private func add(_ step: AddForward, _ first: Int, _ last: Int) {
    let none = nas_source(data: nil, stride: 0, scale: nil, shift: nil, relu: 0)
    let pixel = first * step.pixels
    kernels.pointee.add(
      source(step.a, from: pixel), step.b.map { source($0, from: pixel) } ?? none, sink(step.y, from: pixel),
      (last - first) * step.pixels, step.channels)
  }

  private func passGradient(_ step: PassGradient, _ first: Int, _ last: Int) {
    let none = nas_source(data: nil, stride: 0, scale: nil, shift: nil, relu: 0)
    let pixel = first * step.pixels
    kernels.pointee.pass_gradient(
      step.x.map { source($0, from: pixel) } ?? none, gradient(step.dy, from: pixel), sink(step.dx, from: pixel),
      (last - first) * step.pixels, step.channels)
  }

  private func forward(_ step: WindowForward, _ first: Int, _ last: Int, _ piece: Int, _ worker: Int) {
    var window = step.window
    let (sum, squares) = sums(step.sums, piece: piece)
    let table = kernels.pointee
    switch step.kind {
    case .convolution:
      table.convolution_forward(
        &window, source(step.x), trainable + step.weights, sink(step.y), first, last, sum, squares, scratch(worker))
    case .depthwise:
      table.depthwise_forward(
        &window, source(step.x), trainable + step.weights, sink(step.y), first, last, sum, squares, scratch(worker))
    case .pooling(let pool):
      table.pool_forward(pool, &window, source(step.x), sink(step.y), first, last, sum, squares, scratch(worker))
    }
  }

  private func backward(_ step: WindowBackward, _ first: Int, _ last: Int, _ piece: Int, _ worker: Int) {
    var window = step.window
    let dw = partial(piece)
    if step.weights >= 0 { dw.update(repeating: 0, count: step.weightCount) }
    let table = kernels.pointee
    switch step.kind {
    case .convolution:
      table.convolution_backward(
        &window, source(step.x), trainable + step.weights, gradient(step.dy), sink(step.dx), dw, first, last,
        scratch(worker))
    case .depthwise:
      table.depthwise_backward(
        &window, source(step.x), trainable + step.weights, gradient(step.dy), sink(step.dx), dw, first, last,
        scratch(worker))
    case .pooling(let pool):
      table.pool_backward(
        pool, &window, source(step.x), gradient(step.dy), sink(step.dx), first, last, scratch(worker))
    }
  }

  private func backward(_ step: LinearStep, _ first: Int, _ last: Int, _ piece: Int) {
    let weightCount = step.inputs * step.outputs
    let dw = partial(piece)
    dw.update(repeating: 0, count: weightCount + step.outputs)
    kernels.pointee.linear_backward(
      pointer(step.x), trainable + step.weights, pointer(step.y), step.dx.map { pointer($0) }, dw, dw + weightCount,
      step.inputs, step.outputs, first, last)
  }

  private func clear(_ step: Clear, _ first: Int, _ last: Int) {
    var target = pointer(step.slice) + first * step.pixels * step.slice.stride
    for _ in 0..<(last - first) * step.pixels {
      target.update(repeating: 0, count: step.channels)
      target += step.slice.stride
    }
  }

  private func loss(_ step: LossStep, _ first: Int, _ last: Int) {
    kernels.pointee.softmax_cross_entropy(
      pointer(step.logits), labels, arena + fixed.lossesOffset, step.gradient.map { pointer($0) }, correct,
      1 / Float(images), step.classes, first, last)
  }

  /// Adds up one range of the pieces' shares, piece by piece.
  func reduce(task: Int) {
    let first = task * reduction.count / reduction.tasks
    let count = (task + 1) * reduction.count / reduction.tasks - first
    let target = reduction.target + first
    target.update(from: partial(0) + reduction.offset + first, count: count)
    for piece in 1..<max(pieces, 1) {
      kernels.pointee.accumulate(target, partial(piece) + reduction.offset + first, count)
    }
  }
}
