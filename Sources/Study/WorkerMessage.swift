import SearchSpace

/// An error of a worker that concerns the whole run, such as data that is missing.
public struct WorkerFailure: Error, Hashable, Sendable, Codable, CustomStringConvertible {
  /// One sentence: what was expected, what was found, what to do.
  public let message: String
  /// The exit code that the run should end with.
  public let exitCode: Int32

  /// Creates a failure.
  public init(message: String, exitCode: Int32) {
    self.message = message
    self.exitCode = exitCode
  }

  /// The message.
  public var description: String { message }
}

/// One line that a worker writes on standard output.
///
/// A worker first reads one line of set-up, whose content is between the one that starts it and the one that wrote it,
/// and answers `ready` or `failed`. Then every line it reads is a `Candidate`, which it answers with `outcome` (or
/// `failed`, which ends the run).
public enum WorkerReply: Hashable, Sendable {
  /// The set-up is done.
  case ready
  /// Something is wrong that concerns the whole run.
  case failed(WorkerFailure)
  /// The candidate with this index is done.
  case outcome(index: Int, Outcome)
}

extension WorkerReply: Codable {
  private enum Key: String, CodingKey {
    case event, index, measurement, failure, error
  }

  private enum Event: String, Codable {
    case ready, error, outcome
  }

  /// Decodes a reply by its `event`.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    switch try values.decode(Event.self, forKey: .event) {
    case .ready: self = .ready
    case .error: self = .failed(try values.decode(WorkerFailure.self, forKey: .error))
    case .outcome:
      let index = try values.decode(Int.self, forKey: .index)
      if let failure = try values.decodeIfPresent(Failure.self, forKey: .failure) {
        self = .outcome(index: index, .failed(failure))
      } else {
        self = .outcome(index: index, .measured(try values.decode(Measurement.self, forKey: .measurement)))
      }
    }
  }

  /// Encodes a reply with its `event`.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    switch self {
    case .ready: try values.encode(Event.ready, forKey: .event)
    case .failed(let failure):
      try values.encode(Event.error, forKey: .event)
      try values.encode(failure, forKey: .error)
    case .outcome(let index, let outcome):
      try values.encode(Event.outcome, forKey: .event)
      try values.encode(index, forKey: .index)
      switch outcome {
      case .measured(let measurement): try values.encode(measurement, forKey: .measurement)
      case .failed(let failure): try values.encode(failure, forKey: .failure)
      }
    }
  }
}
