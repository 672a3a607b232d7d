import CKernels
import Testing

/// Every vector table against the reference, on shapes that have edges, tails, strides, crops and dilations.
struct KernelsWindowTests {
  static let convolutions: [WindowCase] = [
    WindowCase((5, 7), channels: 1, kernel: (1, 1)),
    WindowCase((5, 7), channels: 3, outputs: 5, kernel: (1, 1)),
    WindowCase((8, 8), channels: 16, kernel: (1, 1)),
    WindowCase((6, 5), channels: 17, outputs: 44, kernel: (1, 1)),
    WindowCase((16, 16), channels: 32, outputs: 64, kernel: (1, 1)),
    WindowCase((8, 8), channels: 16, outputs: 8, kernel: (1, 1), stride: 2, pad: 0, outSize: (4, 4)),
    WindowCase((8, 8), channels: 16, outputs: 8, kernel: (1, 1), stride: 2, pad: -1, outSize: (4, 4)),
    WindowCase((7, 5), channels: 5, outputs: 8, kernel: (1, 1), stride: 2, pad: -1, outSize: (4, 3)),
    WindowCase((7, 9), channels: 3, outputs: 16, kernel: (3, 3)),
    WindowCase((8, 8), channels: 8, outputs: 12, kernel: (3, 3), stride: 2),
    WindowCase((9, 6), channels: 5, outputs: 7, kernel: (1, 7)),
    WindowCase((9, 6), channels: 16, kernel: (7, 1)),
    WindowCase((9, 9), channels: 4, outputs: 6, kernel: (3, 3), dilation: 2),
    WindowCase((6, 6), channels: 4, outputs: 6, kernel: (3, 3), pad: 0),
    WindowCase((2, 1), channels: 3, outputs: 4, kernel: (5, 5)),
    WindowCase((3, 3), channels: 400, outputs: 5, kernel: (5, 5)),
    WindowCase((6, 6), channels: 8, outputs: 12, kernel: (3, 3), groups: 4),
    WindowCase((6, 6), channels: 32, outputs: 16, kernel: (1, 1), groups: 2),
    WindowCase((6, 6), channels: 6, kernel: (3, 3), groups: 6),
  ]

  static let windows: [WindowCase] =
    [1, 3, 16, 17, 44].flatMap { channels in
      [
        WindowCase((9, 11), channels: channels, kernel: (3, 3), groups: channels),
        WindowCase((8, 8), channels: channels, kernel: (5, 5), groups: channels),
        WindowCase((8, 9), channels: channels, kernel: (5, 5), stride: 2, groups: channels),
      ]
    } + [
      WindowCase((10, 10), channels: 16, kernel: (7, 7), groups: 16),
      WindowCase((9, 10), channels: 8, kernel: (7, 7), stride: 2, groups: 8),
      WindowCase((9, 10), channels: 8, kernel: (3, 3), stride: 2, groups: 8),
      WindowCase((9, 9), channels: 5, kernel: (3, 3), dilation: 2, groups: 5),
      WindowCase((9, 9), channels: 5, kernel: (5, 5), stride: 2, dilation: 2, groups: 5),
      WindowCase((9, 9), channels: 5, kernel: (3, 3), pad: 0, groups: 5),
      WindowCase((9, 9), channels: 5, kernel: (2, 2), stride: 2, pad: 0, groups: 5),
      WindowCase((9, 9), channels: 5, kernel: (3, 3), stride: 4, pad: 0, groups: 5),
      WindowCase((8, 8), channels: 5, kernel: (1, 1), stride: 2, pad: -1, groups: 5, outSize: (4, 4)),
      WindowCase((8, 8), channels: 5, kernel: (3, 3), pad: -1, groups: 5, outSize: (4, 4)),
      WindowCase((8, 8), channels: 5, kernel: (3, 3), stride: 2, pad: 0, groups: 5, outSize: (4, 4)),
      WindowCase((6, 9), channels: 5, kernel: (1, 7), groups: 5),
      WindowCase((6, 9), channels: 5, kernel: (7, 1), groups: 5),
      WindowCase((2, 1), channels: 20, kernel: (7, 7), groups: 20),
      WindowCase((4, 4), channels: 6, kernel: (4, 4), stride: 3, pad: 2, groups: 6),
    ]

  @Test(arguments: convolutions)
  func convolutionAgreesWithReference(_ layout: WindowCase) throws {
    #expect(try WindowFamily.convolution.disagreements(layout) == [])
  }

  @Test(arguments: windows)
  func depthwiseAgreesWithReference(_ layout: WindowCase) throws {
    #expect(try WindowFamily.depthwise.disagreements(layout) == [])
  }

  @Test(arguments: windows)
  func poolsAgreeWithReference(_ layout: WindowCase) throws {
    for kind in [NAS_POOL_MAX, NAS_POOL_AVERAGE, NAS_POOL_MIN] {
      #expect(try WindowFamily.pool(kind).disagreements(layout) == [], "pool \(kind)")
    }
  }

  /// A window without a pixel inside the image is 0, and passes nothing back.
  @Test func poolsOutsideTheImage() throws {
    let layout = WindowCase((3, 3), channels: 5, kernel: (2, 2), stride: 2, pad: 2, groups: 5, outSize: (4, 4))
    for kind in [NAS_POOL_MAX, NAS_POOL_AVERAGE, NAS_POOL_MIN] {
      #expect(try WindowFamily.pool(kind).disagreements(layout) == [], "pool \(kind)")
    }
  }

  @Test(arguments: [(WindowFamily.convolution, 1), (.convolution, 3), (.depthwise, 3), (.pool(NAS_POOL_MAX), 3)])
  func resultsDoNotDependOnRanges(_ family: WindowFamily, _ kernel: Int) throws {
    var isDepthwise = true
    if case .convolution = family { isDepthwise = false }
    var layout = WindowCase((5, 7), channels: 12, kernel: (kernel, kernel), groups: isDepthwise ? 12 : 1)
    layout.images = 5
    let operands = WindowOperands(layout, Presentation(scaled: true, relu: true, behindNorm: true))
    for table in vectorTables() {
      let whole = try family.run(table, operands, ranges: [0..<5])
      let again = try family.run(table, operands, ranges: [0..<5])
      let parts = try family.run(table, operands, ranges: [3..<5, 0..<1, 1..<3])
      #expect(again.differences(from: whole, tolerance: 0) == [])
      #expect(parts.y.values == whole.y.values)
      #expect(parts.dx.values == whole.dx.values)
      #expect(parts.differences(from: whole, tolerance: 1e-5) == [])
    }
  }
}
