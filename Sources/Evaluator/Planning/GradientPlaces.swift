/// What is known about the gradients of points while the backward steps are written.
struct GradientState {
  /// The step that was the last to write a gradient buffer.
  struct Writer {
    let step: Int
    let slice: Slice
    /// The factors of the normalisation through which the step reads the value whose gradient it writes.
    let scale: Int
  }

  /// The gradient buffer of a point that has one of its own.
  var buffers: [Int?]
  /// A point whose gradient is another one's, unchanged.
  var aliases: [Slice?]
  /// A stored point whose gradient is never written down but follows from that of its only reader, a normalisation.
  var normalizedBy: [Int?]
  /// The blocks of each buffer that hold a gradient already.
  var written: [Int: [Range<Int>]] = [:]
  /// By buffer.
  var lastWriter: [Int: Writer] = [:]
  /// The normalisations whose sums some step takes already.
  var hasMoments: Set<Int> = []

  init(points: Int) {
    buffers = Array(repeating: nil, count: points)
    aliases = Array(repeating: nil, count: points)
    normalizedBy = Array(repeating: nil, count: points)
  }
}

extension Planner {
  /// The gradient of a point, complete once all its readers' steps are written.
  mutating func gradient(of point: Int) -> Gradient {
    let slice = gradientSlice(of: point)
    var root = point
    var block = 0
    while gradients.normalizedBy[root] == nil, let placement = lowering.points[root].placement {
      root = placement.parent
      block += placement.block
    }
    guard let index = gradients.normalizedBy[root] else { return Gradient(slice: slice, z: slice) }
    let norm = normalizations[index]
    let lane = block * lowering.lanes
    return Gradient(slice: slice, z: storage(of: point), a: norm.a + lane, b: norm.b + lane, c: norm.c + lane)
  }

  /// Where the gradient of a point in blocks lies.
  mutating func gradientSlice(of point: Int) -> Slice {
    if let alias = gradients.aliases[point] { return alias }
    if let placement = lowering.points[point].placement {
      var slice = gradientSlice(of: placement.parent)
      slice.block += placement.block
      return slice
    }
    return slice(gradientBuffer(of: point), of: point)
  }

  /// Where the gradient of dense rows lies. Rows have a single reader, so it is written once.
  mutating func gradientRows(of point: Int) -> Slice { slice(gradientBuffer(of: point), of: point) }

  private mutating func gradientBuffer(of point: Int) -> Int {
    let buffer = gradients.buffers[point] ?? makeBuffer(of: point)
    gradients.buffers[point] = buffer
    return buffer
  }

  /// A buffer for dense rows of as many scalars as a point in blocks has.
  mutating func makeRows(like point: Int) -> Slice {
    Slice(buffer: makeBuffer(floats: batch * lowering.points[point].shape.count), plane: 0)
  }

  /// Where a reader of a point leaves its share of the gradient: the first overwrites, later ones add. Where only some of
  /// the blocks hold something, the others are cleared first.
  mutating func sink(for point: Int) -> Sink {
    let slice = gradientSlice(of: point)
    let blocks = lowering.points[point].layout.blocks
    let wanted = slice.block..<(slice.block + blocks)
    let written = (gradients.written[slice.buffer] ?? []).filter { $0.overlaps(wanted) }
    gradients.written[slice.buffer, default: []].append(wanted)
    gradients.lastWriter[slice.buffer] = nil
    if written.isEmpty { return Sink(slice: slice, blocks: blocks, accumulate: false) }
    var next = wanted.lowerBound
    for range in written.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      clear(slice, next..<max(next, range.lowerBound), of: point)
      next = max(next, range.upperBound)
    }
    clear(slice, next..<max(next, wanted.upperBound), of: point)
    return Sink(slice: slice, blocks: blocks, accumulate: true)
  }

  /// Whether no step has written to a point's gradient yet.
  mutating func isUnwritten(_ point: Int) -> Bool {
    let slice = gradientSlice(of: point)
    let blocks = slice.block..<(slice.block + lowering.points[point].layout.blocks)
    return !(gradients.written[slice.buffer] ?? []).contains { $0.overlaps(blocks) }
  }

  /// Notes the step just emitted as the last writer of its gradient, which it reads `x` for.
  mutating func noteWriter(of dx: Sink, _ x: Operand) {
    gradients.lastWriter[dx.slice.buffer] = GradientState.Writer(step: steps.count - 1, slice: dx.slice, scale: x.scale)
  }

  private mutating func clear(_ slice: Slice, _ blocks: Range<Int>, of point: Int) {
    guard !blocks.isEmpty else { return }
    let gap = Slice(buffer: slice.buffer, block: blocks.lowerBound, plane: slice.plane)
    emit(.clear(Clear(slice: gap, blocks: blocks.count, pixels: pixels(of: point))))
  }
}
