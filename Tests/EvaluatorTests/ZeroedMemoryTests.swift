import Testing

@testable import Evaluator

@Suite struct ZeroedMemoryTests {
  /// Small memory and what comes from the system in large pages, also where the pages were used and freed before.
  @Test(arguments: [0, 100, 1 << 16, 5 << 20]) func isZeroAndAligned(bytes: Int) {
    for _ in 0..<3 {
      let memory = ZeroedMemory(bytes: bytes)
      let values = UnsafeMutableRawBufferPointer(start: memory.start, count: bytes)
      #expect(Int(bitPattern: memory.start) % 64 == 0)
      let isZero = values.allSatisfy { $0 == 0 }
      #expect(isZero)
      for index in values.indices { values[index] = 255 }
    }
  }
}
