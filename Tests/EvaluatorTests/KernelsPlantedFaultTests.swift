import CKernels
import Testing

/// The reference's kernels, for tables with a fault.
private var reference: nas_kernels? { nas_kernels_for(NAS_ISA_REFERENCE)?.pointee }

/// The comparison must see faults: tables with one wrong kernel each, made from the reference.
struct KernelsPlantedFaultTests {
  private let layout = WindowCase((6, 6), channels: 5, kernel: (3, 3))

  private func found(
    _ family: WindowFamily, _ layout: WindowCase, _ plant: (inout nas_kernels) -> Void
  ) throws -> [String] {
    var table = try referenceTable()
    plant(&table)
    return try family.disagreements(layout, tables: [table])
  }

  @Test func noFaultIsSeenInTheReference() throws {
    let found = try found(.depthwise, layout) { _ in }
    #expect(found == [])
  }

  @Test func ignoredShiftOfTheWindowIsSeen() throws {
    let found = try found(.depthwise, layout) {
      $0.separable_forward = { window, x, depthwise, pointwise, bias, y, kept, n0, n1, sums, scratch in
        guard let window else { return }
        var shifted = window.pointee
        shifted.pad_left -= 1
        reference?.separable_forward?(&shifted, x, depthwise, pointwise, bias, y, kept, n0, n1, sums, scratch)
      }
    }
    #expect(found.contains { $0.contains("y is off") })
    #expect(!found.contains { $0.contains("dx is off") })
  }

  @Test func whatIsNotKeptAndNotReadIsSeen() throws {
    let separable = WindowCase((6, 6), channels: 5, outputs: 6, kernel: (3, 3))
    let unkept = try found(.separable, separable) {
      $0.separable_forward = { window, x, depthwise, pointwise, bias, y, _, n0, n1, sums, scratch in
        reference?.separable_forward?(window, x, depthwise, pointwise, bias, y, nas_kept(), n0, n1, sums, scratch)
      }
    }
    let unread = try found(.separable, separable) {
      $0.separable_backward = { window, x, depthwise, pointwise, transposed, _, dy, dx, dw, dpointwise, n0, n1, s, f in
        reference?.separable_backward?(
          window, x, depthwise, pointwise, transposed, nas_kept(), dy, dx, dw, dpointwise, n0, n1, s, f)
      }
    }
    let keeping = Presentation.all.count(where: \.keeps)
    #expect(unkept.count == keeping && unkept.allSatisfy { $0.contains("what is kept is off") })
    #expect(unread.count == keeping && unread.allSatisfy { $0.contains("dpointwise is off") })
  }

  @Test func ignoredAccumulationIsSeen() throws {
    let found = try found(.pool(NAS_POOL_AVERAGE), layout) {
      $0.pool_backward = { kind, window, x, dy, dx, n0, n1, sums, scratch in
        var written = dx
        written.accumulate = 0
        reference?.pool_backward?(kind, window, x, dy, written, n0, n1, sums, scratch)
      }
    }
    #expect(found.contains { $0.contains("dx is off") } && found.contains { $0.contains("sum of dx") })
    #expect(found.allSatisfy { $0.contains("dx") && $0.contains("accumulate: true") })
  }

  @Test func uncountedPaddingIsSeen() throws {
    var counting = layout
    counting.countsPadding = true
    let found = try found(.pool(NAS_POOL_AVERAGE), counting) {
      $0.pool_forward = { kind, window, x, y, n0, n1, sums, scratch in
        guard var plain = window?.pointee else { return }
        plain.counts_padding = 0
        reference?.pool_forward?(kind, &plain, x, y, n0, n1, sums, scratch)
      }
      $0.pool_backward = { kind, window, x, dy, dx, n0, n1, sums, scratch in
        guard var plain = window?.pointee else { return }
        plain.counts_padding = 0
        reference?.pool_backward?(kind, &plain, x, dy, dx, n0, n1, sums, scratch)
      }
    }
    #expect(found.contains { $0.contains(" y is off") } && found.contains { $0.contains(" dx is off") })
  }

