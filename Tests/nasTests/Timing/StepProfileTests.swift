import Testing

@testable import Evaluator
@testable import nas

@Suite struct StepProfileTests {
  private let summaries = [
    StepSummary(
      name: "a", action: "relu, 1×1", kind: "1×1", isBackward: false, bytesRead: 3_000_000, bytesWritten: 1_000_000,
      multiplyAdds: 50_000_000),
    StepSummary(
      name: "b", action: "add", kind: "add", isBackward: false, bytesRead: 8_000_000, bytesWritten: 0, multiplyAdds: 0),
    StepSummary(
      name: "c", action: "1×1, sums", kind: "1×1", isBackward: false, bytesRead: 0, bytesWritten: 0,
      multiplyAdds: 10_000_000),
    StepSummary(
      name: "a", action: "1×1", kind: "1×1", isBackward: true, bytesRead: 1, bytesWritten: 1, multiplyAdds: 100_000_000),
  ]

  private var profile: StepProfile {
    // A batch takes 10 ms of each of two threads; the third was disturbed.
    let batch = StepProfile.Batch(
      seconds: [0.002, 0.004, 0.003, 0.008],
      parts: StepParts(assembling: 0.0002, propagating: 0.0095, updating: 0.0003))
    let disturbed = StepProfile.Batch(
      seconds: [1, 0.001, 0.003, 1], parts: StepParts(assembling: 1, propagating: 2, updating: 0.0003))
    return StepProfile(summaries, batches: [batch, batch, disturbed], threads: 2)
  }

  @Test func stepsAreSortedByTime() {
    #expect(profile.steps.map(\.action) == ["1×1", "add", "1×1, sums", "relu, 1×1"])
    #expect(isClose(profile.steps[0].seconds, 0.008))
    #expect(isClose(profile.steps[0].share, 0.4))
    // 2 × 100 M in 8 ms, and 4 MB in 2 ms.
    #expect(isClose(profile.steps[0].operationsPerSecond, 25e9))
    #expect(isClose(profile.steps[3].bytesPerSecond, 2e9))
  }

  @Test func kindsOfEachHalfAreSummed() throws {
    #expect(profile.kinds.map(\.name) == ["1×1", "1×1", "add"])
    let forward = try #require(profile.kinds.first { $0.name == "1×1" && !$0.isBackward })
    #expect(forward.steps == 2)
    #expect(isClose(forward.seconds, 0.005))
    #expect(isClose(forward.operationsPerSecond, 2 * 60e6 / 0.005))
  }

  @Test func allTimeIsAccountedFor() {
    let sum =
      profile.steps.reduce(0) { $0 + $1.share } + profile.assemblingShare + profile.updatingShare + profile.otherShare
    #expect(isClose(sum, 1))
    #expect(isClose(profile.assemblingShare, 0.02))
    #expect(isClose(profile.otherShare, 1 - 0.85 - 0.05))
  }

  @Test func bothTablesArePrinted() {
    let lines = profile.lines
    #expect(lines[2] == "half      step  does          ms    share  GF/s  GB/s")
    #expect(lines[3] == "backward  a     1×1        8.000  40.00 %  25.0   0.0")
    #expect(lines[4] == "forward   b     add        4.000  20.00 %     -   2.0")
    #expect(lines[8] == "half      kind  steps     ms    share  GF/s  GB/s")
    #expect(lines.last?.hasPrefix("besides: assembling images 2.00 %, clipping and update 3.00 %") == true)
  }

  private func isClose(_ found: Double, _ expected: Double) -> Bool { abs(found - expected) <= 1e-9 * abs(expected) }
}
