import CKernels
import Testing

/// Every vector table against the reference, on shapes that have edges, tails, strides, crops and dilations.
struct KernelsWindowTests {
  static let convolutions: [WindowCase] = [
    WindowCase((5, 7), channels: 1, outputs: 1, kernel: (1, 1)),
    WindowCase((5, 7), channels: 3, outputs: 5, kernel: (1, 1)),
    WindowCase((8, 8), channels: 16, outputs: 16, kernel: (1, 1)),
    WindowCase((6, 5), channels: 17, outputs: 44, kernel: (1, 1)),
    WindowCase((16, 16), channels: 32, outputs: 64, kernel: (1, 1)),
    // Of one block of either width more pixels than are staged at a time.
    WindowCase((13, 17), channels: 7, outputs: 20, kernel: (1, 1)),
    WindowCase((13, 17), channels: 12, outputs: 40, kernel: (1, 1)),
    WindowCase((4, 6), channels: 20, outputs: 110, kernel: (1, 1)),
    WindowCase((5, 9), channels: 96, parts: 4, outputs: 24, kernel: (1, 1)),
    WindowCase((5, 9), channels: 48, parts: 4, outputs: 12, offset: 12, kernel: (1, 1)),
    WindowCase((8, 8), channels: 16, outputs: 8, kernel: (1, 1), stride: 2, pad: (0, 0), outSize: (4, 4)),
    WindowCase((8, 8), channels: 16, outputs: 8, offset: 8, kernel: (1, 1), stride: 2, pad: (-1, -1), outSize: (4, 4)),
    WindowCase((7, 5), channels: 5, outputs: 8, kernel: (1, 1), stride: 2, pad: (-1, -1), outSize: (4, 3)),
    WindowCase((7, 9), channels: 3, outputs: 16, kernel: (3, 3)),
    WindowCase((8, 8), channels: 8, outputs: 12, kernel: (3, 3), stride: 2),
    WindowCase((8, 8), channels: 8, outputs: 12, kernel: (3, 3), stride: 2, pad: (0, 0), outSize: (4, 4)),
    WindowCase((9, 6), channels: 5, outputs: 7, kernel: (1, 7)),
    WindowCase((9, 6), channels: 16, outputs: 16, kernel: (7, 1)),
    WindowCase((9, 9), channels: 4, outputs: 6, kernel: (3, 3), dilation: 2),
    WindowCase((6, 6), channels: 4, outputs: 6, kernel: (3, 3), pad: (0, 0)),
    WindowCase((2, 1), channels: 3, outputs: 4, kernel: (5, 5)),
    WindowCase((3, 3), channels: 400, outputs: 5, kernel: (5, 5)),
    WindowCase((6, 6), channels: 8, outputs: 12, groups: 4, kernel: (3, 3)),
    WindowCase((6, 6), channels: 32, outputs: 16, groups: 2, kernel: (1, 1)),
    WindowCase((6, 6), channels: 6, outputs: 6, groups: 6, kernel: (3, 3)),
  ]

  static let windows: [WindowCase] =
    [1, 3, 16, 17, 44].flatMap { channels in
      [
        WindowCase((9, 11), channels: channels, kernel: (3, 3)),
        WindowCase((8, 8), channels: channels, kernel: (5, 5)),
        WindowCase((8, 9), channels: channels, kernel: (5, 5), stride: 2),
      ]
    } + [
      WindowCase((10, 10), channels: 16, kernel: (7, 7)),
      WindowCase((9, 10), channels: 8, kernel: (7, 7), stride: 2),
      WindowCase((9, 10), channels: 8, kernel: (3, 3), stride: 2),
      WindowCase((9, 9), channels: 5, kernel: (3, 3), dilation: 2),
      WindowCase((9, 9), channels: 5, kernel: (5, 5), stride: 2, dilation: 2),
      WindowCase((9, 9), channels: 5, kernel: (3, 3), pad: (0, 0)),
      WindowCase((9, 9), channels: 5, kernel: (2, 2), stride: 2, pad: (0, 0)),
      WindowCase((9, 9), channels: 5, kernel: (3, 3), stride: 4, pad: (0, 0)),
      WindowCase((8, 8), channels: 5, kernel: (1, 1), stride: 2, pad: (-1, -1), outSize: (4, 4)),
      WindowCase((8, 8), channels: 5, kernel: (3, 3), pad: (-1, -1), outSize: (4, 4)),
      WindowCase((8, 8), channels: 5, kernel: (3, 3), stride: 2, pad: (0, 0), outSize: (4, 4)),
      WindowCase((6, 9), channels: 5, kernel: (1, 7)),
      WindowCase((6, 9), channels: 5, kernel: (7, 1)),
      WindowCase((2, 1), channels: 20, kernel: (7, 7)),
      WindowCase((4, 4), channels: 6, kernel: (4, 4), stride: 3, pad: (2, 2)),
      WindowCase((7, 8), channels: 36, parts: 3, kernel: (3, 3)),
      WindowCase((5, 16), channels: 8, kernel: (3, 3)),
      WindowCase((19, 13), channels: 12, kernel: (3, 3)),
      WindowCase((33, 17), channels: 7, kernel: (3, 3), stride: 2),
      WindowCase((7, 32), channels: 5, kernel: (5, 5)),
    ]

