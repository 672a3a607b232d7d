import SearchSpace
import Testing

@testable import Evaluator

@Suite struct ZeroedMemoryTests {
  /// Small memory and what comes from the system in large pages, also where the pages were used and freed before.
  @Test(arguments: [0, 100, 1 << 16, 5 << 20]) func isZeroAndAligned(bytes: Int) throws {
    for _ in 0..<3 {
      let memory = try ZeroedMemory(bytes: bytes)
      let values = UnsafeMutableRawBufferPointer(start: memory.start, count: bytes)
      #expect(Int(bitPattern: memory.start) % 64 == 0)
      let isZero = values.allSatisfy { $0 == 0 }
      #expect(isZero)
      for index in values.indices { values[index] = 255 }
    }
  }

  #if os(Linux)
    /// More than any processor can address.
    @Test func whatTheSystemRefusesIsAFailure() {
      let failure = #expect(throws: Failure.self) { try ZeroedMemory(bytes: 1 << 60) }
      #expect(failure?.kind == .outOfMemory)
      #expect(
        failure?.reason
          == "The system refuses 1152921504606846976 bytes of memory.")
    }
  #endif
}
