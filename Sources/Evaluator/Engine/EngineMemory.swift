/// The memory of one plan: parameters and what is computed. Allocated once, freed with the object.
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
  private let block: ZeroedMemory
  /// Whose parameters these are, when they are another's.
  private let owner: EngineMemory?

  /// Memory of a plan with parameters of its own.
  /// - Throws: `Failure` when the system refuses it, like the others.
  convenience init(_ plan: ExecutionPlan) throws { try self.init(plan, arenaCount: plan.arenaCount, owner: nil) }

  /// The parameters of a plan alone.
  convenience init(parametersOf plan: ExecutionPlan) throws { try self.init(plan, arenaCount: 0, owner: nil) }

  /// Memory of a plan of the same network that reads another memory's parameters.
  convenience init(_ plan: ExecutionPlan, parametersOf owner: EngineMemory) throws {
    try self.init(plan, arenaCount: plan.arenaCount, owner: owner)
  }

  private init(_ plan: ExecutionPlan, arenaCount: Int, owner: EngineMemory?) throws {
    layout = plan.layout
    self.owner = owner
    let copies = owner != nil ? 0 : plan.mode == .training ? 3 : 1
    let trainableCount = FixedArea.aligned(layout.trainableCount)
    let bufferCount = owner == nil ? FixedArea.aligned(layout.bufferCount) : 0
    let labelCount = FixedArea.aligned(plan.batch)
    let floats = trainableCount * copies + bufferCount + arenaCount
    let bytes = floats * MemoryLayout<Float>.stride + 2 * labelCount
    block = try ZeroedMemory(bytes: bytes)
    let start = block.start.bindMemory(to: Float.self, capacity: floats)
    trainable = owner?.trainable ?? start
    gradients = owner?.gradients ?? start + min(copies - 1, 1) * trainableCount
    velocity = owner?.velocity ?? start + (copies - 1) * trainableCount
    buffers = owner?.buffers ?? start + copies * trainableCount
    arena = start + copies * trainableCount + bufferCount
    labels = UnsafeMutableRawPointer(arena + arenaCount).bindMemory(to: UInt8.self, capacity: 2 * labelCount)
    correct = labels + labelCount
  }
}
