import Controllers
import SearchSpace
import Testing

@testable import Study

/// Searches that go well, and searches with a collapse planted in them.
@Suite struct SearchHealthTests {
  private let cells = CellSpace.nasnet
  private let tabular = TopologySpace.nasbench201

  private func health(
    _ records: [CandidateRecord], _ settings: ControllerSettings, space: any Space
  ) throws -> SearchHealth {
    try SearchHealth(records, space: space, controller: settings, seed: 3)
  }

  private func warned(
    _ records: [CandidateRecord], _ settings: ControllerSettings = .random, space: any Space
  ) throws -> [HealthWarning.Kind] {
    try health(records, settings, space: space).warnings.map(\.kind)
  }

  private func drawn(_ index: Int, seed: UInt64 = 1, in space: any Space) -> [Int] {
    var random = RandomStream(seed: seed).split("drawn", index)
    return space.sample(using: &random).choices
  }

  // MARK: Healthy searches

  /// The settings of `nas search`, at every stage of a run of a hundred.
  @Test(arguments: ["random", "evolution", "local-search", "bayesian"])
  func searchesOfCellsThatGoWellGiveNoWarning(_ name: String) throws {
    let settings = try ControllerSettings.named(name)
    let records = try WatchedRecords.search(
      settings, space: cells, count: 100, reward: WatchedRecords.separable(cells))
    for count in [0, 1, 19, 20, 40, 70, 100] {
      #expect(try warned(Array(records.prefix(count)), settings, space: cells) == [], "after \(count)")
    }
  }

  @Test func aPolicyThatLearnsGivesNoWarning() throws {
    var policy = ReinforceSettings.small
    policy.hiddenUnits = 8
    let settings = ControllerSettings.rl(policy)
    let records = try WatchedRecords.search(
      settings, space: cells, count: 100, reward: WatchedRecords.separable(cells))
    #expect(try warned(records, settings, space: cells) == [])
    let state = try #require(try health(records, settings, space: cells).policy)
    #expect(state.share > 0.3 && state.share < 1.05)
  }

  @Test func anEmptySearchIsWell() throws {
    let health = try health([], .evolution(.small), space: cells)
    #expect(health.warnings.isEmpty && health.latest == 0 && health.population == nil && health.spread == nil)
    #expect(health.skips == nil && health.noise == nil && health.meanReward == nil)
  }

  // MARK: The policy

  @Test func aNewPolicyHasTheEntropyOfUniformDraws() throws {
    let settings = ControllerSettings.rl(.tabular)
    let records = try WatchedRecords.search(settings, space: tabular, count: 20) { _ in 0.5 }
    let state = try #require(try health(Array(records.prefix(1)), settings, space: tabular).policy)
    #expect(abs(state.start - 9.656_627_474_604_602) < 1e-12)
    #expect(abs(state.share - 1) < 0.05)
  }

  @Test func theBaselineIsThatOfTheController() throws {
    let settings = ReinforceSettings.tabular
    let records = try WatchedRecords.search(.rl(settings), space: tabular, count: 30) { _ in 0.5 }
    var controller = try Reinforce(space: tabular, settings: settings, seed: 3)
    for record in records { controller.observe(record.observation) }
    let state = try #require(try health(records, .rl(settings), space: tabular).policy)
    #expect(state.baseline == controller.baseline.value)
  }

  @Test func aSettledPolicyIsWarnedOf() throws {
    // Nine tenths of its entropy are gone, though what it proposes still differs.
    let records = (0..<40).map { index in
      WatchedRecords.record(
        index, drawn(index, in: tabular), reward: 0.5 + Double(index % 7) / 50,
        logProbability: index < 20 ? -9.6 : -0.9, space: tabular)
    }
    #expect(try warned(Array(records.prefix(20)), .rl(.tabular), space: tabular) == [])
    #expect(try warned(records, .rl(.tabular), space: tabular) == [.policySettled])
  }

