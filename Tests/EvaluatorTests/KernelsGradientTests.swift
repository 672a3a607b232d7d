import CKernels
import SearchSpace
import Testing

/// The gradients of the reference table against central differences of an independent computation in double, along one
/// random direction: d/dt L(p + t u) must be u · dL/dp, with L = sum of (output · given gradient).
struct KernelsGradientTests {
  /// One window operation on values that already passed scale, shift and relu; written apart from the kernels.
  private struct DoubleModel {
    let layout: WindowCase
    let family: WindowFamily

    /// The loss for operand values (after scale and shift, before relu) and weights.
    func loss(_ x: [Double], _ weights: [Double], _ gradient: [Double], relu: Bool) -> Double {
      let w = layout.window
      var total = 0.0
      for n in 0..<layout.images {
        for oy in 0..<w.out_height {
          for ox in 0..<w.out_width {
            for o in 0..<w.out_channels {
              let at = ((n * w.out_height + oy) * w.out_width + ox) * w.out_channels + o
              total += gradient[at] * output(x, weights, n, oy, ox, o, relu: relu)
            }
          }
        }
      }
      return total
    }

    private func output(
      _ x: [Double], _ weights: [Double], _ n: Int, _ oy: Int, _ ox: Int, _ o: Int, relu: Bool
    ) -> Double {
      let w = layout.window
      let inputs = w.channels / w.groups
      let group = o * w.groups / w.out_channels
      var (products, values): (Double, [Double]) = (0, [])
      for (ky, kx) in (0..<w.kernel_h * w.kernel_w).map({ ($0 / w.kernel_w, $0 % w.kernel_w) }) {
        let (iy, ix) = (
          oy * w.stride_h - w.pad_top + ky * w.dilation_h, ox * w.stride_w - w.pad_left + kx * w.dilation_w
        )
        guard (0..<w.height).contains(iy) && (0..<w.width).contains(ix) else { continue }
        for i in 0..<inputs {
          let raw = x[((n * w.height + iy) * w.width + ix) * w.channels + group * inputs + i]
          let value = relu ? max(raw, 0) : raw
          values.append(value)
          if !weights.isEmpty {
            products += value * weights[((ky * w.kernel_w + kx) * inputs + i) * w.out_channels + o]
          }
        }
      }
      guard case .pool(let kind) = family else { return products }
      if kind == NAS_POOL_AVERAGE { return values.reduce(0, +) / Double(max(values.count, 1)) }
      return (kind == NAS_POOL_MAX ? values.max() : values.min()) ?? 0
    }
  }

  /// The loss, and its slope along random directions of the operand and of the weights: found by the table, and by the
  /// model in double.
  private func slopes(_ family: WindowFamily, _ layout: WindowCase, _ table: nas_kernels) throws -> [(Double, Double)] {
    let operands = WindowOperands(layout, Presentation(scaled: true, relu: true, behindNorm: true))
    let results = try family.run(table, operands, ranges: [0..<layout.images])
    let (w, model) = (layout.window, DoubleModel(layout: layout, family: family))
    func channelwise(_ count: Int, _ channels: Int, _ value: (Int, Int) -> Double) -> [Double] {
      (0..<count).map { value($0, $0 % channels) }
    }
    let x = channelwise(operands.x.count, w.channels) {
      Double(operands.x.pointer[$0]) * Double(operands.scale.pointer[$1]) + Double(operands.shift.pointer[$1])
    }
    let gradient = channelwise(operands.gradient.count, w.out_channels) {
      Double(operands.a.pointer[$1]) * Double(operands.gradient.pointer[$0])
        + Double(operands.b.pointer[$1]) * Double(operands.z.pointer[$0]) + Double(operands.c.pointer[$1])
    }
    var weights: [Double] = []
    if case .pool = family {} else { weights = operands.weights.values.map(Double.init) }
    var stream = RandomStream(seed: 11)
    let (xStep, wStep) = (x.map { _ in stream.uniform() - 0.5 }, weights.map { _ in stream.uniform() - 0.5 })
    func moved(_ start: [Double], _ step: [Double], _ t: Double) -> [Double] { zip(start, step).map { $0 + t * $1 } }
    let t = 1e-7
    let along = { (x0: [Double], w0: [Double], x1: [Double], w1: [Double]) in
      (model.loss(x1, w1, gradient, relu: true) - model.loss(x0, w0, gradient, relu: true)) / (2 * t)
    }
    let dx = zip(results.dx.values, xStep).reduce(0) { $0 + Double($1.0) * $1.1 }
    let dw = zip(results.dw.values, wStep).reduce(0) { $0 + (Double($1.0) - 0.5) * $1.1 }  // dw started at 0.5
    let value = zip(results.y.values, gradient).reduce(0) { $0 + Double($1.0) * $1.1 }
    return [
      (value, model.loss(x, weights, gradient, relu: true)),
      (dx, along(moved(x, xStep, -t), weights, moved(x, xStep, t), weights)),
      (dw, along(x, moved(weights, wStep, -t), x, moved(weights, wStep, t))),
    ]
  }

  static let cases: [(WindowFamily, WindowCase)] = [
    (.convolution, WindowCase((5, 6), channels: 3, outputs: 4, kernel: (3, 3))),
    (.convolution, WindowCase((6, 6), channels: 4, outputs: 6, kernel: (3, 1), stride: 2, groups: 2)),
    (.convolution, WindowCase((6, 6), channels: 4, outputs: 3, kernel: (1, 1), stride: 2, pad: -1, outSize: (3, 3))),
    (.depthwise, WindowCase((6, 5), channels: 3, kernel: (5, 5), groups: 3)),
    (.depthwise, WindowCase((7, 7), channels: 3, kernel: (3, 3), stride: 2, dilation: 2, groups: 3)),
    (.pool(NAS_POOL_MAX), WindowCase((6, 5), channels: 3, kernel: (3, 3), groups: 3)),
    (.pool(NAS_POOL_MIN), WindowCase((6, 5), channels: 3, kernel: (2, 2), stride: 2, pad: 0, groups: 3)),
    (.pool(NAS_POOL_AVERAGE), WindowCase((6, 5), channels: 3, kernel: (3, 3), stride: 2, groups: 3)),
  ]

  @Test(arguments: cases)
  func referenceMatchesDifferences(_ family: WindowFamily, _ layout: WindowCase) throws {
    for (found, expected) in try slopes(family, layout, try referenceTable()) {
      #expect(abs(found - expected) <= 1e-5 * max(1, abs(expected)), "\(found) instead of \(expected)")
    }
  }

  /// A gradient that is not masked by the operand's relu must be seen.
  @Test func plantedFaultIsSeen() throws {
    var table = try referenceTable()
    table.convolution_backward = { window, x, weights, dy, dx, dw, n0, n1, scratch in
      var unmasked = x
      unmasked.relu = 0
      nas_kernels_for(NAS_ISA_REFERENCE)?.pointee.convolution_backward?(
        window, unmasked, weights, dy, dx, dw, n0, n1, scratch)
    }
    let layout = WindowCase((5, 6), channels: 3, outputs: 4, kernel: (3, 3))
    let pairs = try slopes(.convolution, layout, table)
    #expect(abs(pairs[0].0 - pairs[0].1) < 1e-4, "the forward pass has no fault")
    for (found, expected) in pairs.dropFirst() {
      #expect(abs(found - expected) > 1e-3)
    }
  }
}