  @Test(arguments: convolutions)
  func convolutionAgreesWithReference(_ layout: WindowCase) throws {
    let found = try WindowFamily.convolution.disagreements(layout)
    #expect(found == [])
  }

  @Test(arguments: windows, [nil, 7, 12])
  func separableAgreesWithReference(_ layout: WindowCase, _ outputs: Int?) throws {
    guard let outputs else {
      let found = try WindowFamily.depthwise.disagreements(layout)
      #expect(found == [])
      return
    }
    var withPointwise = layout
    (withPointwise.outputs, withPointwise.offset) = (outputs, layout.channels % 2 * 8)
    let found = try WindowFamily.separable.disagreements(withPointwise)
    #expect(found == [])
  }

  @Test(arguments: windows)
  func poolsAgreeWithReference(_ layout: WindowCase) throws {
    for kind in [NAS_POOL_MAX, NAS_POOL_AVERAGE, NAS_POOL_MIN] {
      let found = try WindowFamily.pool(kind).disagreements(layout)
      #expect(found == [], "pool \(kind)")
    }
  }

  static let families: [WindowFamily] = [
    .convolution, .separable, .depthwise, .pool(NAS_POOL_MAX), .pool(NAS_POOL_AVERAGE), .pool(NAS_POOL_MIN),
  ]

  @Test(arguments: families)
  func randomGeometriesAgreeWithReference(_ family: WindowFamily) throws {
    for index in 0..<40 {
      let layout = WindowCase.random(family, index)
      let found = try family.disagreements(layout)
      #expect(found == [], "\(index): \(layout)")
    }
  }

  /// A window without a pixel inside the image is 0, and passes nothing back.
  @Test func poolsOutsideTheImage() throws {
    let layout = WindowCase((3, 3), channels: 5, kernel: (2, 2), stride: 2, pad: (2, 2), outSize: (4, 4))
    for kind in [NAS_POOL_MAX, NAS_POOL_AVERAGE, NAS_POOL_MIN] {
      let found = try WindowFamily.pool(kind).disagreements(layout)
      #expect(found == [], "pool \(kind)")
      let operands = WindowOperands(.pool(kind), layout, Presentation())
      let results = try operands.run(try referenceTable(), ranges: [0..<layout.images])
      #expect(results.y.prefix(5).allSatisfy { $0 == 0 })
    }
  }

  @Test(arguments: families, [1, 3])
  func resultsDoNotDependOnRanges(_ family: WindowFamily, _ kernel: Int) throws {
    var layout = WindowCase((5, 7), channels: 12, kernel: (kernel, kernel))
    if !family.keepsChannels { layout.outputs = 20 }
    layout.images = 5
    let operands = WindowOperands(family, layout, Presentation(scaled: true, relu: true, bias: true, behindNorm: true))
    for table in vectorTables() {
      let whole = try operands.run(table, ranges: [0..<5])
      let again = try operands.run(table, ranges: [0..<5])
      let parts = try operands.run(table, ranges: [3..<5, 0..<1, 1..<3])
      #expect(again.differences(from: whole, tolerance: 0) == [])
      #expect((parts.y == whole.y) as Bool)
      #expect((parts.dx == whole.dx) as Bool)
      #expect(parts.differences(from: whole, tolerance: 1e-5) == [])
    }
  }

  /// What is not a number stays so behind a relu, so that divergence shows.
  @Test(arguments: families)
  func divergenceShows(_ family: WindowFamily) throws {
    var layout = WindowCase((4, 5), channels: 12, kernel: (1, 1))
    if !family.keepsChannels { layout.outputs = 12 }
    var operands = WindowOperands(family, layout, Presentation(scaled: true, relu: true))
    operands.x[12 * 7 + 3] = .nan
    for table in vectorTables() + [try referenceTable()] {
      let results = try operands.run(table, ranges: [0..<layout.images])
      #expect(results.y[12 * 7 + 3].isNaN, "\(table.isa)")
      #expect(results.y.prefix(12 * 7).allSatisfy { $0.isFinite }, "\(table.isa)")
    }
  }
}
