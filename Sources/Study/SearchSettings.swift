import SearchSpace

/// What happens to a candidate whose fingerprint an earlier one has.
public enum Duplicates: String, Hashable, Sendable, Codable, CaseIterable {
  /// It takes the earlier candidate's outcome, whatever that is, and is not evaluated.
  case reuse
  /// It is evaluated with a seed of its own.
  case reevaluate
  /// Another proposal is asked for, up to `SearchSettings.maximumDuplicates` times; then the first one is taken and
  /// treated as under `reuse`, so that a small space that is used up does not stop the search.
  case skip
}

/// What a candidate costs, counted on its network.
public struct CandidateCost: Hashable, Sendable {
  /// Trainable parameters.
  public let parameters: Int
  /// Multiply-adds for one image.
  public let multiplyAdds: Int

  /// Creates a cost.
  public init(parameters: Int, multiplyAdds: Int) {
    self.parameters = parameters
    self.multiplyAdds = multiplyAdds
  }
}

/// The largest networks that a search considers.
public struct CandidateLimits: Hashable, Sendable {
  /// Trainable parameters.
  public var parameters: Int?
  /// Multiply-adds for one image.
  public var multiplyAdds: Int?

  /// Creates limits; nil is no limit.
  public init(parameters: Int? = nil, multiplyAdds: Int? = nil) {
    self.parameters = parameters
    self.multiplyAdds = multiplyAdds
  }

  /// Whether a network of this cost is within the limits.
  public func allow(_ cost: CandidateCost) -> Bool {
    cost.parameters <= parameters ?? .max && cost.multiplyAdds <= multiplyAdds ?? .max
  }
}

extension CandidateLimits: CustomStringConvertible {
  /// For example `at most 10000 parameters and 2000000 multiply-adds`.
  public var description: String {
    let parts = [parameters.map { "\($0) parameters" }, multiplyAdds.map { "\($0) multiply-adds" }].compactMap { $0 }
    return parts.isEmpty ? "no limits" : "at most " + parts.joined(separator: " and ")
  }
}

/// How a search runs.
public struct SearchSettings: Hashable, Sendable {
  /// Proposals for one candidate that may be turned down for its limits before the search gives up.
  public static let maximumAttempts = 1_000
  /// Proposals for one candidate that may be turned down because they were seen before (`Duplicates.skip`).
  public static let maximumDuplicates = 100

  /// The seed that every candidate's random streams follow from.
  public var seed: UInt64
  /// How many candidates may be on their way at once: candidate i is proposed knowing exactly the results of the
  /// candidates before i − window + 1.
  public var window: Int
  /// The treatment of candidates seen before.
  public var duplicates: Duplicates
  /// The largest networks considered.
  public var limits: CandidateLimits
  /// How many candidates the run has in all; nil is no limit.
  public var evaluations: Int?
  /// After how many seconds of searching, summed over resumed sessions, no new candidate is started; those that are
  /// running are finished. Nil is no limit.
  public var seconds: Double?
  /// How many candidates are evaluated at once; more than `window` are never busy.
  public var workers: Int

  /// Creates settings.
  public init(
    seed: UInt64, window: Int = 8, duplicates: Duplicates = .reuse, limits: CandidateLimits = CandidateLimits(),
    evaluations: Int? = nil, seconds: Double? = nil, workers: Int = 1
  ) {
    self.seed = seed
    self.window = window
    self.duplicates = duplicates
    self.limits = limits
    self.evaluations = evaluations
    self.seconds = seconds
    self.workers = workers
  }

  /// Checks that every number is usable.
  /// - Throws: `SearchError.notPositive`.
  func validate() throws {
    let numbers = [("window", window), ("number of workers", workers), ("number of evaluations", evaluations ?? 1)]
    for (what, found) in numbers where found < 1 { throw SearchError.notPositive(what: what, found: "\(found)") }
    if let seconds, !(seconds > 0) {
      throw SearchError.notPositive(what: "time budget in seconds", found: "\(seconds)")
    }
  }
}

/// Why a search cannot start or go on.
public enum SearchError: Error, Equatable, Sendable {
  /// A number that must be positive is not.
  case notPositive(what: String, found: String)
  /// No proposal for a candidate was within the limits (exit code 4).
  case noValidCandidate(index: Int, attempts: Int, limits: CandidateLimits)
  /// The controller proposed something that is not in the space.
  case invalidProposal(index: Int, controller: String, reason: String)
  /// The journal belongs to a search with other settings.
  case settingsDiffer(what: String, recorded: String, given: String)
  /// The controller, replayed, does not propose what the journal has.
  case replayDiffers(index: Int, what: String, recorded: String, proposed: String)
  /// A stored outcome cannot be read.
  case corruptOutcome(path: String)
}

extension SearchError: CustomStringConvertible {
  /// One sentence: what was expected, what was found, what to do.
  public var description: String {
    switch self {
    case .notPositive(let what, let found):
      "The \(what) must be above 0, but is \(found)."
    case .noValidCandidate(let index, let attempts, let limits):
      "None of \(attempts) proposals for candidate \(index) was within the limits (\(limits)): raise the limits, or "
        + "search with fewer cells or filters."
    case .invalidProposal(let index, let controller, let reason):
      "The controller \(controller) proposed a candidate \(index) that is not in the space: \(reason)"
    case .settingsDiffer(let what, let recorded, let given):
      "The run was started with \(what) \(recorded), but is to be resumed with \(given): resume it with the settings it "
        + "was started with, or start a new run."
    case .replayDiffers(let index, let what, let recorded, let proposed):
      "Candidate \(index) of the journal has \(what) \(recorded), but replaying the search gives \(proposed): the run "
        + "was made by another version or with another configuration; resume it with those, or start a new run."
    case .corruptOutcome(let path):
      "\(path) is not the outcome of a candidate: delete it, and the candidate is evaluated again."
    }
  }
}
