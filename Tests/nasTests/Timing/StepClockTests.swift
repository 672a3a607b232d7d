import Testing

@testable import nas

@Suite struct StepClockTests {
  @Test func warmupIsNotTimed() {
    var clock = StepClock(warmup: 2, steps: 3)
    var ticks = 0
    while !clock.isDone {
      clock.tick()
      ticks += 1
    }
    // A step's end is the next one's beginning.
    #expect(ticks == 2 + 3 + 1)
    clock.tick()
    #expect(clock.times.count == 3)
  }

  @Test func medians() {
    #expect([3.0].median == 3)
    #expect([9.0, 1, 2].median == 2)
    #expect([4.0, 1, 2, 9].median == 3)
  }

  @Test func memoryGrowsWithWhatIsTouched() throws {
    #if os(Linux)
      let before = try #require(ProcessMemory.resident)
      let floats = [Float](repeating: 1, count: 16 << 20)
      let grown = try #require(ProcessMemory.peak) - before
      #expect(grown > 60 << 20, "\(floats.count) floats were written")
    #endif
  }
}
