import CKernels
import Testing

/// The comparison must see faults: tables with one wrong kernel each, made from the reference.
struct KernelsPlantedFaultTests {
  private let layout = WindowCase((6, 6), channels: 5, kernel: (3, 3), groups: 5)

  private func faultyTable(_ plant: (inout nas_kernels) -> Void) throws -> [nas_kernels] {
    var table = try referenceTable()
    plant(&table)
    return [table]
  }

  @Test func ignoredShiftOfTheWindowIsSeen() throws {
    let tables = try faultyTable {
      $0.depthwise_forward = { window, x, weights, y, n0, n1, sum, squares, scratch in
        guard let window, let reference = nas_kernels_for(NAS_ISA_REFERENCE) else { return }
        var shifted = window.pointee
        shifted.pad_left -= 1
        reference.pointee.depthwise_forward?(&shifted, x, weights, y, n0, n1, sum, squares, scratch)
      }
    }
    let found = try WindowFamily.depthwise.disagreements(layout, tables: tables)
    #expect(found.contains { $0.contains("y is off") })
    #expect(!found.contains { $0.contains("dx is off") })
  }

  @Test func ignoredAccumulationIsSeen() throws {
    let tables = try faultyTable {
      $0.depthwise_backward = { window, x, weights, dy, dx, dw, n0, n1, scratch in
        var written = dx
        written.accumulate = 0
        guard let reference = nas_kernels_for(NAS_ISA_REFERENCE) else { return }
        reference.pointee.depthwise_backward?(window, x, weights, dy, written, dw, n0, n1, scratch)
      }
    }
    let found = try WindowFamily.depthwise.disagreements(layout, tables: tables)
    #expect(!found.isEmpty)
    #expect(found.allSatisfy { $0.contains("dx is off") && $0.contains("accumulate: true") })
  }

  @Test func ignoredReluMaskIsSeen() throws {
    let tables = try faultyTable {
      $0.pool_backward = { kind, window, x, dy, dx, n0, n1, scratch in
        var unmasked = x
        unmasked.relu = 0
        guard let reference = nas_kernels_for(NAS_ISA_REFERENCE) else { return }
        reference.pointee.pool_backward?(kind, window, unmasked, dy, dx, n0, n1, scratch)
      }
    }
    let found = try WindowFamily.pool(NAS_POOL_AVERAGE).disagreements(layout, tables: tables)
    #expect(!found.isEmpty)
    #expect(found.allSatisfy { $0.contains("relu: true") })
  }

  @Test func writingBehindTheEndIsSeen() {
    let buffer = FloatBuffer(8)
    #expect(buffer.guardIsIntact)
    buffer.pointer[8] = 0
    #expect(!buffer.guardIsIntact)
    buffer.pointer[8] = FloatBuffer.guardValue
  }
}
