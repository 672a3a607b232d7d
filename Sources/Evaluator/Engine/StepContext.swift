import CKernels

/// Everything a thread needs for its piece of a step: plain numbers and addresses, shared by all threads of a run.
struct StepContext {
  let kernels: UnsafePointer<nas_kernels>
  let arena: UnsafeMutablePointer<Float>
  let trainable: UnsafeMutablePointer<Float>
  private let labels: UnsafeMutablePointer<UInt8>
  private let correct: UnsafeMutablePointer<UInt8>
  let tables: PlanTables
  let batch: Int
  let pieces: Int
  let lanes: Int
  let valueBytes: Int
  let fixed: FixedArea
  let gradients: UnsafeMutablePointer<Float>
  /// The number of images in this run, at most the batch.
  var images: Int
  /// The phase whose pieces are done.
  var phase = Phase(steps: 0..<0, closings: 0..<0, images: 1)
  /// The seconds that each step has taken, for every thread; nil while nobody wants to know.
  var seconds: UnsafeMutablePointer<Double>?

  init(kernels: UnsafePointer<nas_kernels>, plan: ExecutionPlan, memory: EngineMemory, tables: PlanTables) {
    self.kernels = kernels
    self.tables = tables
    arena = memory.arena
    trainable = memory.trainable
    labels = memory.labels
    correct = memory.correct
    batch = plan.batch
    pieces = plan.pieces
    lanes = plan.lanes
    valueBytes = plan.valueBytes
    fixed = plan.fixed
    gradients = memory.gradients
    images = plan.batch
  }

  // MARK: - Addresses

  /// Dense rows, which are floats.
  func rows(_ slice: Slice) -> UnsafeMutablePointer<Float> { arena + tables.offsets[slice.buffer] }

  /// Values in blocks, as the kernels store them, from a pixel on.
  func values(_ slice: Slice, from pixel: Int = 0) -> UnsafeMutableRawPointer {
    UnsafeMutableRawPointer(arena + tables.offsets[slice.buffer])
      + (slice.block * slice.plane + pixel * lanes) * valueBytes
  }

  func optional(_ offset: Int) -> UnsafeMutablePointer<Float>? { offset < 0 ? nil : arena + offset }

  var nothing: nas_source { nas_source(data: nil, plane: 0, scale: nil, shift: nil, relu: 0) }

  /// Operands and results of kernels that walk over pixels start at a piece's first pixel, those of the others at image 0.
  func source(_ operand: Operand, from pixel: Int = 0) -> nas_source {
    nas_source(
      data: values(operand.slice, from: pixel), plane: operand.slice.plane, scale: optional(operand.scale),
      shift: optional(operand.shift), relu: operand.relu ? 1 : 0)
  }

  private func source(_ slice: Slice, from pixel: Int) -> nas_source {
    nas_source(data: values(slice, from: pixel), plane: slice.plane, scale: nil, shift: nil, relu: 0)
  }

  func sink(_ slice: Slice, accumulate: Bool = false, from pixel: Int = 0) -> nas_sink {
    nas_sink(data: values(slice, from: pixel), plane: slice.plane, accumulate: accumulate ? 1 : 0)
  }

  func sink(_ sink: Sink?, from pixel: Int = 0) -> nas_sink {
    guard let sink else { return nas_sink(data: nil, plane: 0, accumulate: 0) }
    return self.sink(sink.slice, accumulate: sink.accumulate, from: pixel)
  }

  func gradient(_ gradient: Gradient, from pixel: Int = 0) -> nas_gradient {
    let data = values(gradient.slice, from: pixel)
    guard gradient.a >= 0 else {
      return nas_gradient(data: data, plane: gradient.slice.plane, z: nil, z_plane: 0, a: nil, b: nil, c: nil)
    }
    return nas_gradient(
      data: data, plane: gradient.slice.plane, z: values(gradient.z, from: pixel), z_plane: gradient.z.plane,
      a: arena + gradient.a, b: arena + gradient.b, c: arena + gradient.c)
  }

  private func kept(_ slice: Slice?) -> nas_kept {
    nas_kept(data: slice.map { rows($0) }, plane: slice?.plane ?? 0)
  }

  private func sums(_ sums: Sums, piece: Int) -> nas_sums {
    guard sums.offset >= 0 else { return nas_sums(first: nil, second: nil) }
    let first = arena + sums.offset + piece * 2 * sums.width
    return nas_sums(first: first, second: first + sums.width)
  }

  func sums(_ sink: Sink?, piece: Int) -> nas_sums { sums(sink?.sums ?? Sums(), piece: piece) }

