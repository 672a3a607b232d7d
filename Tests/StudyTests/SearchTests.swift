import Controllers
import Foundation
import SearchSpace
import Testing

@testable import Study

@Suite struct SearchTests {
  @Test(arguments: [(1, 0), (2, 1), (5, 2), (8, 3), (8, 4)])
  func theJournalIsTheSameForAnyNumberOfWorkers(window: Int, seed: UInt64) async throws {
    try await withFolder { folder in
      var journals: [[String]] = []
      for workers in [1, 2, 5] {
        let run = folder.appendingPathComponent("\(workers)")
        let settings = SearchSettings(
          seed: seed, window: window, duplicates: Duplicates.allCases[Int(seed) % 3], evaluations: 30, workers: workers)
        try await runNew(run, toySearch(settings, evaluator: ToyEvaluator(maximumDelay: 3_000_000)))
        journals.append(try withoutTiming(run.appendingPathComponent("journal.jsonl")))
      }
      #expect(journals[0].count == 31)
      #expect(journals[0] == journals[1])
      #expect(journals[0] == journals[2])
    }
  }

  @Test func theControllerKnowsExactlyTheResultsBeforeTheWindow() async throws {
    try await withFolder { folder in
      let spy = Spy()
      let settings = SearchSettings(seed: 1, window: 3, evaluations: 10, workers: 3)
      try await runNew(folder, toySearch(settings, controller: spy))
      #expect(spy.known.values == [0, 0, 0, 1, 2, 3, 4, 5, 6, 7])
    }
  }

  @Test func aDifferentSeedGivesADifferentSearch() async throws {
    try await withFolder { folder in
      var journals: Set<[String]> = []
      for seed in 0..<4 {
        let run = folder.appendingPathComponent("\(seed)")
        try await runNew(run, toySearch(SearchSettings(seed: UInt64(seed), evaluations: 10)))
        journals.insert(Array(try withoutTiming(run.appendingPathComponent("journal.jsonl")).dropFirst()))
      }
      #expect(journals.count == 4)
    }
  }

  @Test func theTimeBudgetCountsEarlierSessions() async throws {
    try await withFolder { folder in
      let clock = Counter()
      let lock = try RunDirectory.create(at: folder.appendingPathComponent("run"), configuration: toyConfiguration)
      func search(seconds: Double) -> Search {
        // Every evaluation takes ten seconds of this clock.
        let evaluator = ToyEvaluator(onStart: { _ in clock.add(10) })
        let settings = SearchSettings(seed: 4, duplicates: .reevaluate, seconds: seconds)
        return toySearch(settings, evaluator: evaluator, clock: { Double(clock.value) })
      }
      let first = try await search(seconds: 35).run(holding: lock)
      #expect(first.reason == .timeReached)
      #expect(first.candidates.count == 4)
      #expect(first.candidates.last?.timing.elapsed == 40)
      let second = try await search(seconds: 60).run(holding: lock)
      #expect(second.candidates.count == 6)
    }
  }

  @Test func cancellationStopsAndResumeContinues() async throws {
    try await withFolder { folder in
      let settings = SearchSettings(seed: 9, evaluations: 20, workers: 2)
      try await runNew(folder.appendingPathComponent("whole"), toySearch(settings))
      let lock = try RunDirectory.create(at: folder.appendingPathComponent("run"), configuration: toyConfiguration)
      let task = Task {
        try await toySearch(settings, evaluator: Blocking(first: 7)).run(holding: lock)
      }
      try await wait(for: "five candidates") {
        try JournalReader(contentsOf: lock.directory.journalURL).candidates.count >= 5
      }
      task.cancel()
      let stopped = try await task.value
      #expect(stopped.reason == .interrupted)
      #expect(stopped.candidates.count < 20)
      let resumed = try await toySearch(settings).run(holding: lock)
      #expect(resumed.reason == .evaluationsReached)
      let whole = folder.appendingPathComponent("whole/journal.jsonl")
      #expect(try withoutTiming(lock.directory.journalURL) == withoutTiming(whole))
    }
  }

