import CKernels
import SearchSpace
import Testing

/// Pixelwise sums, the classifier and the optimiser of every vector table against the reference.
struct KernelsPixelwiseTests {
  private static let sizes = [(1, 1), (7, 3), (300, 5), (64, 16), (9, 17), (70, 44)]

  /// The operands of one size: a source, a second source, a gradient, and what they read.
  private final class Operands {
    let operands: WindowOperands
    let other: WindowOperands
    let images = 2

    init(_ pixels: Int, _ channels: Int, _ presentation: Presentation) {
      let layout = WindowCase((1, pixels), channels: channels, kernel: (1, 1), groups: channels)
      operands = WindowOperands(layout, presentation, seed: 3)
      other = WindowOperands(layout, presentation, seed: 4)
    }
  }

  private func compare(
    _ body: (nas_kernels, Operands, WindowOutputs, _ pixels: Int, _ channels: Int) throws -> Void
  ) throws {
    for (pixels, channels) in Self.sizes {
      for presentation in Presentation.all {
        let operands = Operands(pixels, channels, presentation)
        let expected = operands.operands.outputs()
        try body(try referenceTable(), operands, expected, pixels, channels)
        for table in vectorTables() {
          let found = operands.operands.outputs()
          try body(table, operands, found, pixels, channels)
          let differences = found.differences(from: expected, tolerance: 1e-5)
          #expect(differences == [], "\(table.isa), \(pixels) pixels, \(channels) channels, \(presentation)")
        }
      }
    }
  }

  @Test func add() throws {
    try compare { table, o, out, pixels, channels in
      let sink = o.operands.ySink(out)
      try present(table.add)(o.operands.source, o.other.source, sink, o.images * pixels, channels)
      let nothing = nas_source(data: nil, stride: 0, scale: nil, shift: nil, relu: 0)
      try present(table.add)(o.operands.source, nothing, o.operands.dxSink(out), o.images * pixels, channels)
    }
  }

  @Test func sums() throws {
    try compare { table, o, out, pixels, channels in
      let (sum, squares) = (out.sum.pointer, out.squares.pointer)
      try present(table.moments)(o.operands.source, o.images * pixels, channels, sum, squares)
      let g = o.operands.outputGradient
      try present(table.gradient_moments)(
        g.data, g.stride, o.operands.z.pointer, g.stride, o.images * pixels, channels, sum, squares)
    }
  }

  @Test func passGradient() throws {
    try compare { table, o, out, pixels, channels in
      let (source, gradient) = (o.operands.source, o.operands.outputGradient)
      try present(table.pass_gradient)(source, gradient, o.operands.dxSink(out), o.images * pixels, channels)
      let nothing = nas_source(data: nil, stride: 0, scale: nil, shift: nil, relu: 1)
      try present(table.pass_gradient)(nothing, gradient, o.operands.ySink(out), o.images * pixels, channels)
    }
  }

  @Test func globalPool() throws {
    try compare { table, o, out, pixels, channels in
      try present(table.global_pool_forward)(o.operands.source, pixels, channels, out.y.pointer, 0, o.images)
      let dy = UnsafePointer(o.operands.gradient.pointer)
      try present(table.global_pool_backward)(
        o.operands.source, dy, pixels, channels, o.operands.dxSink(out), 0, o.images)
    }
  }

  @Test(arguments: [(1, 1), (5, 10), (44, 100), (64, 16), (33, 9)])
  func linear(_ inputs: Int, _ outputs: Int) throws {
    var stream = RandomStream(seed: 5)
    let x = FloatBuffer(4 * inputs, random: &stream)
    let weights = FloatBuffer(inputs * outputs, random: &stream)
    let bias = FloatBuffer(outputs, random: &stream)
    func run(_ table: nas_kernels) throws -> [FloatBuffer] {
      let results = [4 * outputs, 4 * inputs, inputs * outputs, outputs].map { FloatBuffer($0, repeating: 0.25) }
      try present(table.linear_forward)(
        x.pointer, weights.pointer, bias.pointer, results[0].pointer, inputs, outputs, 1, 4)
      try present(table.linear_backward)(
        x.pointer, weights.pointer, results[0].pointer, results[1].pointer, results[2].pointer, results[3].pointer,
        inputs, outputs, 1, 4)
      return results
    }
    let expected = try run(try referenceTable())
    for table in vectorTables() {
      for (found, wanted) in zip(try run(table), expected) {
        #expect(relativeError(found.values, wanted.values) < 1e-5)
        #expect(found.guardIsIntact)
      }
    }
  }

  @Test(arguments: [1, 7, 8, 100, 5000])
  func optimizer(_ count: Int) throws {
    var stream = RandomStream(seed: 6)
    let start = (0..<3).map { _ in FloatBuffer(count, random: &stream) }
    func run(_ table: nas_kernels, nesterov: Int32) throws -> [Float] {
      let (w, v, g) = (
        FloatBuffer(copying: start[0]), FloatBuffer(copying: start[1]), FloatBuffer(copying: start[2])
      )
      try present(table.sgd_step)(w.pointer, v.pointer, g.pointer, count, 0.1, 0.9, 0.01, 0.5, nesterov)
      try present(table.accumulate)(g.pointer, w.pointer, count)
      try #require(w.guardIsIntact && v.guardIsIntact && g.guardIsIntact)
      return w.values + v.values + g.values + [Float(try present(table.sum_of_squares)(w.pointer, count))]
    }
    for nesterov: Int32 in [0, 1] {
      let expected = try run(try referenceTable(), nesterov: nesterov)
      for table in vectorTables() {
        #expect(relativeError(try run(table, nesterov: nesterov), expected) < 1e-5)
      }
    }
  }

  @Test func softmaxCrossEntropy() throws {
    // Softmax of (0, ln 3): 1/4 and 3/4; of equal logits: the first counts as the largest.
    let logits = FloatBuffer(4)
    logits.pointer[1] = 1.0986123
    let (losses, gradients) = (FloatBuffer(2), FloatBuffer(4))
    for table in vectorTables() + [try referenceTable()] {
      var correct: [UInt8] = [9, 9]
      try present(table.softmax_cross_entropy)(
        logits.pointer, [0, 0], losses.pointer, gradients.pointer, &correct, 2, 2, 0, 2)
      #expect(relativeError(losses.values, [1.3862944, 0.6931472]) < 1e-6)
      #expect(relativeError(gradients.values, [-1.5, 1.5, -1, 1]) < 1e-6)
      #expect(correct == [0, 1])
    }
  }
}