  func scratch(_ worker: Int) -> UnsafeMutablePointer<Float> {
    arena + fixed.scratchOffset + worker * fixed.scratchStride
  }

  /// A piece's share of a weight gradient.
  func share(_ partial: Int, _ piece: Int) -> UnsafeMutablePointer<Float> {
    arena + fixed.partialsOffset + piece * fixed.partialStride + partial
  }

  private func share(of weights: Int, _ piece: Int) -> UnsafeMutablePointer<Float> {
    share(tables.weights[weights].partial, piece)
  }

  private func packed(_ weights: Int) -> UnsafeMutablePointer<Float>? {
    weights < 0 ? nil : arena + tables.weights[weights].packed
  }

  private func transposed(_ weights: Int) -> UnsafeMutablePointer<Float>? {
    weights < 0 ? nil : arena + tables.weights[weights].transposed
  }

  // MARK: - Pieces

  /// Takes the images of one piece through the steps of the current phase, a few at a time.
  func run(piece: Int, worker: Int) {
    let end = min((piece + 1) * batch / pieces, images)
    for step in phase.steps { clearShares(tables.steps[step], piece) }
    var first = piece * batch / pieces
    while first < end {
      let last = min(first + phase.images, end)
      for index in phase.steps {
        if let seconds {
          let start = ContinuousClock.now
          run(tables.steps + index, first, last, piece, worker)
          seconds[worker * tables.stepCount + index] += (ContinuousClock.now - start) / .seconds(1)
        } else {
          run(tables.steps + index, first, last, piece, worker)
        }
      }
      first = last
    }
  }

  /// Sets a piece's shares of a step's weight gradients to zero.
  private func clearShares(_ step: Step, _ piece: Int) {
    switch step {
    case .windowBackward(let step):
      switch step.kind {
      case .convolution(let weights): clearShare(of: weights, piece)
      case .separable(let depthwise, let pointwise):
        clearShare(of: depthwise, piece)
        if pointwise >= 0 { clearShare(of: pointwise, piece) }
      case .pooling: break
      }
    case .linearBackward(let step):
      share(step.partial, piece).update(repeating: 0, count: step.inputs * step.outputs + step.outputs)
    case .windowForward, .add, .passGradient, .moments, .gradientMoments, .globalPoolForward, .globalPoolBackward,
      .linearForward, .flatten, .unflatten, .clear, .dropFeatures, .loss:
      break
    }
  }

  private func clearShare(of weights: Int, _ piece: Int) {
    share(of: weights, piece).update(repeating: 0, count: tables.weights[weights].packedCount)
  }

  /// Does a step for the images `first` ..< `last`.
  private func run(_ step: UnsafePointer<Step>, _ first: Int, _ last: Int, _ piece: Int, _ worker: Int) {
    let table = kernels.pointee
    switch step.pointee {
    case .windowForward(let step): forward(step, first, last, piece, worker)
    case .windowBackward(let step): backward(step, first, last, piece, worker)
    case .add(let step) where step.path >= 0: copyDropped(step, first, last, worker)
    case .passGradient(let step) where step.path >= 0: passDropped(step, first, last, piece, worker)
    case .add(let step): add(step, first, last)
    case .passGradient(let step): pass(step, first, last, piece)
    case .moments(let step):
      table.moments(
        source(step.x, from: first * step.pixels), step.blocks, (last - first) * step.pixels,
        sums(step.sums, piece: piece))
    case .gradientMoments(let step): moments(step, first, last, piece)
    case .globalPoolForward(let step):
      table.global_pool_forward(source(step.x), sink(step.y), step.blocks, step.pixels, first, last)
    case .globalPoolBackward(let step):
      table.global_pool_backward(
        source(step.x), gradient(step.dy), sink(step.dx), step.dx.blocks, step.pixels, first, last,
        sums(step.dx, piece: piece))
    case .linearForward(let step):
      table.linear_forward(
        rows(step.x), trainable + step.weights, trainable + step.bias, rows(step.y), step.inputs, step.outputs,
        first, last)
    case .linearBackward(let step): backward(step, first, last, piece)
    case .flatten(let step):
      nas_flatten(
        values(step.blocked), valueBytes, step.image, tables.places + step.at, step.count, rows(step.rows), first, last)
    case .unflatten(let step, let accumulate): unflatten(step, accumulate, first, last)
    case .clear(let step): clear(step.slice, step.blocks, first * step.pixels, last * step.pixels)
    case .dropFeatures(let step): drop(step, first, last)
    case .loss(let step): loss(step, first, last)
    }
  }