  /// A real policy that is driven into a corner: no entropy bonus, large steps.
  @Test func aPolicyThatCollapsesIsWarnedOf() throws {
    var policy = ReinforceSettings.independent
    policy.learningRate = 0.5
    let records = try WatchedRecords.search(.rl(policy), space: tabular, count: 100) {
      0.5 + Double($0.choices.reduce(0, +)) / 100
    }
    let kinds = try warned(records, .rl(policy), space: tabular)
    #expect(kinds.contains(.policySettled) && kinds.contains(.seenBefore))
  }

  // MARK: The population

  @Test func aPopulationIsDescribed() throws {
    let settings = EvolutionSettings(population: 4, tournament: 2)
    let choices = [
      [0, 1, 2, 3, 4, 0], [0, 1, 2, 3, 4, 1], [0, 1, 2, 3, 4, 1], [1, 1, 2, 3, 4, 1], [1, 1, 2, 3, 4, 1],
    ]
    let records = choices.enumerated().map { index, choices in
      WatchedRecords.record(index, choices, reward: index == 2 ? nil : 0.5, space: tabular)
    }
    let population = try #require(try health(records, .evolution(settings), space: tabular).population)
    // Candidates 0, 1, 3 and 4 live; 3 and 4 are the same.
    #expect(population.members == 4 && population.capacity == 4 && population.distinct == 3)
    #expect(population.oldestAge == 4 && population.meanAge == 2)
    // The six pairs differ in 1, 2, 2, 1, 1 and 0 decisions; random draws differ in 6 · 4/5.
    #expect(abs(population.diversity - 7.0 / 6 / 4.8) < 1e-12)
  }

  @Test func aRandomPopulationHasDiversityOne() throws {
    let records = (0..<100).map {
      WatchedRecords.record($0, drawn($0, in: cells), reward: 0.5 + Double($0 % 9) / 90, space: cells)
    }
    let population = try #require(try health(records, .evolution(.published), space: cells).population)
    #expect(abs(population.diversity - 1) < 0.02)
    #expect(population.distinct == 100)
  }

  @Test func aUniformPopulationIsWarnedOf() throws {
    let settings = ControllerSettings.evolution(.small)
    // Twenty draws, then copies of two architectures.
    let records = (0..<60).map { index in
      WatchedRecords.record(
        index, drawn(index < 20 ? index : index % 2, in: cells), reward: 0.5 + Double(index % 13) / 130, space: cells)
    }
    #expect(try warned(Array(records.prefix(30)), settings, space: cells).contains(.populationUniform) == false)
    #expect(try warned(records, settings, space: cells) == [.populationUniform, .seenBefore])
  }

  // MARK: Repetitions, skip connections, rewards, failures

  @Test func repetitionsAreWarnedOf() throws {
    // Of the last twenty twelve are among the first ten.
    let records = (0..<40).map { index in
      let cell = index % 5 < 3 && index >= 20 ? index % 10 : index
      return WatchedRecords.record(
        index, drawn(cell, in: cells), reward: 0.3 + Double(cell % 11) / 30, space: cells)
    }
    let found = try health(records, .random, space: cells)
    #expect(found.seenBefore == 0.6)
    #expect(found.warnings == [.seenBefore(share: 0.6)])
    #expect(try health(Array(records.prefix(20)), .random, space: cells).seenBefore == 0)
  }

  @Test func skipConnectionsAreWarnedOf() throws {
    let skip = try #require(tabular.operations.firstIndex(of: "skip_connect"))
    // Four of six edges are skip connections.
    let records = (0..<20).map { index in
      WatchedRecords.record(
        index, [skip, skip, skip, skip, index % 5, index / 5], reward: 0.5 + Double(index) / 100, space: tabular)
    }
    let skips = try #require(try health(records, .random, space: tabular).skips)
    #expect(abs(skips.uniform - 0.2) < 1e-12 && skips.share > 0.66)
    #expect(try warned(records, space: tabular) == [.skipConnections])
    let few = (0..<20).map { index in
      WatchedRecords.record(
        index, [skip, skip, 3, 3, index % 5, index / 5], reward: 0.5 + Double(index) / 100, space: tabular)
    }
    #expect(try warned(few, space: tabular) == [])
    #expect(SkipShare(records, space: DigitSpace()) == nil)
  }

