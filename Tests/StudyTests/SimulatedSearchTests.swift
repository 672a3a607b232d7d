import Controllers
import SearchSpace
import Testing

@testable import Study

/// Rewards and costs that follow from the digits.
private struct DigitTable: Evaluating {
  var failing: [Int]?
  var isFree = false

  static func reward(_ architecture: Architecture) -> Double {
    Double(architecture.choices.reduce(0, +)) / 16 - 0.1 * Double(abs(architecture.choices[0] - 2))
  }

  static func seconds(_ architecture: Architecture) -> Double { 10 + Double(architecture.choices[1]) }

  func evaluate(_ candidate: Candidate) async throws -> Outcome {
    if candidate.architecture.choices == failing { return .failed(Failure(kind: .invalid, reason: "No row.")) }
    return .measured(
      Measurement(
        reward: Self.reward(candidate.architecture), epochs: [], parameters: 1, multiplyAdds: 1,
        simulatedSeconds: isFree ? nil : Self.seconds(candidate.architecture)))
  }
}

@Suite struct SimulatedSearchTests {
  private func search(
    _ controller: ControllerSettings = .random, seed: UInt64 = 1, table: DigitTable = DigitTable()
  ) -> SimulatedSearch {
    SimulatedSearch(space: DigitSpace(), controller: controller, evaluator: table, seed: seed)
  }

  /// Random search needs no history, so what it finds can be said in advance.
  @Test func theBudgetIsSpentToTheCandidateThatGoesOver() async throws {
    let run = try await search().run(seconds: 100)
    var elapsed = 0.0
    var expected: [SimulatedRun.Improvement] = []
    var count = 0
    while elapsed < 100 {
      var random = RandomStream(seed: 1).split("candidate", count).split("proposal")
      let architecture = DigitSpace().sample(using: &random)
      let reward = DigitTable.reward(architecture)
      if reward > expected.last?.reward ?? -1 {
        expected.append(.init(architecture: architecture, reward: reward, begun: elapsed))
      }
      elapsed += DigitTable.seconds(architecture)
      count += 1
    }
    #expect(run.candidates == count)
    #expect(run.improvements == expected)
    #expect(expected.count > 1)
    #expect(run.thinking > .zero)
  }

  @Test func theAnswerIsTheBestOfWhatWasBegunBeforeTheEnd() {
    var run = SimulatedRun()
    for (index, (reward, begun)) in [(0.3, 0.0), (0.2, 10), (0.5, 20), (0.4, 30), (0.6, 40)].enumerated() {
      run.record(Architecture(choices: [index]), reward: reward, begun: begun, thinking: .zero)
    }
    #expect(run.candidates == 5)
    #expect([0.001, 20, 20.001, 40, 41].map { run.answer(after: $0)?.reward } == [0.3, 0.3, 0.5, 0.5, 0.6])
    #expect(run.answer(after: 41)?.architecture == Architecture(choices: [4]))
  }

  @Test func whatCannotBePaidForIsAnError() async {
    await #expect(throws: SimulationError.noSeconds) {
      try await search(table: DigitTable(isFree: true)).run(seconds: 100)
    }
    await #expect(throws: SimulationError.failed(reason: "No row.")) {
      var random = RandomStream(seed: 1).split("candidate", 0).split("proposal")
      let first = DigitSpace().sample(using: &random).choices
      return try await search(table: DigitTable(failing: first)).run(seconds: 100)
    }
    #expect(
      SimulationError.failed(reason: "No row.").description
        == "A simulated search needs a result for every architecture, but one failed: No row.")
  }

  @Test(arguments: [ControllerSettings.evolution(.tabular), .rl(.tabular), .bayesian(.standard)])
  func repeatsDoNotDependOnThreadsOrTheirNumber(_ controller: ControllerSettings) async throws {
    func runs(_ count: Int, threads: Int) async throws -> [[SimulatedRun.Improvement]] {
      try await RepeatedSearches(
        space: DigitSpace(), evaluator: DigitTable(), seed: 7, count: count, threads: threads
      ).runs(of: controller, seconds: 500).map(\.improvements)
    }
    let alone = try await runs(6, threads: 1)
    let together = try await runs(6, threads: 4)
    let fewer = try await runs(4, threads: 3)
    #expect(alone == together)
    #expect(Array(alone.prefix(4)) == fewer)
    #expect(Set(alone.map { $0.map(\.architecture) }).count > 3)
  }

  @Test func summariesOfSamples() {
    let summary = SampleSummary([1, 2, 3, 6])
    #expect(summary.count == 4 && summary.mean == 3)
    #expect(abs(summary.deviation - (14.0 / 3).squareRoot()) < 1e-15)
    #expect(SampleSummary([5]).deviation == 0)
    #expect(SampleSummary([]).mean == 0)
  }
}
