import Controllers
import SearchSpace

/// The toy problem in the notebook that accompanies Real et al. (AAAI 2019): the reward of 100 bits is the share of ones
/// plus normal noise, held in 0...1, and a mutation flips one bit. What counts is the true share of ones of the candidate
/// that measured best.
///
/// With little noise ageing and non-ageing evolution are alike; with much noise ageing evolution is ahead, for a lucky
/// measurement does not live for ever. That is the paper's argument, and what an implementation must show.
public struct BitsOracle: Hashable, Sendable, Codable {
  /// A search algorithm of the problem.
  public enum Algorithm: String, Hashable, Sendable, Codable, CaseIterable {
    /// The oldest leaves.
    case ageing
    /// The worst of a sample leaves.
    case nonAgeing
    /// Uniform draws.
    case random
  }

  /// What an independent implementation found.
  public struct Reference: Hashable, Sendable {
    /// The mean over its runs.
    public let mean: Double
    /// The standard deviation of one run.
    public let deviation: Double
  }

  /// P: how many candidates are alive.
  public let population: Int
  /// S: the tournament's size.
  public let tournament: Int
  /// C: how many candidates a search has, the first population included.
  public let candidates: Int
  /// The standard deviation of a measurement.
  public let noise: Double

  /// Creates a setting of the problem.
  public init(population: Int, tournament: Int, candidates: Int, noise: Double) {
    self.population = population
    self.tournament = tournament
    self.candidates = candidates
    self.noise = noise
  }

  /// A setting with what the independent implementation found, in the order of `Algorithm`.
  public struct Row: Hashable, Sendable {
    /// The setting.
    public let setting: BitsOracle
    /// The reference of every algorithm.
    public let references: [Reference]

    /// Means and deviations in thousandths.
    fileprivate init(tournament: Int, candidates: Int, noise: Double, thousandths: [(Int, Int)]) {
      setting = BitsOracle(population: 100, tournament: tournament, candidates: candidates, noise: noise)
      references = thousandths.map { Reference(mean: Double($0.0) / 1000, deviation: Double($0.1) / 1000) }
    }
  }

  /// The settings for which there are results of an independent implementation, 30 runs each.
  public static let table = [
    Row(tournament: 10, candidates: 1000, noise: 0.01, thousandths: [(889, 20), (895, 24), (658, 18)]),
    Row(tournament: 25, candidates: 1000, noise: 0.01, thousandths: [(938, 15), (940, 26), (658, 18)]),
    Row(tournament: 10, candidates: 5000, noise: 0.01, thousandths: [(983, 8), (980, 7), (678, 17)]),
    Row(tournament: 10, candidates: 1000, noise: 0.1, thousandths: [(656, 52), (605, 47), (590, 44)]),
    Row(tournament: 10, candidates: 5000, noise: 0.1, thousandths: [(715, 42), (626, 40), (592, 45)]),
  ]

  private static let space = BitsSpace(100)

  /// One search: the true share of ones of the candidate that measured best.
  /// - Throws: `SettingsError`.
  public func score(_ algorithm: Algorithm, seed: UInt64) throws -> Double {
    let space = BitsOracle.space
    var controller = try settings(algorithm).makeController(space: space, seed: seed)
    let stream = RandomStream(seed: seed)
    var best: (share: Double, reward: Double)?
    for index in 0..<candidates {
      let candidate = stream.split("candidate", index)
      let proposal = controller.propose(index: index, random: candidate.split("proposal"))
      var random = candidate.split("noise")
      let share = space.share(of: proposal.architecture)
      let reward = min(1, max(0, share + noise * random.normal()))
      controller.observe(Observation(index: index, proposal: proposal, reward: reward))
      if reward > best?.reward ?? -1 { best = (share, reward) }
    }
    return best?.share ?? 0
  }

  /// The scores of the seeds 0..<count, on several threads at once.
  /// - Throws: `SettingsError`.
  public func scores(_ algorithm: Algorithm, count: Int, threads: Int) async throws -> [Double] {
    try await Repeats.results(count: count, threads: threads) { try score(algorithm, seed: UInt64($0)) }
  }

  private func settings(_ algorithm: Algorithm) -> ControllerSettings {
    func evolution(_ removal: EvolutionSettings.Removal) -> ControllerSettings {
      .evolution(
        EvolutionSettings(
          population: population, tournament: tournament, identityProbability: 0, removal: removal))
    }
    switch algorithm {
    case .ageing: return evolution(.oldest)
    case .nonAgeing: return evolution(.worstOfSample)
    case .random: return .random
    }
  }
}