  @Test func ignoredReluMaskIsSeen() throws {
    let found = try found(.pool(NAS_POOL_AVERAGE), layout) {
      $0.pool_backward = { kind, window, x, dy, dx, n0, n1, sums, scratch in
        var unmasked = x
        unmasked.relu = 0
        reference?.pool_backward?(kind, window, unmasked, dy, dx, n0, n1, sums, scratch)
      }
    }
    #expect(!found.isEmpty)
    #expect(found.allSatisfy { $0.contains("relu: true") })
  }

  @Test func ignoredSumsAreSeen() throws {
    let found = try found(.convolution, WindowCase((3, 3), channels: 5, outputs: 6, kernel: (1, 1))) {
      $0.convolution_backward = { window, x, transposed, dy, dx, dw, n0, n1, sums, scratch in
        let first = nas_sums(first: sums.first, second: nil)
        reference?.convolution_backward?(window, x, transposed, dy, dx, dw, n0, n1, first, scratch)
      }
    }
    #expect(!found.isEmpty)
    #expect(found.allSatisfy { $0.contains("sum of dx * x is off") && $0.contains("wantsSecondSum: true") })
  }

  @Test func ignoredBiasIsSeen() throws {
    let found = try found(.convolution, WindowCase((3, 3), channels: 5, outputs: 6, kernel: (1, 1))) {
      $0.convolution_forward = { window, x, weights, _, y, n0, n1, sums, scratch in
        reference?.convolution_forward?(window, x, weights, nil, y, n0, n1, sums, scratch)
      }
    }
    #expect(found.contains { $0.contains("y is off") })
    #expect(found.allSatisfy { $0.contains("bias: true") })
  }

  @Test func imagesOutsideTheRangeAreSeen() throws {
    let found = try found(.pool(NAS_POOL_MAX), layout) {
      $0.pool_backward = { kind, window, x, dy, dx, _, n1, sums, scratch in
        reference?.pool_backward?(kind, window, x, dy, dx, 0, n1, sums, scratch)
      }
    }
    #expect(found.contains { $0.contains("dx is written outside the range") })
  }

  @Test func laneWithoutChannelIsSeen() throws {
    let found = try found(.pool(NAS_POOL_MAX), layout) {
      $0.pool_forward = { kind, window, x, y, n0, n1, sums, scratch in
        reference?.pool_forward?(kind, window, x, y, n0, n1, sums, scratch)
        y.data?.storeBytes(of: 1, toByteOffset: 4 * (y.plane + 1), as: Float.self)  // lane 5 of 5 channels
      }
    }
    #expect(found.contains { $0.contains("y is not 0 in a lane without a channel") })
  }

  @Test func writingBetweenPlanesIsSeen() throws {
    let found = try found(.pool(NAS_POOL_MAX), layout) {
      $0.pool_forward = { kind, window, x, y, n0, n1, sums, scratch in
        reference?.pool_forward?(kind, window, x, y, n0, n1, sums, scratch)
        y.data?.storeBytes(of: 0, toByteOffset: 4 * (y.plane - 1), as: Float.self)
      }
    }
    #expect(found.count == Presentation.all.count)
    #expect(found.allSatisfy { $0.contains("y is written between planes") })
  }

  @Test func scratchThatIsTooSmallIsSeen() throws {
    let found = try found(.separable, WindowCase((3, 3), channels: 5, outputs: 6, kernel: (3, 3))) {
      $0.separable_scratch = { window in (reference?.separable_scratch?(window) ?? 0) - 1 }
    }
    #expect(found.count == Presentation.all.count)
    #expect(found.allSatisfy { $0.contains("scratch was written behind its end") })
  }

  @Test func writingBehindTheEndIsSeen() {
    let buffer = FloatBuffer(8)
    #expect(buffer.guardIsIntact)
    buffer.pointer[8] = 0
    #expect(!buffer.guardIsIntact)
    buffer.pointer[8] = FloatBuffer.guardValue
  }
}
