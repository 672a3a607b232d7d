import SearchSpace
import Testing

@testable import Study

/// Runs with a best reward that is known.
private func run(_ group: String, seed: Int, best: Double, candidates: Int = 10, seconds: Double = 10) -> ComparedRun {
  ComparedRun(
    name: "\(group)-\(seed)", group: group, isRandom: group == "random", seed: UInt64(seed),
    records: (0..<candidates).map { index in
      record(index, reward: index == 4 ? best : 0.1, elapsed: Double(index + 1) * seconds / Double(candidates))
    })
}

@Suite struct RunComparisonTests {
  @Test func runsAreComparedWhereAllHaveCandidates() throws {
    let comparison = try RunComparison([
      run("rl", seed: 1, best: 0.7), run("random", seed: 2, best: 0.4, candidates: 8, seconds: 12),
      run("random", seed: 1, best: 0.5),
    ])
    #expect(comparison.candidates == 8 && comparison.shortest == "random-2")
    #expect(comparison.seconds == 10)
    #expect(comparison.groups.map(\.name) == ["random", "rl"])
    #expect(comparison.groups.map(\.seeds) == [[1, 2], [1]])
    let random = comparison.groups[0]
    #expect(random[.best].values == [0.5, 0.4])
    #expect(abs(random[.best].mean - 0.45) < 1e-15)
    #expect(random[.best].interval == Interval(low: 0.4, high: 0.5))
    #expect(comparison.groups[1][.best].interval == nil)
    // The best of four of eight candidates.
    #expect(abs(random[.area].values[0] - (0.4 + 4 * 0.5) / 8) < 1e-15)
    // Candidate 4 of seed 1 finished after 5 of 10 s; until 1 s there was nothing.
    #expect(abs(random[.areaByTime].values[0] - (0.1 * 4 + 0.5 * 5) / 10) < 1e-15)
    #expect(comparison.groups[1].byCandidate.map(\.mean) == [0.1, 0.1, 0.1, 0.1, 0.7, 0.7, 0.7, 0.7])
    #expect(comparison.groups[0].byTime.first?.x == 1.5)
  }

  @Test func differencesArePairedBySeed() throws {
    let runs = (1...4).flatMap { seed in
      [
        run("random", seed: seed, best: 0.3 + 0.05 * Double(seed)),
        run("rl", seed: seed, best: 0.31 + 0.05 * Double(seed)),
      ]
    }
    let difference = try #require(try RunComparison(runs + [run("rl", seed: 9, best: 0.2)]).differences.first)
    #expect(difference.ahead == "rl" && difference.behind == "random")
    #expect(difference.seeds == [1, 2, 3, 4] && difference.wins == 4)
    #expect(abs(difference.test.difference - 0.01) < 1e-12)
    #expect(difference.test.p == 0.125 && difference.adjustedP == 0.125)
    // The seeds differ much, the differences do not.
    #expect(try #require(difference.interval).low > 0.009)
  }

  @Test func thePsOfSeveralPairsAreAdjusted() throws {
    let runs = (1...7).flatMap { seed in
      [("random", 0.3), ("evolution", 0.4), ("rl", 0.5)].map { run($0.0, seed: seed, best: $0.1) }
    }
    let differences = try RunComparison(runs).differences
    #expect(differences.count == 3)
    #expect(
      differences.map { "\($0.ahead) > \($0.behind)" } == ["evolution > random", "rl > random", "rl > evolution"])
    #expect(differences.allSatisfy { $0.test.p == 1.0 / 64 && $0.adjustedP == 3.0 / 64 })
  }

  @Test func orderOfTheRunsDoesNotMatter() throws {
    let runs = (1...3).flatMap { seed in
      ["random", "evolution", "rl"].enumerated().map { place, name in
        run(name, seed: seed, best: 0.3 + 0.02 * Double((seed * 7 + place * 3) % 5))
      }
    }
    #expect(try RunComparison(runs) == RunComparison(runs.reversed()))
  }

  @Test func whatCannotBeComparedIsSaid() {
    #expect(throws: ComparisonError.nothing) { try RunComparison([]) }
    #expect(throws: ComparisonError.noCandidates(run: "rl-1")) {
      try RunComparison([run("rl", seed: 1, best: 1, candidates: 0), run("random", seed: 1, best: 1)])
    }
    #expect(throws: ComparisonError.sameSeed(first: "rl-1", second: "rl-1", group: "rl", seed: 1)) {
      try RunComparison([run("rl", seed: 1, best: 0.1), run("rl", seed: 1, best: 0.2)])
    }
    #expect(
      ComparisonError.nothing.description == "A comparison needs runs, but there is none: give the run directories.")
    #expect(
      ComparisonError.noCandidates(run: "a").description
        == "A comparison needs finished candidates, but a has none yet: wait for the first, or leave the run out.")
    #expect(
      ComparisonError.sameSeed(first: "a", second: "b", group: "rl", seed: 3).description
        == "A comparison takes one run of every seed, but a and b are both rl with seed 3: leave one out, or search with "
        + "another --seed.")
  }
}

@Suite struct ComparisonVerdictTests {
  private func verdict(_ groups: [(String, [Double])]) throws -> ComparisonVerdict {
    let runs = groups.flatMap { name, rewards in
      rewards.enumerated().map { run(name, seed: $0.offset, best: $0.element) }
    }
    return ComparisonVerdict(try RunComparison(runs))
  }

  @Test func withoutRandomSearchThereIsNone() throws {
    #expect(try verdict([("rl", [0.5]), ("evolution", [0.6])]) == .noRandom(groups: ["evolution", "rl"]))
    #expect(try verdict([("random", [0.5])]) == .onlyRandom(group: "random"))
    #expect(try verdict([("random", [0.5])]).isDecided == false)
  }

  @Test func withoutCommonSeedsThereIsNone() throws {
    let runs = [run("random", seed: 1, best: 0.2), run("rl", seed: 2, best: 0.9)]
    #expect(ComparisonVerdict(try RunComparison(runs)) == .unpaired)
  }

  /// Three seeds cannot show any difference, however large.
  @Test func threeSeedsAreTooFew() throws {
    guard
      case .tooFewSeeds(3, 0.25, 6, let largest) = try verdict([("random", [0.1, 0.2, 0.3]), ("rl", [0.7, 0.8, 0.9])])
    else {
      Issue.record("expected too few seeds")
      return
    }
    #expect(largest.ahead == "rl" && largest.wins == 3)
    let three = try verdict([("random", [0.1, 0.2]), ("rl", [0.7, 0.8]), ("evolution", [0.4, 0.5])])
    guard case .tooFewSeeds(2, 0.5, 7, _) = three else {
      Issue.record("expected too few seeds for three pairs")
      return
    }
  }

  @Test func enoughSeedsShowADifferenceOrNone() throws {
    let low = [0.31, 0.35, 0.33, 0.38, 0.32, 0.36]
    let better = try verdict([("random", low), ("rl", low.map { $0 + 0.05 })])
    guard case .differences(let shown) = better else {
      Issue.record("expected a difference")
      return
    }
    #expect(shown.map(\.ahead) == ["rl"] && better.isDecided)
    let mixed = try verdict([("random", low), ("rl", [0.33, 0.34, 0.35, 0.36, 0.31, 0.38])])
    guard case .noDifference(let largest) = mixed else {
      Issue.record("expected no difference")
      return
    }
    #expect(largest.adjustedP > 0.05)
  }

  @Test func theFewestSeeds() {
    #expect([1, 2, 3, 6, 28].map(ComparisonVerdict.seedsNeeded) == [6, 7, 7, 8, 11])
  }
}
