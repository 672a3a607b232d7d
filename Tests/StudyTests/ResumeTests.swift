import Controllers
import Foundation
import SearchSpace
import Testing

@testable import Study

@Suite struct ResumeTests {
  /// What a kill leaves: any prefix of the journal, and any of the outcomes that were waiting.
  @Test(arguments: 0..<30)
  func aRunKilledAnywhereEndsWithTheSameJournal(seed: UInt64) async throws {
    try await withFolder { folder in
      var random = RandomStream(seed: seed).split("kill")
      let settings = SearchSettings(
        seed: seed, window: 1 + random.integer(below: 8), duplicates: Duplicates.allCases[random.integer(below: 3)],
        limits: CandidateLimits(parameters: random.uniform() < 0.5 ? 100 : nil), evaluations: 20, workers: 2)
      let whole = folder.appendingPathComponent("whole")
      let records = try await runNew(whole, toySearch(settings)).candidates
      let bytes = try Data(contentsOf: whole.appendingPathComponent("journal.jsonl"))
      let expected = try withoutTiming(whole.appendingPathComponent("journal.jsonl"))
      for kill in 0..<4 {
        let length = random.integer(below: bytes.count + 1)
        let lock = try RunDirectory.create(
          at: folder.appendingPathComponent("kill\(kill)"), configuration: toyConfiguration)
        try bytes.prefix(length).write(to: lock.directory.journalURL)
        let journaled = try JournalReader(contentsOf: lock.directory.journalURL).candidates.count
        let stored = try store(records, after: journaled, window: settings.window, in: lock.directory, &random)
        let evaluated = Recorder()
        let evaluator = ToyEvaluator(maximumDelay: 500_000, onStart: { evaluated.add($0.index) })
        let told = Recorder()
        let result = try await toySearch(settings, evaluator: evaluator).run(holding: lock) {
          if case .resumed(let candidates, let best) = $0 { [candidates, best?.index ?? -1].forEach(told.add) }
        }
        let best = RunSummary(Array(records.prefix(journaled))).best?.index ?? -1
        #expect(told.values == (journaled > 0 ? [journaled, best] : []))
        #expect(try withoutTiming(lock.directory.journalURL) == expected)
        #expect(evaluated.values.allSatisfy { $0 >= journaled && !stored.contains($0) })
        #expect(result.best?.index == records.first { $0.reward == records.compactMap(\.reward).max() }?.index)
        #expect(
          try JSONLine.decode(CandidateRecord.self, from: Data(contentsOf: lock.directory.bestURL)) == result.best)
        #expect(leftovers(lock.directory).isEmpty)
      }
    }
  }

  @Test func everyLengthOfAShortJournal() async throws {
    try await withFolder { folder in
      let settings = SearchSettings(seed: 5, window: 2, evaluations: 3)
      let whole = folder.appendingPathComponent("whole")
      try await runNew(whole, toySearch(settings))
      let bytes = try Data(contentsOf: whole.appendingPathComponent("journal.jsonl"))
      let expected = try withoutTiming(whole.appendingPathComponent("journal.jsonl"))
      let lock = try RunDirectory.create(at: folder.appendingPathComponent("run"), configuration: toyConfiguration)
      for length in stride(from: 0, through: bytes.count, by: 3) {
        try bytes.prefix(length).write(to: lock.directory.journalURL)
        _ = try await toySearch(settings).run(holding: lock)
        #expect(try withoutTiming(lock.directory.journalURL) == expected, "cut to \(length) bytes")
      }
    }
  }

  @Test func anOutcomeAheadOfOrderIsOnTheDiskBeforeEarlierOnesFinish() async throws {
    try await withFolder { folder in
      let lock = try RunDirectory.create(at: folder.appendingPathComponent("run"), configuration: toyConfiguration)
      let settings = SearchSettings(seed: 1, duplicates: .reevaluate, evaluations: 4, workers: 2)
      let task = Task { try await toySearch(settings, evaluator: FirstBlocks()).run(holding: lock) }
      try await wait(for: "three outcomes") { leftovers(lock.directory).count == 3 }
      #expect(try JournalReader(contentsOf: lock.directory.journalURL).candidates.isEmpty)
      task.cancel()
      #expect(try await task.value.reason == .interrupted)
      let evaluated = Recorder()
      _ = try await toySearch(settings, evaluator: ToyEvaluator(onStart: { evaluated.add($0.index) }))
        .run(holding: lock)
      #expect(evaluated.values == [0])
    }
  }

  @Test func aRunMayBeExtended() async throws {
    try await withFolder { folder in
      let lock = try RunDirectory.create(at: folder.appendingPathComponent("run"), configuration: toyConfiguration)
      _ = try await toySearch(SearchSettings(seed: 5, evaluations: 7)).run(holding: lock)
      _ = try await toySearch(SearchSettings(seed: 5, evaluations: 15)).run(holding: lock)
      try await runNew(folder.appendingPathComponent("whole"), toySearch(SearchSettings(seed: 5, evaluations: 15)))
      let whole = try withoutTiming(folder.appendingPathComponent("whole/journal.jsonl"))
      #expect(try withoutTiming(lock.directory.journalURL) == whole)
    }
  }

  @Test func anotherControllerIsNoticedByWhatItProposes() async throws {
    try await withFolder { folder in
      let lock = try RunDirectory.create(at: folder.appendingPathComponent("run"), configuration: toyConfiguration)
      let settings = SearchSettings(seed: 1, evaluations: 3)
      let first = Recital(architectures: [[0, 0, 0, 0], [0, 1, 0, 0], [0, 2, 0, 0]])
      _ = try await toySearch(settings, controller: first).run(holding: lock)
      let before = try Data(contentsOf: lock.directory.journalURL)
      let second = Recital(architectures: [[0, 0, 0, 0], [0, 1, 1, 0], [0, 2, 0, 0]])
      let text = await message { _ = try await toySearch(settings, controller: second).run(holding: lock) }
      #expect(
        text
          == "Candidate 1 of the journal has architecture [0, 1, 0, 0], but replaying the search gives [0, 1, 1, 0]: "
          + "the run was made by another version or with another configuration; resume it with those, or start a new "
          + "run.")
      #expect(try Data(contentsOf: lock.directory.journalURL) == before)
    }
  }

  @Test func otherSettingsAreRefused() async throws {
    try await withFolder { folder in
      let lock = try RunDirectory.create(at: folder.appendingPathComponent("run"), configuration: toyConfiguration)
      _ = try await toySearch(SearchSettings(seed: 1, evaluations: 3)).run(holding: lock)
      let other = SearchSettings(seed: 1, window: 4, evaluations: 3)
      let text = await message { _ = try await toySearch(other).run(holding: lock) }
      #expect(
        text
          == "The run was started with the window 8, but is to be resumed with 4: resume it with the settings it was "
          + "started with, or start a new run.")
      let same = SearchSettings(seed: 1, evaluations: 3)
      let otherRecipe = toySearch(same, identity: Data("{}".utf8))
      #expect(
        await message { _ = try await otherRecipe.run(holding: lock) }
          .hasPrefix("The run was started with a configuration of hash "))
    }
  }

  @Test func aDamagedOutcomeIsNamed() async throws {
    try await withFolder { folder in
      let lock = try RunDirectory.create(at: folder.appendingPathComponent("run"), configuration: toyConfiguration)
      try lock.directory.makeCandidateFolder(2)
      let url = lock.directory.outcomeURL(2)
      try Data("{".utf8).write(to: url)
      let text = await message {
        _ = try await toySearch(SearchSettings(seed: 1, evaluations: 3)).run(holding: lock)
      }
      #expect(text == "\(url.path) is not the outcome of a candidate: delete it, and the candidate is evaluated again.")
    }
  }

  /// What waits there would be evaluated again.
  @Test func outcomesThatCannotBeListedAreNoneToBeLost() async throws {
    try await withFolder { folder in
      let lock = try RunDirectory.create(at: folder.appendingPathComponent("run"), configuration: toyConfiguration)
      let url = lock.directory.candidatesURL
      try Data().write(to: url)
      let expected = RunDirectoryError.cannotRead(path: url.path, reason: "it is no folder, or may not be listed")
      await #expect(throws: expected) {
        try await toySearch(SearchSettings(seed: 1, evaluations: 3)).run(holding: lock)
      }
    }
  }

  /// Stores a random choice of the outcomes that can wait after `journaled` candidates.
  private func store(
    _ records: [CandidateRecord], after journaled: Int, window: Int, in directory: RunDirectory,
    _ random: inout RandomStream
  ) throws -> Set<Int> {
    var stored: Set<Int> = []
    for record in records.dropFirst(journaled + 1).prefix(window - 1)
    where record.duplicateOf == nil && record.failure?.kind != .invalid && random.uniform() < 0.5 {
      try directory.makeCandidateFolder(record.index)
      try JSONLine.encode(record).write(to: directory.outcomeURL(record.index))
      stored.insert(record.index)
    }
    return stored
  }

  private func leftovers(_ directory: RunDirectory) -> [Int] {
    (0..<20).filter { FileManager.default.fileExists(atPath: directory.outcomeURL($0).path) }
  }
}

/// Candidate 0 waits until it is cancelled; the others are quick.
struct FirstBlocks: Evaluating {
  func evaluate(_ candidate: Candidate) async throws -> Outcome {
    if candidate.index == 0 { try await Task.sleep(nanoseconds: 600_000_000_000) }
    return try await ToyEvaluator().evaluate(candidate)
  }
}
