/// A candidate on its way to an evaluator.
public struct Candidate: Hashable, Sendable, Codable {
  /// Its position in the search, from 0.
  public let index: Int
  /// The point of the space.
  public let architecture: Architecture
  /// The seed of everything random in its evaluation.
  public let seed: UInt64

  /// Creates a candidate.
  public init(index: Int, architecture: Architecture, seed: UInt64) {
    self.index = index
    self.architecture = architecture
    self.seed = seed
  }
}

/// What one epoch of a candidate's training gave.
public struct EpochRecord: Hashable, Sendable, Codable {
  /// The epoch, from 1.
  public let epoch: Int
  /// The mean training loss (cross-entropy, nats).
  public let loss: Double
  /// The share of validation images classified rightly, in 0...1.
  public let validationAccuracy: Double

  /// Creates a record.
  public init(epoch: Int, loss: Double, validationAccuracy: Double) {
    self.epoch = epoch
    self.loss = loss
    self.validationAccuracy = validationAccuracy
  }
}

/// What an evaluation measured. Only validation data: test accuracy is a different type that search cannot make.
public struct Measurement: Hashable, Sendable, Codable {
  /// What the controller maximises: the validation accuracy after the last epoch, in 0...1.
  public let reward: Double
  /// The learning curve.
  public let epochs: [EpochRecord]
  /// Trainable parameters of the network.
  public let parameters: Int
  /// Multiply-adds of the network for one image.
  public let multiplyAdds: Int
  /// What the evaluation would have taken, in seconds, when it was looked up and not done.
  public let simulatedSeconds: Double?

  /// Creates a measurement.
  public init(
    reward: Double, epochs: [EpochRecord], parameters: Int, multiplyAdds: Int, simulatedSeconds: Double? = nil
  ) {
    self.reward = reward
    self.epochs = epochs
    self.parameters = parameters
    self.multiplyAdds = multiplyAdds
    self.simulatedSeconds = simulatedSeconds
  }
}

/// Why a candidate has no measurement. A failure is recorded; it never ends a run.
public struct Failure: Error, Hashable, Sendable, Codable {
  /// The kinds of failure.
  public enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
    /// The loss or a weight stopped being a finite number.
    case diverged
    /// The memory limit was reached or the system killed the worker for memory.
    case outOfMemory
    /// The time limit was reached.
    case timedOut
    /// The worker ended unexpectedly.
    case crashed
    /// The architecture cannot be built on this skeleton.
    case invalid
  }

  /// Which kind.
  public let kind: Kind
  /// One sentence about it, for the journal.
  public let reason: String

  /// Creates a failure.
  public init(kind: Kind, reason: String) {
    self.kind = kind
    self.reason = reason
  }
}

/// The result of an evaluation.
public enum Outcome: Hashable, Sendable {
  /// It was measured.
  case measured(Measurement)
  /// It failed.
  case failed(Failure)

  /// The reward, nil for a failure.
  public var reward: Double? {
    switch self {
    case .measured(let measurement): measurement.reward
    case .failed: nil
    }
  }
}

/// The frontier between search and evaluation; everything parallel happens behind it.
public protocol Evaluating: Sendable {
  /// Evaluates one candidate; the same candidate gives the same measurement on machines with the same instruction set and the same C
  /// library, whose logarithms and exponentials differ in the last bit between versions. Reports failures as an outcome.
  /// - Throws: an error that concerns the whole run (data gone, worker cannot be started), not the candidate.
  func evaluate(_ candidate: Candidate) async throws -> Outcome
}
