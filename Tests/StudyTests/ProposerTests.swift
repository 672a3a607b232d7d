import Controllers
import Foundation
import SearchSpace
import Testing

@testable import Study

@Suite struct ProposerTests {
  // The last digit does not count in the fingerprint.
  private let repeating = Recital(architectures: [[0, 0, 4, 0], [0, 2, 0, 0], [0, 0, 4, 1], [0, 0, 4, 0]])

  @Test func reuseCopiesTheOutcomeAndTheSeed() async throws {
    let evaluated = Recorder()
    let records = try await run(.reuse, repeating, evaluations: 4, evaluated)
    #expect(evaluated.values == [0, 1])
    #expect(records.map(\.duplicateOf) == [nil, nil, 0, 0])
    #expect(records[2].reward == records[0].reward)
    #expect(records[2].epochs == records[0].epochs)
    #expect(records[3].seed == records[0].seed)
    #expect(records[1].seed != records[0].seed)
  }

  @Test func aDuplicateWaitsForAnOriginalThatIsStillRunning() async throws {
    try await withFolder { folder in
      let settings = SearchSettings(seed: 1, evaluations: 4, workers: 4)
      let lock = try RunDirectory.create(at: folder.appendingPathComponent("run"), configuration: toyConfiguration)
      let search = toySearch(
        settings, controller: repeating, evaluator: ToyEvaluator(maximumDelay: 20_000_000))
      let records = try await search.run(holding: lock).candidates
      #expect(records.map(\.duplicateOf) == [nil, nil, 0, 0])
      #expect(records[3].reward == records[0].reward)
    }
  }

  @Test func failuresAreReusedToo() async throws {
    let evaluated = Recorder()
    let failing = Recital(architectures: [[3, 0, 0, 0]])
    let records = try await run(.reuse, failing, evaluations: 2, evaluated)
    #expect(evaluated.values == [0])
    #expect(records[1].failure == Failure(kind: .timedOut, reason: "It took too long."))
  }

  @Test func reevaluateMeasuresAgainWithAnotherSeed() async throws {
    let evaluated = Recorder()
    let records = try await run(.reevaluate, repeating, evaluations: 4, evaluated)
    #expect(evaluated.values == [0, 1, 2, 3])
    #expect(records.allSatisfy { $0.duplicateOf == nil })
    #expect(Set(records.map(\.seed)).count == 4)
    #expect(records[3].reward != records[0].reward)
  }

  @Test func skipAsksAgainUntilTheSpaceIsUsedUp() async throws {
    // Two digits of which one counts: five different candidates.
    let space = DigitSpace(digits: 2, base: 5)
    let evaluated = Recorder()
    let records = try await run(.skip, Climber(space: space), evaluations: 8, evaluated, space: space)
    #expect(Set(records.prefix(5).map(\.fingerprint)).count == 5)
    #expect(evaluated.values == [0, 1, 2, 3, 4])
    #expect(records.prefix(5).allSatisfy { $0.duplicateOf == nil })
    #expect(records.prefix(5).contains { $0.attempt > 0 })
    #expect(records.suffix(3).allSatisfy { $0.duplicateOf != nil && $0.attempt == 0 })
  }

  @Test func proposalsOverTheLimitAreTurnedDown() async throws {
    let space = DigitSpace()
    let limits = CandidateLimits(parameters: 70, multiplyAdds: 6_000)
    let records = try await run(
      .reevaluate, Climber(), evaluations: 40, Recorder(), limits: limits)
    #expect(records.allSatisfy { (try? space.cost($0.architecture)).map(limits.allow) ?? true })
    #expect(records.contains { $0.attempt > 0 })
    let free = try await run(.reevaluate, Climber(), evaluations: 40, Recorder())
    #expect(free.contains { ($0.parameters ?? 0) > 60 })
  }

  @Test func noValidCandidateKeepsWhatIsFinished() async throws {
    try await withFolder { folder in
      let settings = SearchSettings(
        seed: 0, duplicates: .reevaluate, limits: CandidateLimits(parameters: 50), evaluations: 9)
      let search = toySearch(
        settings, controller: Recital(architectures: [[0, 1, 0, 0], [0, 2, 0, 0], [4, 4, 4, 4]]))
      let lock = try RunDirectory.create(at: folder.appendingPathComponent("run"), configuration: toyConfiguration)
      let text = await message { _ = try await search.run(holding: lock) }
      #expect(
        text
          == "None of 1000 proposals for candidate 2 was within the limits (at most 50 parameters): raise the limits, "
          + "or search with fewer cells or filters.")
      #expect(try JournalReader(contentsOf: lock.directory.journalURL).candidates.count == 2)
    }
  }

  @Test func aNetworkThatCannotBeBuiltIsARecordedFailure() async throws {
    let evaluated = Recorder()
    let records = try await run(.reuse, Recital(architectures: [[1, 1, 1, 1]]), evaluations: 1, evaluated)
    #expect(records[0].failure == Failure(kind: .invalid, reason: "All digits are one."))
    #expect(evaluated.values.isEmpty)
  }

  @Test func limitsInWords() {
    #expect(CandidateLimits().description == "no limits")
    #expect(
      CandidateLimits(parameters: 5, multiplyAdds: 7).description == "at most 5 parameters and 7 multiply-adds")
  }

  private func run(
    _ duplicates: Duplicates, _ controller: any Controller, evaluations: Int, _ evaluated: Recorder,
    limits: CandidateLimits = CandidateLimits(), space: DigitSpace = DigitSpace()
  ) async throws -> [CandidateRecord] {
    try await withFolder { folder in
      let settings = SearchSettings(
        seed: 11, window: 2, duplicates: duplicates, limits: limits, evaluations: evaluations)
      let evaluator = ToyEvaluator(onStart: { evaluated.add($0.index) })
      let search = toySearch(settings, controller: controller, evaluator: evaluator, space: space)
      return try await runNew(folder, search).candidates
    }
  }
}
