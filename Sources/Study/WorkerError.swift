import Foundation

/// Why no worker can be had; concerns the whole run. What a worker says itself is a `WorkerFailure`.
public enum WorkerError: Error, Equatable, Sendable {
  /// The program cannot be started; `reason` is the system's.
  case cannotStart(executable: String, reason: String)
  /// The worker ended, or said something unexpected, before it was ready.
  case endedInSetup(how: String)
  /// The worker was not ready in time.
  case setupTimedOut(seconds: Double)
}

extension WorkerError: CustomStringConvertible {
  /// One sentence: what was expected, what was found, what to do.
  public var description: String {
    switch self {
    case .cannotStart(let executable, let reason):
      "The worker \(executable) cannot be started (\(reason)): check that the file exists and is executable."
    case .endedInSetup(let how):
      "The worker should have become ready for candidates, but did not. \(how)"
    case .setupTimedOut(let seconds):
      "The worker was not ready within \(formatted(seconds)) seconds: check that the data can be read, or whether the "
        + "machine is overloaded."
    }
  }
}

/// Seconds without needless digits: `5`, `0.25`.
func formatted(_ seconds: Double) -> String {
  seconds == seconds.rounded() && abs(seconds) < 1e15 ? String(Int(seconds)) : String(seconds)
}
