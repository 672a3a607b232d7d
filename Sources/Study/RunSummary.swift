import SearchSpace

/// What a run's records say in numbers: for status lines, tables and reports.
public struct RunSummary: Hashable, Sendable {
  /// How often one kind of failure occurred.
  public struct FailureCount: Hashable, Sendable, Codable {
    /// The kind.
    public let kind: Failure.Kind
    /// How many candidates failed this way.
    public let count: Int
  }

  /// Finished candidates, failures and duplicates included.
  public let candidates: Int
  /// Candidates with a reward.
  public let measured: Int
  /// Candidates that took over an earlier one's outcome.
  public let duplicates: Int
  /// The kinds of failure that occurred, in the order of `Failure.Kind`.
  public let failures: [FailureCount]
  /// The first of the candidates with the highest reward.
  public let best: CandidateRecord?
  /// `bestSoFar[i]` is the highest reward among candidates 0...i, nil while there is none.
  public let bestSoFar: [Double?]
  /// The mean seconds of an evaluation, over the candidates that were evaluated; nil when there is none.
  public let meanSeconds: Double?
  /// Seconds of searching, summed over resumed sessions.
  public let elapsed: Double

  /// Summarises records in index order.
  public init(_ records: [CandidateRecord]) {
    var best: CandidateRecord?
    var bestSoFar: [Double?] = []
    for record in records {
      if let reward = record.reward, reward > best?.reward ?? -.infinity { best = record }
      bestSoFar.append(best?.reward)
    }
    let evaluated = records.filter { $0.duplicateOf == nil && $0.failure?.kind != .invalid }
    candidates = records.count
    measured = records.count { $0.reward != nil }
    duplicates = records.count { $0.duplicateOf != nil }
    failures = Failure.Kind.allCases.compactMap { kind in
      let count = records.count { $0.failure?.kind == kind }
      return count > 0 ? FailureCount(kind: kind, count: count) : nil
    }
    self.best = best
    self.bestSoFar = bestSoFar
    meanSeconds =
      evaluated.isEmpty ? nil : evaluated.reduce(0) { $0 + $1.timing.seconds } / Double(evaluated.count)
    elapsed = records.map(\.timing.elapsed).max() ?? 0
  }

  /// The seconds that are left until `evaluations` candidates are finished, at the speed so far; nil before the first.
  public func remainingSeconds(until evaluations: Int) -> Double? {
    guard candidates > 0 else { return nil }
    return elapsed / Double(candidates) * Double(max(0, evaluations - candidates))
  }

  /// The `count` best of `records`, highest reward first, the earlier first among equals; duplicates are left out.
  public static func top(_ count: Int, of records: [CandidateRecord]) -> [CandidateRecord] {
    let measured = records.filter { $0.reward != nil && $0.duplicateOf == nil }
    let ordered = measured.sorted { ($1.reward ?? 0, $0.index) < ($0.reward ?? 0, $1.index) }
    return Array(ordered.prefix(max(0, count)))
  }
}
