import CKernels
import SearchSpace
import Testing

/// The tables that store values as bf16, against those of the same instructions that store floats: the arithmetic is the
/// same, so that results are the same but for the rounding of what is stored.
struct KernelsHalfPrecisionTests {
  private static let tables: [(floats: nas_kernels, halves: nas_kernels)] =
    [NAS_ISA_BASELINE, NAS_ISA_AVX2, NAS_ISA_AVX512, NAS_ISA_NEON].flatMap { set in
      [
        (nas_kernels_for(set), nas_bf16_kernels_for(set)),
        (nas_narrow_kernels_for(set), nas_narrow_bf16_kernels_for(set)),
      ]
      .compactMap { floats, halves in
        guard let floats, let halves else { return nil }
        return (floats.pointee, halves.pointee)
      }
    }

  private static func rounded(_ values: [Float]) -> [Float] { values.map { nas_float_of_bf16(nas_bf16($0)) } }

  /// What the second of two tables does differently, over every presentation of operands that bf16 can hold.
  private func disagreements(
    _ family: WindowFamily, _ layout: WindowCase, _ tables: [(floats: nas_kernels, halves: nas_kernels)] = tables
  ) throws -> [String] {
    var found: [String] = []
    var operands = WindowOperands(family, layout, Presentation(), skippedImages: 1)
    for path in [\WindowOperands.x, \.gradient, \.z, \.y, \.dx] {
      operands[keyPath: path] = Self.rounded(operands[keyPath: path])
    }
    for presentation in Presentation.all {
      operands.presentation = presentation
      for (floats, halves) in tables {
        var expected = try operands.run(floats, ranges: [1..<layout.images])
        (expected.y, expected.dx) = (Self.rounded(expected.y), Self.rounded(expected.dx))
        var results = try operands.run(halves, ranges: [1..<layout.images])
        // Where pixels are left out, the sums are taken from what was stored.
        let sums = relativeError(results.dxSum + results.dxProducts, expected.dxSum + expected.dxProducts, magnitude: 1)
        if sums > 1 / 128 { found.append("\(floats.isa): sums of dx are off by \(sums) (\(presentation))") }
        (results.dxSum, results.dxProducts) = (expected.dxSum, expected.dxProducts)
        found += results.differences(from: expected, tolerance: 0).map { "\(floats.isa): \($0) (\(presentation))" }
      }
    }
    return found
  }

  @Test(arguments: KernelsWindowTests.convolutions)
  func convolutions(_ layout: WindowCase) throws {
    let found = try disagreements(.convolution, layout)
    #expect(found == [])
  }

  @Test(arguments: KernelsWindowTests.families)
  func randomGeometries(_ family: WindowFamily) throws {
    for index in 0..<20 {
      let layout = WindowCase.random(family, index)
      let found = try disagreements(family, layout)
      #expect(found == [], "\(index): \(layout)")
    }
  }

