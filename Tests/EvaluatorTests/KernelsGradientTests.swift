import CKernels
import SearchSpace
import Testing

/// One window operation in double, written apart from the kernels.
private struct DoubleModel {
  let family: WindowFamily
  let layout: WindowCase
  var x: [Double]  // after scale and shift, before relu
  var weights: [Double]
  var pointwise: [Double]
  let bias: [Double]
  let gradient: [Double]

  init(_ operands: WindowOperands) {
    let double = { (values: [Float]) in values.map(Double.init) }
    let channelwise = { (values: [Float], factor: [Float]) in
      values.indices.map { Double(values[$0]) * Double(factor[$0 % factor.count]) }
    }
    let (shift, c) = (operands.shift, operands.c)
    family = operands.family
    layout = operands.layout
    x = channelwise(operands.x, operands.scale).enumerated().map { $1 + Double(shift[$0 % shift.count]) }
    gradient = zip(channelwise(operands.gradient, operands.a), channelwise(operands.z, operands.b)).enumerated()
      .map { $1.0 + $1.1 + Double(c[$0 % c.count]) }
    (weights, pointwise, bias) = (double(operands.weights), double(operands.pointwise), double(operands.bias))
  }

  /// The sum of every output times its gradient.
  func loss() -> Double {
    var total = 0.0
    for pixel in 0..<layout.images * layout.outputPixels {
      for (channel, value) in result(at: pixel).enumerated() {
        total += gradient[pixel * layout.resultChannels + channel] * value
      }
    }
    return total
  }

  private func result(at pixel: Int) -> [Double] {
    let taps = read(by: pixel)
    let outputs = layout.outputs ?? layout.channels
    let before = [Double](repeating: 0, count: layout.offset)
    switch family {
    case .convolution:
      let (inputs, width) = (layout.channels / layout.groups, outputs / layout.groups)
      return before
        + (0..<outputs).map { o in
          taps.reduce(bias[layout.offset + o]) { sum, tap in
            (0..<inputs).reduce(sum) {
              $0 + tap.values[o / width * inputs + $1] * weights[(tap.index * inputs + $1) * outputs + o]
            }
          }
        }
    case .separable:
      let middle = depthwise(taps)
      return before
        + (0..<outputs).map { o in
          middle.indices.reduce(bias[layout.offset + o]) { $0 + middle[$1] * pointwise[$1 * outputs + o] }
        }
    case .depthwise: return zip(depthwise(taps), bias).map { $0 + $1 }
    case .pool(let kind):
      return (0..<layout.channels).map { c in
        let values = taps.map { $0.values[c] }
        if kind == NAS_POOL_AVERAGE { return values.reduce(0, +) / Double(max(values.count, 1)) }
        return (kind == NAS_POOL_MAX ? values.max() : values.min()) ?? 0
      }
    }
  }

  private func depthwise(_ taps: [(index: Int, values: [Double])]) -> [Double] {
    (0..<layout.channels).map { c in
      taps.reduce(0) { $0 + $1.values[c] * weights[$1.index * layout.channels + c] }
    }
  }

  /// The pixels inside the image that an output reads, after the relu.
  private func read(by pixel: Int) -> [(index: Int, values: [Double])] {
    let (image, inside) = pixel.quotientAndRemainder(dividingBy: layout.outputPixels)
    let (oy, ox) = inside.quotientAndRemainder(dividingBy: layout.outSize.1)
    return (0..<layout.taps).compactMap { index in
      let (ky, kx) = index.quotientAndRemainder(dividingBy: layout.kernel.1)
      let iy = oy * layout.stride.0 - layout.pad.0 + ky * layout.dilation.0
      let ix = ox * layout.stride.1 - layout.pad.1 + kx * layout.dilation.1
      guard (0..<layout.size.0).contains(iy) && (0..<layout.size.1).contains(ix) else { return nil }
      let first = ((image * layout.size.0 + iy) * layout.size.1 + ix) * layout.channels
      return (index, x[first..<first + layout.channels].map { max($0, 0) })
    }
  }
}

/// The gradients of the reference table against central differences of an independent computation in double, along one
/// random direction: d/dt L(p + t u) must be u · dL/dp, with L = sum of (output · given gradient).
struct KernelsGradientTests {
  private static func operands(_ family: WindowFamily, _ layout: WindowCase) -> WindowOperands {
    WindowOperands(family, layout, Presentation(scaled: true, relu: true, bias: true, behindNorm: true))
  }

