#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The memory of one plan: parameters and what is computed. Allocated once, aligned to 64 bytes, freed with the object.
final class EngineMemory {
  let layout: ParameterLayout
  let trainable: UnsafeMutablePointer<Float>
  let buffers: UnsafeMutablePointer<Float>
  /// Gradients and momentum of the trainable scalars; empty when only inference is planned.
  let gradients: UnsafeMutablePointer<Float>
  let velocity: UnsafeMutablePointer<Float>
  let arena: UnsafeMutablePointer<Float>
  /// One label per image of a batch, and whether it was predicted.
  let labels: UnsafeMutablePointer<UInt8>
  let correct: UnsafeMutablePointer<UInt8>
  private let block: UnsafeMutableRawPointer
  /// Whose parameters these are, when they are another's.
  private let owner: EngineMemory?

  /// Memory of a plan with parameters of its own.
  convenience init(_ plan: ExecutionPlan) { self.init(plan, arenaCount: plan.arenaCount, owner: nil) }

  /// The parameters of a plan alone.
  convenience init(parametersOf plan: ExecutionPlan) { self.init(plan, arenaCount: 0, owner: nil) }

  /// Memory of a plan of the same network that reads another memory's parameters.
  convenience init(_ plan: ExecutionPlan, parametersOf owner: EngineMemory) {
    self.init(plan, arenaCount: plan.arenaCount, owner: owner)
  }

  private init(_ plan: ExecutionPlan, arenaCount: Int, owner: EngineMemory?) {
    layout = plan.layout
    self.owner = owner
    let copies = owner != nil ? 0 : plan.mode == .training ? 3 : 1
    let trainableCount = FixedArea.aligned(layout.trainableCount)
    let bufferCount = owner == nil ? FixedArea.aligned(layout.bufferCount) : 0
    let labelCount = FixedArea.aligned(plan.batch)
    let floats = trainableCount * copies + bufferCount + arenaCount
    let bytes = floats * MemoryLayout<Float>.stride + 2 * labelCount
    block = EngineMemory.allocate(bytes)
    block.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
    let start = block.bindMemory(to: Float.self, capacity: floats)
    trainable = owner?.trainable ?? start
    gradients = owner?.gradients ?? start + min(copies - 1, 1) * trainableCount
    velocity = owner?.velocity ?? start + (copies - 1) * trainableCount
    buffers = owner?.buffers ?? start + copies * trainableCount
    arena = start + copies * trainableCount + bufferCount
    labels = UnsafeMutableRawPointer(arena + arenaCount).bindMemory(to: UInt8.self, capacity: 2 * labelCount)
    correct = labels + labelCount
  }

  deinit { block.deallocate() }

  /// Aligned for the widest vector. Large memory asks for large pages, which Linux then gives where it has them: with small
  /// ones the processor's prefetching ends every 4 KB.
  static func allocate(_ bytes: Int) -> UnsafeMutableRawPointer {
    #if os(Linux)
      let largePage = 2 << 20
      if bytes >= 2 * largePage {
        let block = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: largePage)
        madvise(block, bytes, MADV_HUGEPAGE)
        return block
      }
    #endif
    return UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
  }
}
