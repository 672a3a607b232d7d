import CKernels
import Testing

/// The operands of one case in the blocks of one table, and the results that its kernels write.
final class WindowMemory {
  private let operands: WindowOperands
  private var window: nas_window
  let x, gradient, z, y, dx: BlockedValue
  private let kept, written: BlockedValue
  private let scale, shift, a, b, c, bias, sum, squares, dxSum, dxProducts: BlockedValue
  private let packing, pointwisePacking: WeightPacking
  private let weights, transposed, dw, pointwise, pointwiseTransposed, dpointwise: FloatBuffer

  /// Results hold the same values for every table before a run, so that what must not be touched shows.
  init(_ operands: WindowOperands, lanes: Int, valueBytes: Int = 4) {
    let layout = operands.layout
    let (input, result) = (layout.inputLayout(lanes: lanes), layout.resultLayout(lanes: lanes))
    self.operands = operands
    window = layout.window(lanes: lanes)
    let stored = { BlockedValue($0, $1, valueBytes: valueBytes) }
    (x, dx) = (stored(operands.x, input), stored(operands.dx, input))
    (y, gradient, z) = (stored(operands.y, result), stored(operands.gradient, result), stored(operands.z, result))
    (kept, written) = (BlockedValue(operands.kept, input), BlockedValue(operands.kept.map { _ in 0 }, input))
    (scale, shift) = (.perChannel(operands.scale, input), .perChannel(operands.shift, input))
    (a, b) = (.perChannel(operands.a, result), .perChannel(operands.b, result))
    (c, bias) = (.perChannel(operands.c, result), .perChannel(operands.bias, result))
    let start = { (value: Float, layout: ChannelLayout) in
      BlockedValue.perChannel(layout.at.map { _ in value }, layout)
    }
    (sum, squares, dxSum, dxProducts) = (start(1, result), start(2, result), start(1, input), start(2, input))
    pointwisePacking = WeightPacking(
      inputs: input, outputs: layout.outputs ?? layout.channels, offset: layout.offset, results: result)
    (pointwise, pointwiseTransposed) = pointwisePacking.packed(operands.pointwise)
    var packing = pointwisePacking
    (packing.taps, packing.groups) = (layout.taps, layout.groups)
    self.packing = packing
    switch operands.family {
    case .convolution: (weights, transposed) = packing.packed(operands.weights)
    case .separable, .depthwise, .pool:
      (weights, transposed) = (packing.packedDepthwise(operands.weights), FloatBuffer(0))
    }
    (dw, dpointwise) = (FloatBuffer(weights.count, repeating: 0.5), FloatBuffer(pointwise.count, repeating: 0.5))
  }

  private var presentation: Presentation { operands.presentation }

  var source: nas_source {
    let scaled = presentation.scaled
    return nas_source(
      data: x.pointer, plane: x.plane, scale: scaled ? scale.pointer : nil, shift: scaled ? shift.pointer : nil,
      relu: presentation.relu ? 1 : 0)
  }
  var outputGradient: nas_gradient {
    let norm = presentation.behindNorm
    return nas_gradient(
      data: gradient.pointer, plane: gradient.plane, z: norm ? z.pointer : nil, z_plane: norm ? z.plane : 0,
      a: norm ? a.pointer : nil, b: norm ? b.pointer : nil, c: norm ? c.pointer : nil)
  }
  var ySink: nas_sink { nas_sink(data: y.pointer, plane: y.plane, accumulate: presentation.accumulate ? 1 : 0) }
  var dxSink: nas_sink {
    nas_sink(
      data: presentation.wantsInputGradient ? dx.pointer : nil, plane: dx.plane,
      accumulate: presentation.accumulate ? 1 : 0)
  }
  private func kept(in value: BlockedValue) -> nas_kept {
    nas_kept(data: presentation.keeps ? value.pointer : nil, plane: value.plane)
  }
  var sums: nas_sums {
    nas_sums(
      first: presentation.wantsFirstSum ? sum.pointer : nil, second: presentation.wantsSecondSum ? squares.pointer : nil
    )
  }
  var dxSums: nas_sums {
    nas_sums(
      first: presentation.wantsFirstSum ? dxSum.pointer : nil,
      second: presentation.wantsSecondSum ? dxProducts.pointer : nil)
  }

