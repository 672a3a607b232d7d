import SearchSpace
import Testing

@testable import Controllers

/// The toy problem of the notebook that accompanies Real et al. (AAAI 2019): 100 bits, a reward of the share of ones
/// plus noise, a mutation that flips one bit. Means and deviations over 30 runs of an independent implementation:
/// noise 0.01: ageing .889 ± .020, non-ageing .895 ± .024, random .658 ± .018;
/// noise 0.1: ageing .656 ± .052, non-ageing .605 ± .047, random .590 ± .044 (P = 100, S = 10, 1,000 candidates).
@Suite struct BitsOracleTests {
  private static let space = ToySpace.bits(100)

  /// The true share of ones of the architecture that measured best, averaged over runs.
  private func score(noise: Double, runs: Int, make: (UInt64) throws -> any Controller) rethrows -> Double {
    var sum = 0.0
    for run in 0..<runs {
      var controller = try make(UInt64(run))
      let noiseRandom = RandomStream(seed: UInt64(run)).split("noise")
      let search = ToySearch(&controller, count: 1_000, seed: UInt64(run)) { architecture, index in
        var random = noiseRandom.split("candidate", index)
        let share = Double(architecture.choices.reduce(0, +)) / 100
        return min(1, max(0, share + noise * ToyNoise.normal(&random)))
      }
      sum += Double(search.best?.choices.reduce(0, +) ?? 0) / 100
    }
    return sum / Double(runs)
  }

  private func evolution(_ removal: EvolutionSettings.Removal) -> (UInt64) throws -> any Controller {
    let settings = EvolutionSettings(population: 100, tournament: 10, identityProbability: 0, removal: removal)
    return { try RegularizedEvolution(space: Self.space, settings: settings, seed: $0) }
  }

  // Tolerance: three deviations of the difference of a mean of 30 and a mean of the runs made here.

  @Test func withLittleNoise() throws {
    let runs = 4
    let scale = 3 * (1.0 / 30 + 1.0 / Double(runs)).squareRoot()
    #expect(abs(try score(noise: 0.01, runs: runs, make: evolution(.oldest)) - 0.889) < scale * 0.020)
    #expect(abs(try score(noise: 0.01, runs: runs, make: evolution(.worstOfSample)) - 0.895) < scale * 0.024)
    #expect(abs(score(noise: 0.01, runs: runs) { _ in RandomSearch(space: Self.space) } - 0.658) < scale * 0.018)
  }

  @Test func withMuchNoise() throws {
    let runs = 6
    let scale = 3 * (1.0 / 30 + 1.0 / Double(runs)).squareRoot()
    #expect(abs(try score(noise: 0.1, runs: runs, make: evolution(.oldest)) - 0.656) < scale * 0.052)
    #expect(abs(try score(noise: 0.1, runs: runs, make: evolution(.worstOfSample)) - 0.605) < scale * 0.047)
  }
}
