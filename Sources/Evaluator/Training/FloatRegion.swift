/// Numbers that live as long as a training does: allocated once, freed with the object.
final class FloatRegion {
  let start: UnsafeMutablePointer<Float>
  let count: Int
  private let block: ZeroedMemory

  /// - Throws: `Failure` when the system refuses the memory.
  init(count: Int, value: Float = 0) throws {
    self.count = count
    block = try ZeroedMemory(bytes: FloatRegion.bytes(count))
    start = block.start.bindMemory(to: Float.self, capacity: count)
    start.initialize(repeating: value, count: count)
  }

  /// The memory of so many numbers, in bytes.
  static func bytes(_ count: Int) -> Int { count * MemoryLayout<Float>.stride }
}
