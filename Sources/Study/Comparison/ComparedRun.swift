/// A run as a comparison sees it.
public struct ComparedRun: Hashable, Sendable {
  /// What the run is called, for messages.
  public let name: String
  /// The group it belongs to: its controller, and the settings where runs of one controller differ in them.
  public let group: String
  /// Whether its controller is random search.
  public let isRandom: Bool
  /// Its seed, by which runs are paired.
  public let seed: UInt64
  /// How its best reward grew.
  public let growth: BestSoFar

  /// Creates a run.
  public init(name: String, group: String, isRandom: Bool, seed: UInt64, records: [CandidateRecord]) {
    self.name = name
    self.group = group
    self.isRandom = isRandom
    self.seed = seed
    growth = BestSoFar(records)
  }
}

/// Runs that cannot be compared.
public enum ComparisonError: Error, Equatable, Sendable {
  /// There is no run.
  case nothing
  /// A run has no finished candidate.
  case noCandidates(run: String)
  /// Two runs of a group have the same seed.
  case sameSeed(first: String, second: String, group: String, seed: UInt64)
}

extension ComparisonError: CustomStringConvertible {
  /// One sentence: what was expected, what was found, what to do.
  public var description: String {
    switch self {
    case .nothing:
      "A comparison needs runs, but there is none: give the run directories."
    case .noCandidates(let run):
      "A comparison needs finished candidates, but \(run) has none yet: wait for the first, or leave the run out."
    case .sameSeed(let first, let second, let group, let seed):
      "A comparison takes one run of every seed, but \(first) and \(second) are both \(group) with seed \(seed): leave "
        + "one out, or search with another --seed."
    }
  }
}
