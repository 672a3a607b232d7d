import SearchSpace
import Testing

@testable import Study

@Suite struct RunSummaryTests {
  @Test func anEmptyRun() {
    let summary = RunSummary([])
    #expect(summary.candidates == 0)
    #expect(summary.best == nil)
    #expect(summary.meanSeconds == nil)
    #expect(summary.remainingSeconds(until: 10) == nil)
  }

  @Test func countsBestAndTimes() {
    let crash = Failure(kind: .crashed, reason: "x")
    let records = [
      record(0, reward: nil, failure: crash, seconds: 2, elapsed: 2), record(1, reward: 0.5, seconds: 4, elapsed: 5),
      record(2, reward: 0.75, seconds: 6, elapsed: 12),
      record(3, reward: 0.75, seconds: 0, duplicateOf: 2, elapsed: 12),
      record(4, reward: nil, failure: Failure(kind: .diverged, reason: "y"), seconds: 0, elapsed: 10),
      record(5, reward: 0.75, seconds: 3, elapsed: 18),
    ]
    let summary = RunSummary(records)
    #expect(summary.candidates == 6)
    #expect(summary.measured == 4)
    #expect(summary.duplicates == 1)
    #expect(summary.failures == [.init(kind: .diverged, count: 1), .init(kind: .crashed, count: 1)])
    #expect(summary.best?.index == 2)
    #expect(summary.bestSoFar == [nil, 0.5, 0.75, 0.75, 0.75, 0.75])
    #expect(summary.meanSeconds == 3)
    #expect(summary.elapsed == 18)
    #expect(summary.remainingSeconds(until: 10) == 12)
    #expect(summary.remainingSeconds(until: 3) == 0)
    #expect(RunSummary.top(5, of: records).map(\.index) == [2, 5, 1])
    #expect(RunSummary.top(1, of: records).map(\.index) == [2])
  }
}

func record(
  _ index: Int, reward: Double?, failure: Failure? = nil, seconds: Double = 1, duplicateOf: Int? = nil,
  elapsed: Double = 1
) -> CandidateRecord {
  CandidateRecord(
    index: index, architecture: Architecture(choices: [index]), fingerprint: "f\(index)", seed: UInt64(index),
    parent: nil,
    logProbability: nil, attempt: 0, duplicateOf: duplicateOf, parameters: 1, multiplyAdds: 2, reward: reward,
    epochs: [],
    failure: failure, timing: Timing(seconds: seconds, elapsed: elapsed, finished: "2025-01-01T00:00:00Z"))
}
