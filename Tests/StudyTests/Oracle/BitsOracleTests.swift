import SearchSpace
import Testing

@testable import Study

/// The toy problem of regularized evolution against the table of an independent implementation; `nas bench oracle` makes
/// the whole of it.
@Suite struct BitsOracleTests {
  private func score(_ oracle: BitsOracle, _ algorithm: BitsOracle.Algorithm, runs: Int) async throws -> SampleSummary {
    SampleSummary(try await oracle.scores(algorithm, count: runs, threads: 2))
  }

  /// Tolerance: three deviations of the difference of a mean of 30 and a mean of the runs made here.
  @Test(arguments: [(0, 3), (3, 8)]) func theTableIsReproduced(row: Int, runs: Int) async throws {
    let (setting, references) = (BitsOracle.table[row].setting, BitsOracle.table[row].references)
    let scale = 3 * (1.0 / 30 + 1.0 / Double(runs)).squareRoot()
    for (algorithm, reference) in zip(BitsOracle.Algorithm.allCases, references) {
      let found = try await score(setting, algorithm, runs: runs)
      #expect(abs(found.mean - reference.mean) < scale * reference.deviation, "\(algorithm)")
    }
  }

  /// The paper's argument: with much noise ageing wins, with little it does not matter, and both beat random search.
  @Test func ageingIsAheadWhenNoiseIsLarge() async throws {
    let noisy = BitsOracle(population: 50, tournament: 10, candidates: 2_000, noise: 0.1)
    let ageing = try await score(noisy, .ageing, runs: 6)
    let nonAgeing = try await score(noisy, .nonAgeing, runs: 6)
    let random = try await score(noisy, .random, runs: 6)
    #expect(ageing.mean > nonAgeing.mean + 0.03)
    #expect(nonAgeing.mean > random.mean)
    #expect(ageing.mean > random.mean + 0.05)
  }

  @Test func aSeedGivesItsScoreWhateverTheThreads() async throws {
    let small = BitsOracle(population: 10, tournament: 3, candidates: 60, noise: 0.05)
    let one = try await small.scores(.ageing, count: 5, threads: 1)
    let three = try await small.scores(.ageing, count: 5, threads: 3)
    #expect(one == three)
    #expect(Set(one).count > 1)
    #expect(try one[4] == small.score(.ageing, seed: 4))
  }

  @Test func bitsAreNoNetwork() throws {
    let space = BitsSpace(4)
    let architecture = Architecture(choices: [1, 0, 1, 1])
    #expect(space.share(of: architecture) == 0.75)
    #expect(try space.fingerprint(of: architecture) == "1011")
    #expect(throws: BitsError.noNetwork) {
      try space.network(for: architecture, skeleton: Skeleton(cells: 1, filters: 2))
    }
    #expect(
      BitsError.noNetwork.description
        == "A network was asked for, but the bits of the toy problem make none: use a space of cells.")
  }
}
