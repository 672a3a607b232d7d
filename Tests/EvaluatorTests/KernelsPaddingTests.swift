import CKernels
import Testing

/// Averages that count their padding as zeros.
struct KernelsPaddingTests {
  /// 3×3 at stride 2 as SAME pads it: on even sizes below and to the right only, on odd ones all around.
  static let strided: [WindowCase] = [
    WindowCase((8, 8), channels: 12, kernel: (3, 3), stride: 2, pad: (0, 0), outSize: (4, 4)),
    WindowCase((9, 7), channels: 12, kernel: (3, 3), stride: 2),
    WindowCase((8, 9), channels: 20, kernel: (3, 3), stride: 2, pad: (0, 1), outSize: (4, 5)),
    WindowCase((2, 3), channels: 5, kernel: (3, 3), stride: 2, pad: (0, 1), outSize: (1, 2)),
    WindowCase((6, 6), channels: 5, kernel: (5, 5), stride: 2, pad: (1, 1), outSize: (3, 3)),
  ]

  private static func counting(_ layout: WindowCase) -> WindowCase {
    var layout = layout
    layout.countsPadding = true
    return layout
  }

  @Test(arguments: (strided + KernelsWindowTests.windows).map(counting))
  func tablesAgreeWithReference(_ layout: WindowCase) throws {
    let found = try WindowFamily.pool(NAS_POOL_AVERAGE).disagreements(layout)
    #expect(found == [])
  }

  @Test func randomGeometriesAgreeWithReference() throws {
    for index in 0..<60 {
      let layout = KernelsPaddingTests.counting(.random(.pool(NAS_POOL_AVERAGE), index))
      let found = try WindowFamily.pool(NAS_POOL_AVERAGE).disagreements(layout)
      #expect(found == [], "\(index): \(layout)")
    }
  }

  /// Ones: a mean is the share of its window that lies inside the image, and every pixel gets a ninth of each gradient.
  @Test func sharesOfTheWindow() throws {
    let layout = KernelsPaddingTests.counting(
      WindowCase((4, 4), channels: 1, kernel: (3, 3), stride: 2, pad: (0, 0), outSize: (2, 2)))
    var operands = WindowOperands(.pool(NAS_POOL_AVERAGE), layout, Presentation())
    (operands.x, operands.gradient) = (operands.x.map { _ in 1 }, operands.gradient.map { _ in 9 })
    for table in vectorTables() + [try referenceTable()] {
      let results = try operands.run(table, ranges: [0..<layout.images])
      let errors = zip(results.y, [1, 6 / 9, 6 / 9, 4 / 9]).map { abs($0 - $1) }
      #expect(errors.allSatisfy { $0 < 1e-6 }, "\(table.isa): \(results.y)")
      let readers: [Float] = [1, 1, 2, 1, 1, 1, 2, 1, 2, 2, 4, 2, 1, 1, 2, 1]
      #expect(zip(results.dx, readers).allSatisfy { abs($0 - $1) < 1e-5 }, "\(table.isa): \(results.dx)")
    }
  }

  /// A window without a pixel inside the image is 0 here as well.
  @Test func windowsOutsideTheImage() throws {
    let layout = KernelsPaddingTests.counting(
      WindowCase((3, 3), channels: 5, kernel: (2, 2), stride: 2, pad: (2, 2), outSize: (4, 4)))
    let found = try WindowFamily.pool(NAS_POOL_AVERAGE).disagreements(layout)
    #expect(found == [])
    let operands = WindowOperands(.pool(NAS_POOL_AVERAGE), layout, Presentation())
    let results = try operands.run(try referenceTable(), ranges: [0..<layout.images])
    #expect(results.y.prefix(5).allSatisfy { $0 == 0 })
  }

  /// Extremes have nothing to count.
  @Test(arguments: [NAS_POOL_MAX, NAS_POOL_MIN]) func extremesDoNotLookAtIt(_ kind: nas_pool) throws {
    for layout in KernelsPaddingTests.strided {
      let plain = WindowOperands(.pool(kind), layout, Presentation())
      let counting = WindowOperands(.pool(kind), KernelsPaddingTests.counting(layout), Presentation())
      for table in vectorTables() + [try referenceTable()] {
        let results = try counting.run(table, ranges: [0..<layout.images])
        #expect(results.differences(from: try plain.run(table, ranges: [0..<layout.images]), tolerance: 0) == [])
      }
    }
  }
}
