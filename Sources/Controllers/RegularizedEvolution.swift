import SearchSpace

/// Regularized (ageing) evolution: Real et al., "Regularized evolution for image classifier architecture search",
/// AAAI 2019, algorithm 1.
///
/// While fewer than P results are known, candidates are drawn at random. Then a tournament of S is drawn uniformly with
/// replacement from the population, its best member is the parent, and the child is the parent mutated once. A finished
/// child enters the population and the oldest member leaves, however good it is. Age is the order of candidate
/// indices, in which observations arrive. With a window of W candidates in flight the first P + W − 1 are random.
///
/// A failed candidate, and one whose reward is not a finite number, is counted but never enters the population, so
/// the random phase lasts until P candidates have succeeded. Ties within a tournament go to the member drawn first,
/// which favours neither the old nor the young.
public struct RegularizedEvolution: Controller {
  /// A living candidate.
  public struct Member: Hashable, Sendable {
    /// Its index in the search; the smallest is the oldest.
    public let index: Int
    /// Its architecture.
    public let architecture: Architecture
    /// Its reward, finite.
    public let reward: Double
  }

  /// `evolution`.
  public let name = "evolution"
  /// The space.
  public let space: any Space
  /// The settings.
  public let settings: EvolutionSettings
  /// The living candidates, oldest first; at most `settings.population`.
  public private(set) var population: [Member] = []
  /// How many candidates have finished, failures included.
  public private(set) var observed = 0
  /// How many of them failed or had a reward that is not a finite number.
  public private(set) var failed = 0
  private let removalRandom: RandomStream

  /// Creates evolution over a space. `seed` decides only the samples of the non-ageing removal.
  /// - Throws: `SettingsError`.
  public init(space: any Space, settings: EvolutionSettings, seed: UInt64) throws {
    try settings.validate()
    self.space = space
    self.settings = settings
    removalRandom = RandomStream(seed: seed).split("evolution removal")
  }

  /// A random architecture while the population is not full, then a mutated tournament winner.
  public func propose(index: Int, random: RandomStream) -> Proposal {
    var random = random
    guard population.count >= settings.population else {
      return Proposal(architecture: space.sample(using: &random))
    }
    let parent = tournament(using: &random, better: >)
    let mutation = Mutation(identityProbability: settings.identityProbability)
    let child = mutation.child(of: population[parent].architecture, in: space, using: &random)
    return Proposal(architecture: child, parent: population[parent].index)
  }

  /// Lets a successful candidate enter the population and, when it is full, one member leave.
  public mutating func observe(_ observation: Observation) {
    observed += 1
    guard let reward = observation.reward, reward.isFinite else {
      failed += 1
      return
    }
    if population.count >= settings.population { population.remove(at: leaving(at: observation.index)) }
    population.append(
      Member(index: observation.index, architecture: observation.proposal.architecture, reward: reward))
  }

  /// The position of the member that makes room for candidate `index`.
  ///
  /// The paper's non-ageing form removes the worst of the very sample that chose the parent. A proposal made ahead of
  /// time may have sampled members that are gone by now, so here a new sample of the same size is drawn instead.
  private func leaving(at index: Int) -> Int {
    switch settings.removal {
    case .oldest: return 0
    case .worstOfSample:
      var random = removalRandom.split("candidate", index)
      return tournament(using: &random, better: <)
    }
  }

  /// The position of the best of S members drawn uniformly with replacement; the first drawn wins a tie.
  private func tournament(using random: inout RandomStream, better: (Double, Double) -> Bool) -> Int {
    var best = random.integer(below: population.count)
    for _ in 1..<max(settings.tournament, 1) {
      let rival = random.integer(below: population.count)
      if better(population[rival].reward, population[best].reward) { best = rival }
    }
    return best
  }
}
