import CKernels

/// Blocks of a buffer that a step touches.
struct Access: Hashable, Sendable {
  let buffer: Int
  let blocks: Range<Int>
  /// Bytes of one image.
  let bytes: Int
  /// Whether it goes past the caches: no other step finds it there.
  var isStreamed = false

  func overlaps(_ other: Access) -> Bool { buffer == other.buffer && blocks.overlaps(other.blocks) }
}

/// Everything a step depends on and has an effect on.
struct StepAccess {
  var reads: [Access] = []
  var writes: [Access] = []
  /// Places in the arena of the normalisations' coefficients that it reads and of the sums that it adds to; -1 for none.
  var coefficients: [Int] = []
  var sums: [Int] = []
}

extension Planner {
  func access(of step: Step) -> StepAccess {
    var result = StepAccess()
    switch step {
    case .windowForward(let step): add(step, to: &result)
    case .windowBackward(let step): add(step, to: &result)
    case .add(let step):
      read(step.a, step.blocks, step.pixels, &result)
      if let b = step.b { read(b, step.blocks, step.pixels, &result) }
      result.writes.append(blocks(step.y, step.blocks, step.pixels))
    case .passGradient(let step):
      if let x = step.x { read(x, step.dx.blocks, step.pixels, &result) }
      read(step.dy, step.dx.blocks, step.pixels, &result)
      write(step.dx, step.pixels, &result)
    case .moments(let step):
      result.reads.append(blocks(step.x, step.blocks, step.pixels))
      result.sums.append(step.sums.offset)
    case .gradientMoments(let step):
      result.reads += ([step.g, step.z] + (step.otherZ.map { [$0] } ?? [])).map { blocks($0, step.blocks, step.pixels) }
      result.sums += [step.sums.offset, step.otherSums.offset]
    case .globalPoolForward(let step):
      read(step.x, step.blocks, step.pixels, &result)
      result.writes.append(blocks(step.y, step.blocks, 1))
    case .globalPoolBackward(let step): add(step, to: &result)
    case .linearForward(let step):
      result.reads.append(rows(step.x, step.inputs))
      result.writes.append(rows(step.y, step.outputs))
    case .linearBackward(let step):
      result.reads += [rows(step.x, step.inputs), rows(step.y, step.outputs)]
      if let dx = step.dx { result.writes.append(rows(dx, step.inputs)) }
    case .flatten(let step): addFlatten(step, to: &result)
    case .unflatten(let step, let accumulate): addUnflatten(step, accumulate: accumulate, to: &result)
    case .clear(let step): result.writes.append(blocks(step.slice, step.blocks, step.pixels))
    case .dropFeatures(let step): add(step, to: &result)
    case .loss(let step): add(step, to: &result)
    }
    return result
  }

  private func addFlatten(_ step: Flatten, to result: inout StepAccess) {
    result.reads.append(blocks(step.blocked, step.blocks, step.image / lowering.lanes))
    result.writes.append(rows(step.rows, step.count))
  }

  private func addUnflatten(_ step: Flatten, accumulate: Bool, to result: inout StepAccess) {
    let blocked = blocks(step.blocked, step.blocks, step.image / lowering.lanes)
    result.reads += [rows(step.rows, step.count)] + (accumulate ? [blocked] : [])
    result.writes.append(blocked)
  }

  private func add(_ step: DropFeatures, to result: inout StepAccess) {
    result.reads.append(rows(step.rows, step.count))
    result.writes.append(rows(step.rows, step.count))
  }

  private func add(_ step: LossStep, to result: inout StepAccess) {
    result.reads.append(rows(step.logits, step.classes))
    if let gradient = step.gradient { result.writes.append(rows(gradient, step.classes)) }
  }

  private func add(_ step: WindowForward, to result: inout StepAccess) {
    let window = step.window
    read(step.x, window.in_blocks, window.height * window.width, &result)
    let y = blocks(step.y, window.out_blocks, window.out_height * window.out_width)
    result.writes.append(y)
    if step.accumulate { result.reads.append(y) }
    if let kept = step.kept { result.writes.append(streamed(kept, window)) }
    result.sums.append(step.sums.offset)
  }

  private func add(_ step: WindowBackward, to result: inout StepAccess) {
    let window = step.window
    let pixels = window.height * window.width
    read(step.dy, window.out_blocks, window.out_height * window.out_width, &result)
    var readsOperand = true
    // An average's gradient needs the operand only for its relu and for its normalisation's sums.
    if case .pooling(NAS_POOL_AVERAGE) = step.kind { readsOperand = step.x.relu || (step.dx?.sums.offset ?? -1) >= 0 }
    if readsOperand { read(step.x, window.in_blocks, pixels, &result) }
    if let kept = step.kept { result.reads.append(streamed(kept, window)) }
    if let dx = step.dx { write(dx, pixels, &result) }
  }

  private func add(_ step: GlobalPoolBackward, to result: inout StepAccess) {
    read(step.dy, step.dx.blocks, 1, &result)
    // The operand is looked at only for its relu and its normalisation's sums.
    if step.x.relu || step.dx.sums.offset >= 0 { read(step.x, step.dx.blocks, step.pixels, &result) }
    write(step.dx, step.pixels, &result)
  }

  private func blocks(_ slice: Slice, _ count: Int, _ pixels: Int) -> Access {
    Access(
      buffer: slice.buffer, blocks: slice.block..<(slice.block + count),
      bytes: count * pixels * lowering.lanes * valueBytes)
  }

  /// The kept depthwise result of a separable convolution.
  private func streamed(_ kept: Slice, _ window: nas_window) -> Access {
    let floats = window.in_blocks * window.out_height * window.out_width * lowering.lanes
    return Access(
      buffer: kept.buffer, blocks: 0..<window.in_blocks, bytes: floats * MemoryLayout<Float>.stride, isStreamed: true)
  }

  private func rows(_ slice: Slice, _ count: Int) -> Access {
    Access(buffer: slice.buffer, blocks: 0..<1, bytes: count * MemoryLayout<Float>.stride)
  }

  private func read(_ x: Operand, _ count: Int, _ pixels: Int, _ result: inout StepAccess) {
    result.reads.append(blocks(x.slice, count, pixels))
    result.coefficients.append(x.scale)
  }

  private func read(_ dy: Gradient, _ count: Int, _ pixels: Int, _ result: inout StepAccess) {
    result.reads.append(blocks(dy.slice, count, pixels))
    guard dy.a >= 0 else { return }
    result.reads.append(blocks(dy.z, count, pixels))
    result.coefficients.append(dy.a)
  }

  private func write(_ dx: Sink, _ pixels: Int, _ result: inout StepAccess) {
    let place = blocks(dx.slice, dx.blocks, pixels)
    result.writes.append(place)
    if dx.accumulate { result.reads.append(place) }
    result.sums.append(dx.sums.offset)
  }
}
