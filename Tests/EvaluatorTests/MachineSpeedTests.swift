import Testing

@testable import Evaluator

/// What depends on the machine cannot be pinned; what a share is taken of must at least be a number of its kind.
@Suite struct MachineSpeedTests {
  @Test func allThreadsAreMeasured() throws {
    for threads in [1, 2] {
      let speed = try MachineSpeed(measuring: threads, instructions: .underTest())
      #expect(speed.threads == threads)
      // No processor that runs this is slower than a million or faster than 10^16.
      #expect((1e6..<1e16).contains(speed.multiplyAddsPerSecond))
      #expect((1e6..<1e16).contains(speed.bytesPerSecond))
    }
    #expect(throws: EngineError.noThreads(found: 0)) { try MachineSpeed(measuring: 0, instructions: .reference) }
  }
}