  /// The loss, and its slope along random directions of the operand and of the weights: found by the table, and by the
  /// model in double.
  private func slopes(_ family: WindowFamily, _ layout: WindowCase, _ table: nas_kernels) throws -> [(Double, Double)] {
    let operands = Self.operands(family, layout)
    let results = try operands.run(table, ranges: [0..<layout.images])
    let model = DoubleModel(operands)
    var stream = RandomStream(seed: 11)
    func slope(
      of path: WritableKeyPath<DoubleModel, [Double]>, _ gradient: [Float], start: Double
    ) -> (Double, Double) {
      let step = model[keyPath: path].map { _ in stream.uniform() - 0.5 }
      let t = 1e-7
      func loss(_ distance: Double) -> Double {
        var moved = model
        moved[keyPath: path] = zip(model[keyPath: path], step).map { $0 + distance * $1 }
        return moved.loss()
      }
      let found = zip(gradient, step).reduce(0) { $0 + (Double($1.0) - start) * $1.1 }
      return (found, (loss(t) - loss(-t)) / (2 * t))
    }
    let value = zip(results.y, model.gradient).reduce(0) { $0 + Double($1.0) * $1.1 }
    // The gradients of weights are added to 0.5.
    return [
      (value, model.loss()), slope(of: \.x, results.dx, start: 0), slope(of: \.weights, results.dw, start: 0.5),
      slope(of: \.pointwise, results.dpointwise, start: 0.5),
    ]
  }

  static let cases: [(WindowFamily, WindowCase)] = [
    (.convolution, WindowCase((5, 6), channels: 3, outputs: 4, kernel: (3, 3))),
    (.convolution, WindowCase((6, 6), channels: 4, outputs: 6, groups: 2, kernel: (3, 1), stride: 2)),
    (.convolution, WindowCase((5, 5), channels: 10, parts: 2, outputs: 6, offset: 3, kernel: (2, 3))),
    (
      .convolution,
      WindowCase((6, 6), channels: 4, outputs: 3, kernel: (1, 1), stride: 2, pad: (-1, -1), outSize: (3, 3))
    ),
    (.depthwise, WindowCase((6, 5), channels: 3, kernel: (5, 5))),
    (.depthwise, WindowCase((7, 7), channels: 6, parts: 2, kernel: (3, 3), stride: 2, dilation: 2)),
    (.separable, WindowCase((6, 5), channels: 6, outputs: 5, kernel: (3, 3))),
    (.separable, WindowCase((7, 8), channels: 6, parts: 2, outputs: 3, offset: 6, kernel: (5, 5), stride: 2)),
    (.pool(NAS_POOL_MAX), WindowCase((6, 5), channels: 3, kernel: (3, 3))),
    (.pool(NAS_POOL_MIN), WindowCase((6, 5), channels: 6, parts: 2, kernel: (2, 2), stride: 2, pad: (0, 0))),
    (.pool(NAS_POOL_AVERAGE), WindowCase((6, 5), channels: 3, kernel: (3, 3), stride: 2)),
  ]

  @Test(arguments: cases)
  func referenceMatchesDifferences(_ family: WindowFamily, _ layout: WindowCase) throws {
    for (found, expected) in try slopes(family, layout, try referenceTable()) {
      #expect(abs(found - expected) <= 1e-5 * max(1, abs(expected)), "\(found) instead of \(expected)")
    }
  }

  /// The sums that the reference returns are those of what it wrote.
  @Test(arguments: cases, [false, true])
  func referenceSumsWhatItWrites(_ example: (WindowFamily, WindowCase), accumulate: Bool) throws {
    let (family, layout) = example
    var operands = WindowOperands(family, layout, Presentation(relu: true, accumulate: accumulate))
    operands.y = operands.y.map { _ in 0 }  // the sums of a result are without what was there before
    let results = try operands.run(try referenceTable(), ranges: [0..<layout.images])
    func sum(_ values: [Float], _ factors: [Float]?, _ channels: Int, start: Float) -> [Float] {
      var sums = [Double](repeating: Double(start), count: channels)
      for i in values.indices { sums[i % channels] += Double(values[i]) * Double(factors?[i] ?? 1) }
      return sums.map(Float.init)
    }
    let (outputs, inputs) = (layout.resultChannels, layout.channels)
    #expect(relativeError(results.sum, sum(results.y, nil, outputs, start: 1)) < 1e-6)
    #expect(relativeError(results.squares, sum(results.y, results.y, outputs, start: 2)) < 1e-6)
    #expect(relativeError(results.dxSum, sum(results.dx, nil, inputs, start: 1)) < 1e-6)
    #expect(relativeError(results.dxProducts, sum(results.dx, operands.x, inputs, start: 2)) < 1e-6)
  }

  /// A gradient that is not masked by the operand's relu must be seen.
  @Test func plantedFaultIsSeen() throws {
    var table = try referenceTable()
    table.convolution_backward = { window, x, transposed, dy, dx, dw, n0, n1, sums, scratch in
      var unmasked = x
      unmasked.relu = 0
      nas_kernels_for(NAS_ISA_REFERENCE)?.pointee.convolution_backward?(
        window, unmasked, transposed, dy, dx, dw, n0, n1, sums, scratch)
    }
    let layout = WindowCase((5, 6), channels: 3, outputs: 4, kernel: (3, 3))
    let pairs = try slopes(.convolution, layout, table)
    #expect(abs(pairs[0].0 - pairs[0].1) < 1e-4, "the forward pass has no fault")
    for (found, expected) in pairs[1...2] {
      #expect(abs(found - expected) > 1e-3)
    }
  }
}
