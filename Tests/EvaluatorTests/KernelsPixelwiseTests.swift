import CKernels
import Testing

/// Pixelwise sums of every vector table against the reference.
struct KernelsPixelwiseTests {
  private static let sizes = [(1, 1), (7, 3), (150, 5), (33, 16), (9, 17), (35, 44)]

  /// One case in the blocks of one table: an operand, another of the same shape, gradients and results.
  private struct Memory {
    let first, other: WindowMemory
    let blocks: Int
    let pixels: Int  // of one image
    let images = 2

    init(_ first: WindowOperands, _ other: WindowOperands, lanes: Int) {
      self.first = WindowMemory(first, lanes: lanes)
      self.other = WindowMemory(other, lanes: lanes)
      blocks = first.layout.inputLayout(lanes: lanes).blocks
      pixels = first.layout.inputPixels
    }
  }

  private static var nothing: nas_source { nas_source(data: nil, plane: 0, scale: nil, shift: nil, relu: 0) }
  private static var noSums: nas_sums { nas_sums(first: nil, second: nil) }

  /// What tables do differently from the reference.
  private func disagreements(
    _ tables: [nas_kernels], _ body: (nas_kernels, Memory) throws -> Void
  ) throws -> [String] {
    var differences: [String] = []
    for (pixels, channels) in Self.sizes {
      let layout = WindowCase((1, pixels), channels: channels, parts: channels == 44 ? 2 : 1, kernel: (1, 1))
      let family = WindowFamily.pool(NAS_POOL_AVERAGE)
      var first = WindowOperands(family, layout, Presentation(), seed: 3)
      var other = WindowOperands(family, layout, Presentation(), seed: 4)
      for presentation in Presentation.all {
        (first.presentation, other.presentation) = (presentation, presentation)
        func run(_ table: nas_kernels) throws -> WindowResults {
          let memory = Memory(first, other, lanes: table.lanes)
          try body(table, memory)
          return memory.first.results()
        }
        let expected = try run(try referenceTable())
        differences += expected.faults.map { "reference: \($0)" }
        for table in tables {
          differences += try run(table).differences(from: expected, tolerance: 1e-5).map {
            "\(table.isa), \(pixels) pixels, \(channels) channels: \($0) (\(presentation))"
          }
        }
      }
    }
    return differences
  }

  @Test func add() throws {
    let found = try disagreements(vectorTables()) { table, m in
      let pixels = m.images * m.pixels
      try present(table.add)(m.first.source, m.other.source, m.first.ySink, m.blocks, pixels)
      var sink = m.first.dxSink
      sink.data = UnsafeMutableRawPointer(m.first.dx.pointer)
      try present(table.add)(m.first.source, Self.nothing, sink, m.blocks, pixels)
    }
    #expect(found == [])
  }

  @Test func sums() throws {
    let found = try disagreements(vectorTables()) { table, m in
      let pixels = m.images * m.pixels
      try present(table.moments)(m.first.source, m.blocks, pixels, m.first.sums)
      try present(table.moments)(m.first.source, m.blocks, pixels, m.first.dxSums)
    }
    #expect(found == [])
  }

  @Test(arguments: [false, true])
  func gradientMoments(ofTwo: Bool) throws {
    let found = try disagreements(vectorTables()) { table, m in
      // Scale and relu of the sources are not looked at.
      let other = ofTwo ? m.other.source : Self.nothing
      try present(table.gradient_moments)(
        m.other.source, m.first.source, m.first.sums, other, m.first.dxSums, m.blocks, m.images * m.pixels)
    }
    #expect(found == [])
  }

  private func passGradients(_ table: nas_kernels, _ m: Memory) throws {
    let (gradient, pixels) = (m.first.outputGradient, m.images * m.pixels)
    if m.first.dxSink.data != nil {
      try present(table.pass_gradient)(m.first.source, gradient, m.first.dxSink, m.blocks, pixels, m.first.dxSums)
    }
    try present(table.pass_gradient)(Self.nothing, gradient, m.first.ySink, m.blocks, pixels, Self.noSums)
  }

