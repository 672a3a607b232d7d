#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The memory of one model in training or use: allocated once, aligned to 64 bytes, freed with the object.
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

  /// Enough for every one of the plans, one at a time; all of one network.
  init(plans: [ExecutionPlan]) {
    layout = plans[0].layout
    let trains = plans.contains { $0.mode == .training }
    let batch = plans.reduce(0) { max($0, $1.batch) }
    let trainableCount = FixedArea.aligned(layout.trainableCount)
    let bufferCount = FixedArea.aligned(layout.bufferCount)
    let labelCount = FixedArea.aligned(batch)
    let arenaCount = plans.reduce(0) { max($0, $1.arenaCount) }
    let floats = trainableCount * (trains ? 3 : 1) + bufferCount + arenaCount
    let bytes = floats * MemoryLayout<Float>.stride + 2 * labelCount
    block = EngineMemory.allocate(bytes)
    block.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
    trainable = block.bindMemory(to: Float.self, capacity: floats)
    gradients = trainable + (trains ? trainableCount : 0)
    velocity = gradients + (trains ? trainableCount : 0)
    buffers = velocity + trainableCount
    arena = buffers + bufferCount
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
