import Testing

@testable import Evaluator

/// What depends on the machine cannot be pinned; how it is measured can.
@Suite struct MachineSpeedTests {
  /// On small arrays: what they give is no speed of the memory, but a number.
  @Test(arguments: [1, 2, 3]) func allThreadsAreMeasured(_ threads: Int) throws {
    let speed = try MachineSpeed(measuring: threads, instructions: .underTest(), triadCount: 5000)
    #expect(speed.threads == threads)
    for rate in [speed.multiplyAddsPerSecond, speed.bytesPerSecond] { #expect(rate > 0 && rate.isFinite) }
  }

  @Test func noThreadsAreRefused() {
    #expect(throws: EngineError.noThreads(found: 0)) { try MachineSpeed(measuring: 0, instructions: .reference) }
  }

  @Test func theShortestTimeCounts() {
    #expect(MachineSpeed.rate(of: 12, in: [4, 3, 6]) == 4)
    #expect(MachineSpeed.rate(of: 3, in: [0.5]) == 6)
    #expect(MachineSpeed.rate(of: 3, in: []) == 0)
  }

  /// STREAM counts two arrays that are read and one that is written, of 4 bytes a float.
  @Test func triadsCountThreeArrays() {
    #expect(MachineSpeed.triadBytes(count: 10) == 120)
  }

  @Test func threadsShareEveryFloatOnce() {
    for (threads, count) in [(1, 7), (2, 7), (3, 7), (8, 5), (5, 100)] {
      let shares = (0..<threads).map { MachineSpeed.share(of: $0, threads: threads, count: count) }
      #expect(shares.flatMap { Array($0) } == Array(0..<count))
      let sizes = shares.map(\.count)
      #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 1)
    }
    #expect(MachineSpeed.share(of: 1, threads: 3, count: 7) == 2..<4)
  }
}