  @Test func passGradient() throws {
    let found = try disagreements(vectorTables(), passGradients)
    #expect(found == [])
  }

  @Test(arguments: [0..<2, 1..<2])
  func globalPool(_ range: Range<Int>) throws {
    let (n0, n1) = (range.lowerBound, range.upperBound)
    let found = try disagreements(vectorTables()) { table, m in
      try present(table.global_pool_forward)(m.first.source, m.first.ySink, m.blocks, m.pixels, n0, n1)
      guard m.first.dxSink.data != nil else { return }
      try present(table.global_pool_backward)(
        m.first.source, m.first.outputGradient, m.first.dxSink, m.blocks, m.pixels, n0, n1, m.first.dxSums)
    }
    #expect(found == [])
  }

  /// The reference's own values, by hand: two channels, three pixels.
  @Test func referenceByHand() throws {
    var layout = WindowCase((1, 3), channels: 2, kernel: (1, 1))
    layout.images = 1
    var operands = WindowOperands(.pool(NAS_POOL_AVERAGE), layout, Presentation(relu: true))
    operands.x = [1, -2, 3, 4, -5, 6]
    operands.gradient = [1, 2, 3, 4, 5, 6]
    let memory = WindowMemory(operands, lanes: 4)
    let table = try referenceTable()
    try present(table.add)(memory.source, memory.source, memory.ySink, 1, 3)
    #expect(memory.y.values == [2, 0, 6, 8, 0, 12])
    try present(table.moments)(memory.source, 1, 3, memory.sums)
    try present(table.pass_gradient)(memory.source, memory.outputGradient, memory.dxSink, 1, 3, memory.dxSums)
    #expect(memory.dx.values == [1, 0, 3, 4, 0, 6])
    var results = memory.results()
    #expect(results.sum == [5, 11] && results.squares == [12, 54], "1 + 1 + 3, 1 + 4 + 6, 2 + 1 + 9, 2 + 16 + 36")
    #expect(
      results.dxSum == [5, 11] && results.dxProducts == [12, 54], "1 + 1 + 3, 1 + 4 + 6, 2 + 1 + 9, 2 + 16 + 36")
    try present(table.gradient_moments)(
      nas_source(data: memory.gradient.pointer, plane: memory.gradient.plane, scale: nil, shift: nil, relu: 0),
      memory.source, memory.sums, Self.nothing, Self.noSums, 1, 3)
    results = memory.results()
    #expect(results.sum == [14, 23] && results.squares == [-3, 102], "5 + 9, 11 + 12, 12 - 15, 54 + 48")
    try present(table.global_pool_forward)(memory.source, memory.ySink, 1, 3, 0, 1)
    #expect(relativeError(Array(memory.y.values.prefix(2)), [4 / 3, 10 / 3]) < 1e-6)
    try present(table.global_pool_backward)(
      memory.source, memory.outputGradient, memory.dxSink, 1, 3, 0, 1, memory.dxSums)
    #expect(relativeError(memory.dx.values, [1 / 3, 0, 1 / 3, 2 / 3, 0, 2 / 3]) < 1e-6)
  }

  /// A gradient that passes every relu must be seen.
  @Test func plantedFaultIsSeen() throws {
    var table = try referenceTable()
    table.pass_gradient = { x, dy, dx, blocks, pixels, sums in
      var unmasked = x
      unmasked.relu = 0
      nas_kernels_for(NAS_ISA_REFERENCE)?.pointee.pass_gradient?(unmasked, dy, dx, blocks, pixels, sums)
    }
    let found = try disagreements([table], passGradients)
    #expect(!found.isEmpty)
    #expect(found.allSatisfy { $0.contains("relu: true") })
  }
}