  private func add(_ step: AddForward, _ first: Int, _ last: Int) {
    let pixel = first * step.pixels
    kernels.pointee.add(
      source(step.a, from: pixel), step.b.map { source($0, from: pixel) } ?? nothing, sink(step.y, from: pixel),
      step.blocks, (last - first) * step.pixels)
  }

  private func pass(_ step: PassGradient, _ first: Int, _ last: Int, _ piece: Int) {
    let pixel = first * step.pixels
    kernels.pointee.pass_gradient(
      step.x.map { source($0, from: pixel) } ?? nothing, gradient(step.dy, from: pixel), sink(step.dx, from: pixel),
      step.dx.blocks, (last - first) * step.pixels, sums(step.dx, piece: piece))
  }

  private func moments(_ step: GradientMoments, _ first: Int, _ last: Int, _ piece: Int) {
    let pixel = first * step.pixels
    kernels.pointee.gradient_moments(
      source(step.g, from: pixel), source(step.z, from: pixel), sums(step.sums, piece: piece),
      step.otherZ.map { source($0, from: pixel) } ?? nothing, sums(step.otherSums, piece: piece), step.blocks,
      (last - first) * step.pixels)
  }

  private func forward(_ step: WindowForward, _ first: Int, _ last: Int, _ piece: Int, _ worker: Int) {
    var window = step.window
    let y = sink(step.y, accumulate: step.accumulate)
    let sums = sums(step.sums, piece: piece)
    switch step.kind {
    case .convolution(let weights):
      kernels.pointee.convolution_forward(
        &window, source(step.x), packed(weights), optional(step.bias), y, first, last, sums, scratch(worker))
    case .separable(let depthwise, let pointwise):
      kernels.pointee.separable_forward(
        &window, source(step.x), packed(depthwise), packed(pointwise), optional(step.bias), y, kept(step.kept), first,
        last, sums, scratch(worker))
    case .pooling(let pool):
      kernels.pointee.pool_forward(pool, &window, source(step.x), y, first, last, sums, scratch(worker))
    }
  }

  private func backward(_ step: WindowBackward, _ first: Int, _ last: Int, _ piece: Int, _ worker: Int) {
    var window = step.window
    let (x, dy, dx) = (source(step.x), gradient(step.dy), sink(step.dx))
    let sums = sums(step.dx, piece: piece)
    switch step.kind {
    case .convolution(let weights):
      kernels.pointee.convolution_backward(
        &window, x, transposed(weights), dy, dx, share(of: weights, piece), first, last, sums, scratch(worker))
    case .separable(let depthwise, let pointwise):
      kernels.pointee.separable_backward(
        &window, x, packed(depthwise), packed(pointwise), transposed(pointwise), kept(step.kept), dy, dx,
        share(of: depthwise, piece), pointwise < 0 ? nil : share(of: pointwise, piece), first, last, sums,
        scratch(worker))
    case .pooling(let pool):
      kernels.pointee.pool_backward(pool, &window, x, dy, dx, first, last, sums, scratch(worker))
    }
  }

  private func backward(_ step: LinearStep, _ first: Int, _ last: Int, _ piece: Int) {
    let dw = share(step.partial, piece)
    kernels.pointee.linear_backward(
      rows(step.x), trainable + step.weights, rows(step.y), step.dx.map { rows($0) }, dw,
      dw + step.inputs * step.outputs,
      step.inputs, step.outputs, first, last)
  }

  private func unflatten(_ step: Flatten, _ accumulate: Bool, _ first: Int, _ last: Int) {
    let pixels = step.image / lanes
    clear(step.blocked, step.cleared, first * pixels, last * pixels)
    nas_unflatten(
      rows(step.rows), tables.places + step.at, step.count, values(step.blocked), valueBytes, step.image,
      accumulate ? 1 : 0, first, last)
  }

  private func clear(_ slice: Slice, _ blocks: Int, _ first: Int, _ last: Int) {
    for block in 0..<blocks {
      var part = slice
      part.block += block
      values(part, from: first).initializeMemory(
        as: UInt8.self, repeating: 0, count: (last - first) * lanes * valueBytes)
    }
  }

  private func loss(_ step: LossStep, _ first: Int, _ last: Int) {
    let gradient = step.gradient.map { rows($0) }
    let scale = Float(step.weight) / Float(images)
    kernels.pointee.softmax_cross_entropy(
      rows(step.logits), labels, arena + step.losses, gradient, correct, scale, step.classes, first, last)
    guard step.smoothing > 0 else { return }
    nas_smooth_labels(
      rows(step.logits), labels, arena + step.losses, gradient, Float(step.smoothing), scale, step.classes, first,
      last)
  }
}
