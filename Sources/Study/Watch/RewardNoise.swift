/// How far measurements of one and the same architecture lie apart, from those that a search measured again.
public struct RewardNoise: Hashable, Sendable, Codable {
  /// The standard deviation of one measurement, pooled over all architectures that were measured more than once.
  public let deviation: Double
  /// How many measurements it rests on, less one for each architecture.
  public let degrees: Int

  /// The noise of records; nil when none was measured again. Candidates that took over an outcome measured nothing.
  public init?(_ records: [CandidateRecord]) {
    var rewards: [String: [Double]] = [:]
    for record in records where record.duplicateOf == nil {
      if let reward = record.reward { rewards[record.fingerprint, default: []].append(reward) }
    }
    // In a fixed order, for sums depend on theirs.
    let again = rewards.sorted { $0.key < $1.key }.map(\.value).filter { $0.count > 1 }
    let degrees = again.reduce(0) { $0 + $1.count - 1 }
    guard degrees > 0 else { return nil }
    let squares = again.reduce(0.0) { sum, values in
      let deviation = SampleSummary(values).deviation
      return sum + deviation * deviation * Double(values.count - 1)
    }
    deviation = (squares / Double(degrees)).squareRoot()
    self.degrees = degrees
  }
}
