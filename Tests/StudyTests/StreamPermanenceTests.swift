import Controllers
import SearchSpace
import Testing

@testable import Study

/// What a seed gave when this was written, it gives for ever: recorded runs and comparisons depend on it. Every stream
/// that this target splits off a seed is here; those of the controllers are in their own tests.
@Suite struct StreamPermanenceTests {
  private struct Free: Evaluating {
    func evaluate(_ candidate: Candidate) async throws -> Outcome {
      .measured(
        Measurement(
          reward: Double(candidate.seed % 1000) / 1000, epochs: [], parameters: 1, multiplyAdds: 1,
          simulatedSeconds: 1))
    }
  }

  /// `candidate`, `proposal` (first and later attempts) and `evaluation` of the search loop.
  @Test func theSearchLoop() throws {
    let space = DigitSpace()
    var proposer = Proposer(
      settings: SearchSettings(seed: 2_026, limits: CandidateLimits(parameters: 60)), space: space, cost: space.cost)
    let random = RandomSearch(space: space)
    let planned = try (0..<4).map { try proposer.propose(index: $0, controller: random) }
    #expect(
      planned.map(\.proposal.architecture.choices) == [[0, 0, 4, 2], [2, 0, 1, 2], [1, 0, 3, 2], [2, 0, 0, 0]])
    #expect(planned.map(\.attempt) == [2, 1, 0, 1])
    #expect(
      planned.map(\.seed) == [
        5_939_746_746_216_945, 7_671_896_646_311_326, 5_939_734_232_010_463, 8_262_387_929_648_551,
      ])
  }

  /// `repeat`, and `candidate`, `proposal` and `evaluation` of simulated searches.
  @Test func simulatedSearches() async throws {
    let runs = try await RepeatedSearches(space: DigitSpace(), evaluator: Free(), seed: 5, count: 2, threads: 1)
      .runs(of: .random, seconds: 3)
    let found = runs.map { $0.improvements.map(\.architecture.choices) }
    #expect(found == [[[2, 3, 0, 3], [3, 4, 4, 3], [0, 4, 1, 0]], [[1, 4, 2, 4]]])
    #expect(runs.map { $0.improvements.map(\.reward) } == [[0.341, 0.705, 0.72], [0.859]])
  }

  /// `noise` of the toy problem.
  @Test func theToyProblem() throws {
    let oracle = BitsOracle(population: 5, tournament: 2, candidates: 40, noise: 0.2)
    let scores = try (0..<4).map { try oracle.score(.ageing, seed: UInt64($0)) }
    #expect(scores == [0.49, 0.64, 0.52, 0.49])
  }

  /// `comparison`, `bootstrap` and `signs` of comparisons.
  @Test func comparisons() throws {
    let values = [0.25, 0.5, 0.125, 0.75, 0.375]
    let random = RandomStream(seed: 0).split("comparison")
    let interval = Bootstrap(count: 5, random: random.split("bootstrap"), resamples: 7).meanInterval(values)
    #expect(interval == Interval(low: 0.19, high: 0.60625))
    let differences = (0..<15).map { Double($0) / 10 - 0.5 }
    #expect(PairedTest(differences, random: random.split("signs")).p == 2326.0 / 20_001)
  }
}