  @Test func anErrorOfTheEvaluatorEndsTheRunAndKeepsWhatIsFinished() async throws {
    try await withFolder { folder in
      let settings = SearchSettings(seed: 2, duplicates: .reevaluate, evaluations: 12)
      let failing = ToyEvaluator(onStart: { if $0.index == 5 { throw ToyError.dataGone } })
      let lock = try RunDirectory.create(at: folder.appendingPathComponent("run"), configuration: toyConfiguration)
      await #expect(throws: ToyError.dataGone) {
        try await toySearch(settings, evaluator: failing).run(holding: lock)
      }
      #expect(try JournalReader(contentsOf: lock.directory.journalURL).candidates.count == 5)
      #expect(try await toySearch(settings).run(holding: lock).candidates.count == 12)
    }
  }

  @Test func rewardsThatAreNoNumbersBecomeDivergences() async throws {
    try await withFolder { folder in
      let settings = SearchSettings(seed: 2, evaluations: 1)
      let result = try await runNew(folder, toySearch(settings, controller: Recital(architectures: [[2, 3, 0, 0]])))
      #expect(result.best == nil)
      #expect(
        result.candidates[0].failure == Failure(kind: .diverged, reason: "The reward is not a finite number."))
    }
  }

  @Test func theBestIsWrittenAndReported() async throws {
    try await withFolder { folder in
      let events = EventLog()
      let lock = try RunDirectory.create(at: folder.appendingPathComponent("run"), configuration: toyConfiguration)
      let result = try await toySearch(SearchSettings(seed: 3, evaluations: 25)).run(holding: lock) { events.add($0) }
      let best = try #require(result.best)
      #expect(best.reward == result.candidates.compactMap(\.reward).max())
      let written = try JSONLine.decode(CandidateRecord.self, from: Data(contentsOf: lock.directory.bestURL))
      #expect(written == best)
      #expect(events.newBests.last == best)
      #expect(events.newBests.count > 1)
      #expect(events.finished.count == 25)
    }
  }

  @Test(arguments: [
    (SearchSettings(seed: 0, window: 0), "The window must be above 0, but is 0."),
    (SearchSettings(seed: 0, workers: -1), "The number of workers must be above 0, but is -1."),
    (SearchSettings(seed: 0, evaluations: 0), "The number of evaluations must be above 0, but is 0."),
    (SearchSettings(seed: 0, seconds: 0), "The time budget in seconds must be above 0, but is 0.0."),
  ])
  func unusableSettings(settings: SearchSettings, expected: String) async throws {
    try await withFolder { folder in
      let lock = try RunDirectory.create(at: folder, configuration: toyConfiguration)
      #expect(await message { _ = try await toySearch(settings).run(holding: lock) } == expected)
      #expect(!FileManager.default.fileExists(atPath: lock.directory.journalURL.path))
    }
  }

  @Test func aProposalOutsideTheSpaceIsAnError() async throws {
    try await withFolder { folder in
      let search = toySearch(
        SearchSettings(seed: 0, evaluations: 3), controller: Recital(architectures: [[0, 0, 9, 0]]))
      #expect(
        await message { try await runNew(folder, search) }
          == "The controller recital proposed a candidate 0 that is not in the space: Choice 9 at digit2 is out of range: it has 5 options, 0 to 4."
      )
    }
  }
}

/// Records how many results had been observed at each proposal.
struct Spy: Controller {
  let name = "spy"
  let known = Recorder()
  private var observed = 0

  func propose(index: Int, random: RandomStream) -> Proposal {
    known.add(observed)
    return Proposal(architecture: Architecture(choices: [index % 5, index / 5, 0, 0]))
  }

  mutating func observe(_ observation: Observation) {
    observed += observation.index == observed ? 1 : 1_000
  }
}

/// Evaluates the first candidates at once and then waits until it is cancelled.
struct Blocking: Evaluating {
  let first: Int

  func evaluate(_ candidate: Candidate) async throws -> Outcome {
    if candidate.index >= first { try await Task.sleep(nanoseconds: 600_000_000_000) }
    return try await ToyEvaluator().evaluate(candidate)
  }
}

final class Recorder: @unchecked Sendable {
  private let lock = NSLock()
  private var recorded: [Int] = []
  var values: [Int] { lock.withLock { recorded } }
  func add(_ value: Int) { lock.withLock { recorded.append(value) } }
}

final class Counter: @unchecked Sendable {
  private let lock = NSLock()
  private var count = 0
  var value: Int { lock.withLock { count } }
  func add(_ amount: Int) { lock.withLock { count += amount } }
}

final class EventLog: @unchecked Sendable {
  private let lock = NSLock()
  private var events: [SearchEvent] = []
  func add(_ event: SearchEvent) { lock.withLock { events.append(event) } }
  var newBests: [CandidateRecord] {
    lock.withLock { events.compactMap { if case .newBest(let record) = $0 { record } else { nil } } }
  }
  var finished: [CandidateRecord] {
    lock.withLock { events.compactMap { if case .finished(let record) = $0 { record } else { nil } } }
  }
}