  func scratchSize(_ table: nas_kernels) throws -> Int {
    switch operands.family {
    case .convolution: try present(table.convolution_scratch)(&window)
    case .separable, .depthwise: try present(table.separable_scratch)(&window)
    case .pool: try present(table.pool_scratch)(&window)
    }
  }

  func forward(_ table: nas_kernels, _ range: Range<Int>, _ scratch: FloatBuffer) throws {
    let (n0, n1, free) = (range.lowerBound, range.upperBound, scratch.pointer)
    let added = presentation.bias ? UnsafePointer(bias.pointer) : nil
    switch operands.family {
    case .convolution:
      try present(table.convolution_forward)(&window, source, weights.pointer, added, ySink, n0, n1, sums, free)
    case .separable:
      try present(table.separable_forward)(
        &window, source, weights.pointer, pointwise.pointer, added, ySink, kept(in: written), n0, n1, sums, free)
    case .depthwise:
      try present(table.separable_forward)(
        &window, source, weights.pointer, nil, added, ySink, nas_kept(), n0, n1, sums, free)
    case .pool(let kind):
      try present(table.pool_forward)(kind, &window, source, ySink, n0, n1, sums, free)
    }
  }

  func backward(_ table: nas_kernels, _ range: Range<Int>, _ scratch: FloatBuffer) throws {
    let (n0, n1, free) = (range.lowerBound, range.upperBound, scratch.pointer)
    let wanted = presentation.wantsWeightGradient
    let added = wanted ? dw.pointer : nil
    // The sums of a gradient that is not wanted are not wanted either.
    let sums = presentation.wantsInputGradient ? dxSums : nas_sums(first: nil, second: nil)
    switch operands.family {
    case .convolution:
      try present(table.convolution_backward)(
        &window, source, transposed.pointer, outputGradient, dxSink, added, n0, n1, sums, free)
    case .separable:
      try present(table.separable_backward)(
        &window, source, weights.pointer, pointwise.pointer, pointwiseTransposed.pointer, kept(in: kept),
        outputGradient, dxSink, added, wanted ? dpointwise.pointer : nil, n0, n1, sums, free)
    case .depthwise:
      try present(table.separable_backward)(
        &window, source, weights.pointer, nil, nil, nas_kept(), outputGradient, dxSink, added, nil, n0, n1, sums, free)
    case .pool(let kind):
      guard presentation.wantsInputGradient else { return }  // a pool has no other gradient
      try present(table.pool_backward)(kind, &window, source, outputGradient, dxSink, n0, n1, sums, free)
    }
  }

  func results() -> WindowResults {
    let isDense = if case .convolution = operands.family { true } else { false }
    return WindowResults(
      y: y.values, kept: written.values, dx: dx.values,
      dw: isDense ? packing.unpacked(dw) : packing.unpackedDepthwise(dw),
      dpointwise: pointwisePacking.unpacked(dpointwise), sum: sum.values, squares: squares.values,
      dxSum: dxSum.values, dxProducts: dxProducts.values, faults: faults)
  }

  private var faults: [String] {
    let values = [
      ("y", y), ("what is kept", written), ("dx", dx), ("sum", sum), ("sum of squares", squares), ("sum of dx", dxSum),
      ("sum of dx * x", dxProducts),
    ]
    var found = values.compactMap { name, value in value.fault.map { "\(name) is \($0)" } }
    if !dw.guardIsIntact || !dpointwise.guardIsIntact { found.append("dw is written behind its end") }
    let yCount = operands.skippedImages * operands.layout.outputPixels * operands.layout.resultChannels
    let dxCount = operands.skippedImages * operands.layout.inputPixels * operands.layout.channels
    let keptCount = operands.skippedImages * operands.layout.outputPixels * operands.layout.channels
    if written.values.prefix(keptCount).contains(where: { $0 != 0 }) { found.append("is kept outside the range") }
    if y.values.prefix(yCount) != operands.y.prefix(yCount) { found.append("y is written outside the range") }
    if dx.values.prefix(dxCount) != operands.dx.prefix(dxCount) { found.append("dx is written outside the range") }
    return found
  }
}
