import Dispatch
import Foundation

/// Turns SIGINT and SIGTERM into the cancellation of a task, so that a command ends cleanly and resumably.
///
/// Unchecked because the signal arrives on a queue of its own; the lock guards the state.
final class Interruption: @unchecked Sendable {
  private let lock = NSLock()
  private var signal: Int32?
  private var sources: [any DispatchSourceSignal] = []
  private var onSignal: (@Sendable () -> Void)?

  /// The exit code of the signal that arrived, nil when none did.
  var status: ExitStatus? {
    lock.withLock {
      switch signal {
      case SIGINT: .interrupted
      case SIGTERM: .terminated
      default: nil
      }
    }
  }

  /// Whether a signal arrived.
  var isRequested: Bool { lock.withLock { signal != nil } }

  /// Ends a computation that is not a task, by throwing, once a signal arrived.
  /// - Throws: `CancellationError`.
  func check() throws {
    if isRequested { throw CancellationError() }
  }

  /// Runs `body` in a task that is cancelled by the first signal; a second signal ends the process at once.
  func guarding<Result: Sendable>(_ body: @escaping @Sendable () async throws -> Result) async throws -> Result {
    // Watched before anything is done: a signal in between would end the process with its default action.
    watch()
    let task = Task { try await body() }
    let isLate = lock.withLock {
      onSignal = { task.cancel() }
      return signal != nil
    }
    if isLate { task.cancel() }
    return try await task.value
  }

  /// Begins to watch; `isRequested` is true from the first signal on.
  func watch() {
    let watched = [SIGINT, SIGTERM].map { number in
      // The default action would end the process before the source is told.
      Foundation.signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { [weak self] in self?.arrived(number) }
      source.resume()
      return source
    }
    lock.withLock { sources = watched }
  }

  private func arrived(_ number: Int32) {
    let (isSecond, action) = lock.withLock {
      defer { signal = number }
      return (signal != nil, onSignal)
    }
    if isSecond { _exit(128 + number) }
    action?()
  }
}
