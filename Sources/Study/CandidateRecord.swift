import SearchSpace

/// How long something took; the one part of a journal that differs between equal runs.
public struct Timing: Hashable, Sendable, Codable {
  /// Seconds of this candidate's evaluation; 0 when nothing was evaluated.
  public let seconds: Double
  /// Seconds of searching up to its end, summed over resumed sessions.
  public let elapsed: Double
  /// When it finished (ISO 8601, UTC).
  public let finished: String

  /// Creates a timing.
  public init(seconds: Double, elapsed: Double, finished: String) {
    self.seconds = seconds
    self.elapsed = elapsed
    self.finished = finished
  }
}

/// A finished candidate, as the journal keeps it.
public struct CandidateRecord: Hashable, Sendable {
  /// Its position in the search, from 0.
  public let index: Int
  /// The point of the space.
  public let architecture: Architecture
  /// Equal for architectures that compute the same function.
  public let fingerprint: String
  /// The seed its outcome was measured with (for a reused outcome, the earlier candidate's).
  public let seed: UInt64
  /// The candidate it was made from, when there is one.
  public let parent: Int?
  /// The natural logarithm of the policy's probability; absent when there is none or it is not finite.
  public let logProbability: Double?
  /// How many proposals were turned down before this one.
  public let attempt: Int
  /// The earlier candidate whose outcome this one shares.
  public let duplicateOf: Int?
  /// Trainable parameters, when the network could be built.
  public let parameters: Int?
  /// Multiply-adds for one image, when the network could be built.
  public let multiplyAdds: Int?
  /// The validation accuracy, absent when it failed.
  public let reward: Double?
  /// The learning curve.
  public let epochs: [EpochRecord]
  /// Why there is no reward.
  public let failure: Failure?
  /// How long it took.
  public let timing: Timing
}

extension CandidateRecord: Codable {
  private enum Key: String, CodingKey {
    case index, architecture, fingerprint, seed, parent, logProbability, attempt, duplicateOf
    case parameters, multiplyAdds, reward, epochs, failure, timing
  }

  /// Decodes a record; `attempt` and `epochs` may be absent.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    index = try values.decode(Int.self, forKey: .index)
    architecture = try values.decode(Architecture.self, forKey: .architecture)
    fingerprint = try values.decode(String.self, forKey: .fingerprint)
    seed = try values.decode(UInt64.self, forKey: .seed)
    parent = try values.decodeIfPresent(Int.self, forKey: .parent)
    logProbability = try values.decodeIfPresent(Double.self, forKey: .logProbability)
    attempt = try values.decodeIfPresent(Int.self, forKey: .attempt) ?? 0
    duplicateOf = try values.decodeIfPresent(Int.self, forKey: .duplicateOf)
    parameters = try values.decodeIfPresent(Int.self, forKey: .parameters)
    multiplyAdds = try values.decodeIfPresent(Int.self, forKey: .multiplyAdds)
    reward = try values.decodeIfPresent(Double.self, forKey: .reward)
    epochs = try values.decodeIfPresent([EpochRecord].self, forKey: .epochs) ?? []
    failure = try values.decodeIfPresent(Failure.self, forKey: .failure)
    timing = try values.decode(Timing.self, forKey: .timing)
    guard (reward == nil) != (failure == nil) else {
      throw DecodingError.dataCorruptedError(
        forKey: .reward, in: values, debugDescription: "a candidate has either a reward or a failure")
    }
  }

  /// Encodes a record without the members that are absent.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(index, forKey: .index)
    try values.encode(architecture, forKey: .architecture)
    try values.encode(fingerprint, forKey: .fingerprint)
    try values.encode(seed, forKey: .seed)
    try values.encodeIfPresent(parent, forKey: .parent)
    try values.encodeIfPresent(logProbability, forKey: .logProbability)
    if attempt > 0 { try values.encode(attempt, forKey: .attempt) }
    try values.encodeIfPresent(duplicateOf, forKey: .duplicateOf)
    try values.encodeIfPresent(parameters, forKey: .parameters)
    try values.encodeIfPresent(multiplyAdds, forKey: .multiplyAdds)
    try values.encodeIfPresent(reward, forKey: .reward)
    if failure == nil { try values.encode(epochs, forKey: .epochs) }
    try values.encodeIfPresent(failure, forKey: .failure)
    try values.encode(timing, forKey: .timing)
  }
}

extension Outcome {
  /// The outcome with a number that is not finite turned into a divergence, so that no controller learns from it and
  /// JSON can hold it.
  var checked: Outcome {
    guard case .measured(let measurement) = self else { return self }
    guard measurement.reward.isFinite else {
      return .failed(Failure(kind: .diverged, reason: "The reward is not a finite number."))
    }
    for record in measurement.epochs where !(record.loss.isFinite && record.validationAccuracy.isFinite) {
      let reason = "The loss or accuracy of epoch \(record.epoch) is not a finite number."
      return .failed(Failure(kind: .diverged, reason: reason))
    }
    return self
  }
}