  /// Pixel by pixel: pools of one pixel have the operands that these kernels need.
  @Test(arguments: [(1, 1), (7, 3), (150, 5), (33, 16), (35, 44)], [false, true])
  func pixelwise(_ size: (pixels: Int, channels: Int), ofGlobalPools: Bool) throws {
    let (pixels, channels) = size
    let layout = WindowCase((1, pixels), channels: channels, kernel: (1, 1))
    var operands = WindowOperands(.pool(NAS_POOL_AVERAGE), layout, Presentation())
    for path in [\WindowOperands.x, \.gradient, \.z, \.y, \.dx] {
      operands[keyPath: path] = Self.rounded(operands[keyPath: path])
    }
    for presentation in Presentation.all where presentation.wantsInputGradient {
      operands.presentation = presentation
      for (floats, halves) in Self.tables {
        var expected = try run(operands, floats, ofGlobalPools)
        (expected.y, expected.dx) = (Self.rounded(expected.y), Self.rounded(expected.dx))
        #expect(
          try run(operands, halves, ofGlobalPools).differences(from: expected, tolerance: 0) == [], "\(floats.isa)")
      }
    }
  }

  /// Every result is left once: of results that are added up, each would be rounded.
  private func run(
    _ operands: WindowOperands, _ table: nas_kernels, _ globalPools: Bool
  ) throws -> WindowResults {
    let memory = WindowMemory(operands, lanes: table.lanes, valueBytes: table.value_bytes)
    let layout = operands.layout.inputLayout(lanes: table.lanes)
    let (blocks, pixels) = (layout.blocks, operands.layout.inputPixels)
    if globalPools {
      try present(table.global_pool_forward)(memory.source, memory.ySink, blocks, pixels, 0, 1)
      try present(table.global_pool_backward)(
        memory.source, memory.outputGradient, memory.dxSink, blocks, pixels, 0, 1, memory.dxSums)
    } else {
      try present(table.add)(memory.source, memory.source, memory.ySink, blocks, pixels)
      try present(table.moments)(memory.source, blocks, pixels, memory.sums)
      try present(table.gradient_moments)(
        memory.source, memory.source, memory.sums, memory.source, memory.dxSums, blocks, pixels)
      try present(table.pass_gradient)(
        memory.source, memory.outputGradient, memory.dxSink, blocks, pixels, memory.dxSums)
    }
    return memory.results()
  }

  /// To nearest, ties to even (IEEE 754); infinities stay, and a NaN never becomes one or a zero.
  @Test func rounding() {
    let cases: [(Float, Float)] = [
      (1, 1), (1 + 1 / 256, 1), (1 + 3 / 256, 1 + 4 / 256), (1 + 1.001 / 256, 1 + 2 / 256),
      (-1 - 3 / 256, -1 - 4 / 256),
      (0, 0), (.infinity, .infinity), (-.infinity, -.infinity), (.greatestFiniteMagnitude, .infinity),
      (Float(bitPattern: 0x0001_8000), Float(bitPattern: 0x0002_0000)),
    ]
    for (value, expected) in cases { #expect(nas_float_of_bf16(nas_bf16(value)) == expected, "\(value)") }
    for bits: UInt32 in [0x7FC0_0000, 0xFFFF_FFFF, 0x7FFF_FFFF, 0x7F80_0001] {
      #expect(nas_float_of_bf16(nas_bf16(Float(bitPattern: bits))).isNaN)
    }
  }

  /// The vector code rounds as the scalar one does: an operand of 1 times a factor that bf16 cannot hold.
  @Test func vectorsRoundTheSame() throws {
    let values: [Float] =
      [1 + 1 / 256, 1 + 3 / 256, -1 - 3 / 256, .infinity, .greatestFiniteMagnitude, Float(bitPattern: 0x1_8000), 0]
      + [0x7FC0_0000, 0xFFFF_FFFF, 0x7FFF_FFFF].map { Float(bitPattern: $0) }
    for (_, halves) in Self.tables {
      let layout = ChannelLayout(halves.lanes, lanes: halves.lanes)
      let stored = { (value: Float) in
        BlockedValue([Float](repeating: value, count: 3 * halves.lanes), layout, valueBytes: 2)
      }
      for value in values {
        let (ones, result) = (stored(1), stored(9))
        let (scale, shift) = (FloatBuffer(halves.lanes, repeating: value), FloatBuffer(halves.lanes))
        try present(halves.add)(
          nas_source(data: ones.pointer, plane: ones.plane, scale: scale.pointer, shift: shift.pointer, relu: 0),
          nas_source(data: nil, plane: 0, scale: nil, shift: nil, relu: 0),
          nas_sink(data: result.pointer, plane: result.plane, accumulate: 0), 1, 3)
        let expected = nas_float_of_bf16(nas_bf16(value))
        let isRounded = result.values.allSatisfy { $0 == expected || ($0.isNaN && expected.isNaN) }
        #expect(isRounded, "\(halves.isa): \(value) became \(result.values)")
        #expect(result.fault == nil)
      }
    }
  }

  /// A table that leaves out the rounding of one kernel's results must be seen.
  @Test func plantedFaultIsSeen() throws {
    let pair = try #require(Self.tables.first)
    var halves = pair.halves
    halves.pool_forward = { kind, window, x, y, n0, n1, sums, scratch in
      var accumulating = y
      accumulating.accumulate = 1
      nas_bf16_kernels_for(NAS_ISA_BASELINE)?.pointee.pool_forward?(
        kind, window, x, accumulating, n0, n1, sums, scratch)
    }
    let layout = WindowCase((6, 6), channels: 5, kernel: (3, 3))
    let found = try disagreements(.pool(NAS_POOL_AVERAGE), layout, [(pair.floats, halves)])
    #expect(!found.isEmpty && found.allSatisfy { $0.contains("y is off") })
  }
}
