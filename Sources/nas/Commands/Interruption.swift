import Dispatch
import Foundation

/// Turns SIGINT and SIGTERM into the cancellation of a task, so that a command ends cleanly and resumably.
///
/// Unchecked because the signal arrives on a queue of its own; the lock guards the state.
final class Interruption: @unchecked Sendable {
  private let lock = NSLock()
  private var signal: Int32?
  private var sources: [any DispatchSourceSignal] = []

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
    let task = Task { try await body() }
    watch { task.cancel() }
    return try await task.value
  }

  /// Begins to watch; `cancel` is called at the first signal, and `isRequested` is true from then on.
  func watch(_ cancel: @escaping @Sendable () -> Void = {}) {
    let watched = [SIGINT, SIGTERM].map { number in
      // The default action would end the process before the source is told.
      Foundation.signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { [weak self] in
        guard let self else { return }
        let isSecond = lock.withLock {
          defer { signal = number }
          return signal != nil
        }
        if isSecond { _exit(128 + number) }
        cancel()
      }
      source.resume()
      return source
    }
    lock.withLock { sources = watched }
  }
}
