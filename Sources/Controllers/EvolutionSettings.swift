/// The settings of regularized evolution.
public struct EvolutionSettings: Codable, Hashable, Sendable {
  /// Who leaves the population when a child enters it.
  public enum Removal: String, Codable, Hashable, Sendable, CaseIterable {
    /// The oldest member: ageing evolution (Real et al., AAAI 2019, algorithm 1).
    case oldest
    /// The worst of a sample of the tournament's size: the non-ageing form the paper compares with.
    case worstOfSample
  }

  /// P: how many candidates are alive.
  public var population: Int
  /// S: how many are drawn, with replacement, to find a parent.
  public var tournament: Int
  /// The probability that a child is an exact copy of its parent, to be evaluated again.
  public var identityProbability: Double
  /// Who leaves.
  public var removal: Removal

  /// Creates settings; `validate` checks them.
  public init(population: Int, tournament: Int, identityProbability: Double = 0.05, removal: Removal = .oldest) {
    self.population = population
    self.tournament = tournament
    self.identityProbability = identityProbability
    self.removal = removal
  }

  /// The published values: P = 100, S = 25 (the best of the five pairs tried), identity 0.05 (Real et al., AAAI 2019,
  /// "Methods"), for runs of 20,000 candidates.
  public static let published = EvolutionSettings(population: 100, tournament: 25)

  /// For runs of 50 to 500 candidates: P = 20, S = 10.
  ///
  /// P candidates are spent at random before the first child, so P must be a small part of the run: P = 100 would leave
  /// a run of 100 nothing but random search. P = 20 is the smallest the original paper tried; benchmarks with budgets
  /// of a few hundred candidates use P = 10 (NAS-Bench-201, Dong and Yang, ICLR 2020). S was chosen by experiment:
  /// on synthetic spaces of 6 and of 50 decisions, with interactions and noise, 40 seeds, 100 and 300 candidates,
  /// windows 1 and 8, S = 10 was better on average than S = 5 everywhere, and no worse than the other sizes tried
  /// (10/3, 10/5, 30/8, 50/12, 100/25) beyond the noise.
  public static let small = EvolutionSettings(population: 20, tournament: 10)

  /// As the tabular papers use it (Dong and Yang, ICLR 2020, section 5; AutoDL-Projects, `regularized_ea.py`): P = 10,
  /// S = 3, no identical children, for about a hundred candidates of a table that gives the same reward every time.
  public static let tabular = EvolutionSettings(population: 10, tournament: 3, identityProbability: 0)

  /// The tabular values in the non-ageing form.
  public static let tabularNonAgeing = EvolutionSettings(
    population: 10, tournament: 3, identityProbability: 0, removal: .worstOfSample)

  /// Checks every setting.
  /// - Throws: `SettingsError.outOfRange`.
  public func validate() throws {
    try SettingsCheck.atLeast(1, population, "population", "give 20 for a small run or 100 as published")
    try SettingsCheck.atLeast(1, tournament, "tournament", "give 10 for a small run or 25 as published")
    try SettingsCheck.number(
      identityProbability, "identityProbability", "a probability, 0 to 1", "give 0.05 as published"
    ) { (0...1).contains($0) }
  }
}
