import SearchSpace
import Testing

@testable import Study

@Suite struct BestSoFarTests {
  /// Candidate 1 finished before candidate 0, candidate 2 failed.
  private let growth = BestSoFar([
    record(0, reward: 0.5, elapsed: 20), record(1, reward: 0.2, elapsed: 10),
    record(2, reward: nil, failure: Failure(kind: .crashed, reason: "x"), elapsed: 30),
    record(3, reward: 0.6, elapsed: 40),
  ])

  @Test func overCandidates() {
    #expect(growth.byCandidate == [0.5, 0.5, 0.5, 0.6])
    #expect(growth.candidates == 4)
    #expect([0, 1, 3, 4, 9].map { growth.best(candidates: $0) } == [nil, 0.5, 0.5, 0.6, 0.6])
    #expect(abs(growth.area(candidates: 4) - 2.1 / 4) < 1e-15)
    #expect(growth.area(candidates: 2) == 0.5)
  }

  @Test func overTimeInTheOrderOfFinishing() {
    #expect(growth.seconds == 40)
    #expect([9.9, 10, 19, 20, 39, 40].map { growth.best(seconds: $0) } == [nil, 0.2, 0.2, 0.5, 0.5, 0.6])
    // Nothing for 10 s, then 0.2 for 10 s, then 0.5 for 15 s.
    #expect(abs(growth.area(seconds: 35) - (0.2 * 10 + 0.5 * 15) / 35) < 1e-15)
    #expect(growth.area(seconds: 10) == 0)
  }

  @Test func nothingFoundCountsAsNothing() {
    let failure = Failure(kind: .crashed, reason: "x")
    let late = BestSoFar([record(0, reward: nil, failure: failure), record(1, reward: 0.4)])
    #expect(late.byCandidate == [nil, 0.4])
    #expect(late.area(candidates: 2) == 0.2)
    let none = BestSoFar([])
    #expect(none.best(candidates: 3) == nil && none.best(seconds: 3) == nil)
    #expect(none.area(candidates: 3) == 0 && none.area(seconds: 3) == 0 && none.seconds == 0)
  }
}
