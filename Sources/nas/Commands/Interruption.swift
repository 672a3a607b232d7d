import Foundation

/// Where the signal handler writes the number of a signal. It starts as a constant, so that the handler never meets a lazy
/// initialisation, and is written once, before the handler is installed.
nonisolated(unsafe) private var signalPipe: Int32 = -1

/// Turns SIGINT and SIGTERM into the cancellation of a task, so that a command ends cleanly and resumably.
///
/// The handler writes into a pipe that a thread reads: from the moment it is installed no signal is lost. Unchecked because
/// the signal arrives on that thread; the lock guards the state.
final class Interruption: @unchecked Sendable {
  private let lock = NSLock()
  private var signal: Int32?
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

  /// Runs `body` in a task that is cancelled by the first signal, also by one that came before; a second signal ends the
  /// process at once.
  func guarding<Result: Sendable>(_ body: @escaping @Sendable () async throws -> Result) async throws -> Result {
    let task = Task { try await body() }
    let isLate = lock.withLock {
      onSignal = { task.cancel() }
      return signal != nil
    }
    if isLate { task.cancel() }
    return try await task.value
  }

  /// Begins to watch; `isRequested` is true from the first signal on. Until then a signal ends the process with its default
  /// action, so this comes before a command says that it has begun. Where the system has no pipe left, signals keep that
  /// action: they end the process, which is resumable all the same.
  init() {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { return }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    let reader = ends[0]
    signalPipe = ends[1]
    Thread.detachNewThread { [self] in
      // A parent may have left signals blocked in what it starts; one thread that takes them is enough.
      var signals = sigset_t()
      sigemptyset(&signals)
      for number in [SIGINT, SIGTERM] { sigaddset(&signals, number) }
      pthread_sigmask(SIG_UNBLOCK, &signals, nil)
      var number: UInt8 = 0
      while true {
        let count = read(reader, &number, 1)
        if count == 1 { arrived(Int32(number)) } else if count == 0 || errno != EINTR { return }
      }
    }
    for number in [SIGINT, SIGTERM] {
      Foundation.signal(number) { received in
        let before = errno
        var byte = UInt8(truncatingIfNeeded: received)
        _ = write(signalPipe, &byte, 1)
        errno = before
      }
    }
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