  @Test func rewardsWithinTheNoiseAreWarnedOf() throws {
    /// Ten cells measured three times each: each measurement is its cell's value and a part that is its own.
    func records(apart: Double, noise: Double) -> [CandidateRecord] {
      (0..<30).map { index in
        let value = 0.5 + apart * Double(index % 10) / 10 + noise * Double(index / 10 - 1)
        return WatchedRecords.record(index, drawn(index % 10, in: cells), reward: value, space: cells)
      }
    }
    let lucky = try health(records(apart: 0.01, noise: 0.05), .random, space: cells)
    #expect(lucky.noise?.degrees == 20)
    #expect(abs(try #require(lucky.noise).deviation - 0.05) < 1e-9)
    #expect(lucky.warnings.map(\.kind).first == .withinNoise)
    let clear = try health(records(apart: 0.5, noise: 0.05), .random, space: cells)
    #expect(!clear.warnings.map(\.kind).contains(.withinNoise))
  }

  @Test func reusedOutcomesSayNothingOfNoise() {
    #expect(RewardNoise([record(0, reward: 0.5), record(1, reward: 0.4)]) == nil)
    let reused = [record(0, reward: 0.5), record(0, reward: 0.5, duplicateOf: 0)]
    #expect(RewardNoise(reused) == nil)
    let again = RewardNoise([record(0, reward: 0.5), record(0, reward: 0.6), record(0, reward: nil)])
    #expect(again?.degrees == 1)
    #expect(abs((again?.deviation ?? 0) - 0.1 / 2.0.squareRoot()) < 1e-12)
  }

  @Test func equalRewardsAndFailuresAreWarnedOf() throws {
    let level = (0..<20).map { WatchedRecords.record($0, drawn($0, in: cells), reward: 0.1, space: cells) }
    guard case .sameReward(let reward)? = try health(level, .random, space: cells).warnings.first else {
      Issue.record("expected a warning of equal rewards")
      return
    }
    #expect(abs(reward - 0.1) < 1e-12)
    let failing = (0..<20).map { index in
      WatchedRecords.record(
        index, drawn(index, in: cells), reward: index < 9 ? 0.3 + Double(index) / 50 : nil, space: cells)
    }
    #expect(try health(failing, .random, space: cells).warnings == [.failures(share: 0.55)])
    // One candidate fewer than a window: too early to say.
    #expect(try warned(Array(level.prefix(19)), space: cells) == [])
  }
}

@Suite struct SearchWatchTests {
  private let space = CellSpace.nasnet

  @Test func itTellsWhenAWindowIsWholeWhateverTheOrder() throws {
    let records = (0..<45).map { index in
      WatchedRecords.record(
        index,
        RandomSearch(space: space).propose(index: 0, random: RandomStream(seed: UInt64(index))).architecture.choices,
        reward: 0.5, space: space)
    }
    var watch = SearchWatch(space: space, controller: .random, seed: 0, records: Array(records.prefix(5)))
    // Candidate 5 is the last of its window to finish.
    let early = try (records[6..<25] + [records[3]]).map { try watch.take($0) }
    #expect(early.allSatisfy { $0 == nil })
    let whole = try watch.take(records[5])
    let health = try #require(whole)
    let expected = try SearchHealth(Array(records.prefix(25)), space: space, controller: .random, seed: 0)
    #expect(health == expected)
    let told = try records[25...].map { try watch.take($0) }.count { $0 != nil }
    #expect(told == 1)
  }
}
