import Foundation
import SearchSpace

/// What one evaluation may use.
public struct WorkerLimits: Hashable, Sendable {
  /// Seconds per candidate; nil is no limit.
  public var seconds: Double?
  /// Bytes of resident memory of the worker; nil is no limit. Watched on Linux only, ten times a second.
  public var memory: Int?
  /// Seconds within which a worker must have set itself up.
  public var setupSeconds: Double

  /// Creates limits.
  public init(seconds: Double? = nil, memory: Int? = nil, setupSeconds: Double = 600) {
    self.seconds = seconds
    self.memory = memory
    self.setupSeconds = setupSeconds
  }
}

/// Wakes the thread that waits for a worker when its task is cancelled.
final class CancellationSignal: Sendable {
  /// Readable once cancelled.
  let descriptor: Int32
  private let writer: Int32

  init() throws {
    guard let pipe = closeOnExecPipe() else {
      throw WorkerError.cannotStart(executable: "pipe", reason: RunDirectoryError.systemReason(errno))
    }
    (descriptor, writer) = (pipe.read, pipe.write)
  }

  deinit {
    close(descriptor)
    close(writer)
  }

  func cancel() {
    var byte: UInt8 = 1
    _ = write(writer, &byte, 1)
  }
}

/// A conversation with one worker. Every call blocks its thread; one thread at a time uses it, which is why it may be
/// handed from thread to thread.
final class WorkerProcess: @unchecked Sendable {
  /// What waiting for a line came to.
  enum Waiting {
    case line(Data)
    case ended
    case overTime
    case overMemory
    case overlong
  }

  /// The longest line that is taken for a reply.
  private static let longestLine = 16 << 20

  private let child: ChildProcess
  private var output = LineBuffer()
  private var log: WorkerLog

  /// Starts a worker and waits until it is ready.
  /// - Throws: `WorkerError`; `WorkerFailure` that the worker reports; `CancellationError`.
  init(_ command: WorkerCommand, limits: WorkerLimits, log url: URL?, cancellation: CancellationSignal) throws {
    child = try ChildProcess(executable: command.executable, arguments: command.arguments)
    log = WorkerLog(url: url)
    // An input that is closed already shows in what the wait below comes to.
    _ = send(command.setupLine)
    let deadline = ProcessInfo.processInfo.systemUptime + limits.setupSeconds
    switch try wait(deadline: deadline, memory: nil, cancellation: cancellation) {
    case .line(let line):
      switch try? JSONLine.decode(WorkerReply.self, from: line) {
      case .ready: break
      case .failed(let failure): throw failure
      case .outcome, nil: throw WorkerError.endedInSetup(how: quoted(line))
      }
    case .ended:
      // This sentence is for a terminal, so it may quote what no journal may hold.
      let reason = endedFailure().reason
      throw WorkerError.endedInSetup(how: reason + (log.lastLine.map { " Its last words: \($0)" } ?? ""))
    case .overTime, .overMemory: throw WorkerError.setupTimedOut(seconds: limits.setupSeconds)
    case .overlong: throw WorkerError.endedInSetup(how: quoted(output.bytes))
    }
  }

  /// Sends a line; false when the worker is gone.
  func send(_ line: Data) -> Bool {
    line.withUnsafeBytes { DurableFile.writeAll($0, to: child.input) } == 0
  }

  /// Waits for the outcome of a candidate that was sent. After a failure that the worker did not report itself it has
  /// ended, and `isUsable` is false.
  /// - Throws: `WorkerFailure` that the worker reports, `CancellationError`; the worker has ended then.
  func outcome(
    of candidate: Candidate, limits: WorkerLimits, log url: URL?, cancellation: CancellationSignal
  ) throws -> Outcome {
    log = WorkerLog(url: url)
    let deadline = limits.seconds.map { ProcessInfo.processInfo.systemUptime + $0 }
    switch try wait(deadline: deadline, memory: limits.memory, cancellation: cancellation) {
    case .line(let line):
      switch try? JSONLine.decode(WorkerReply.self, from: line) {
      case .outcome(candidate.index, let outcome): return outcome
      case .failed(let failure):
        stop()
        throw failure
      case .outcome, .ready, nil: return .failed(unexpected())
      }
    case .ended: return .failed(endedFailure())
    case .overTime:
      stop()
      let seconds = formatted(limits.seconds ?? 0)
      return .failed(
        Failure(kind: .timedOut, reason: "The evaluation took longer than the limit of \(seconds) seconds."))
    case .overMemory:
      stop()
      let mebibytes = (limits.memory ?? 0) >> 20
      return .failed(
        Failure(kind: .outOfMemory, reason: "The worker used more memory than the limit of \(mebibytes) MiB."))
    case .overlong: return .failed(unexpected())
    }
  }

  /// Whether another candidate may be sent.
  private(set) var isUsable = true

  /// Ends the worker.
  func stop() {
    isUsable = false
    child.end()
    log.drain(child.errors)
  }

  /// Waits for the next line.
  private func wait(deadline: Double?, memory: Int?, cancellation: CancellationSignal) throws -> Waiting {
    while true {
      if let line = output.next() {
        log.drain(child.errors)
        return .line(line)
      }
      if output.bytes.count > WorkerProcess.longestLine { return .overlong }
      let remaining = deadline.map { $0 - ProcessInfo.processInfo.systemUptime }
      if let remaining, remaining <= 0 { return .overTime }
      if let memory, let used = residentMemory(of: child.identifier), used > memory { return .overMemory }
      let pause = min(remaining ?? .infinity, memory == nil ? .infinity : 0.1)
      var descriptors = [
        pollfd(fd: child.output, events: Int16(POLLIN), revents: 0),
        pollfd(fd: log.hasEnded ? -1 : child.errors, events: Int16(POLLIN), revents: 0),
        pollfd(fd: cancellation.descriptor, events: Int16(POLLIN), revents: 0),
      ]
      // Rounded up, so that a deadline is never waited for in a busy loop.
      poll(&descriptors, nfds_t(descriptors.count), pause.isFinite ? Int32(min(pause * 1_000 + 1, 1e9)) : -1)
      if descriptors[2].revents != 0 {
        stop()
        throw CancellationError()
      }
      if descriptors[1].revents != 0 { log.drain(child.errors) }
      if descriptors[0].revents != 0, output.fill(from: child.output) == .ended { return .ended }
    }
  }

  /// Why a worker ended that closed its output. Its last words stay in its log: they may hold times and addresses, and
  /// a journal must be the same for every repetition of a run.
  private func endedFailure() -> Failure {
    // Five seconds for the system to finish what is ending; a worker that lives on without an output is no use.
    let ending = child.ending(within: 5)
    stop()
    switch ending {
    case .exited(let code):
      return Failure(kind: .crashed, reason: "The worker ended unexpectedly with exit code \(code).")
    case .signaled(SIGKILL):
      return Failure(kind: .outOfMemory, reason: "The worker was killed by the system, most likely for memory.")
    case .signaled(let signal):
      let name = String(cString: strsignal(signal)).lowercased()
      return Failure(kind: .crashed, reason: "The worker was ended by signal \(signal) (\(name)).")
    case nil:
      return Failure(kind: .crashed, reason: "The worker closed its output without an answer.")
    }
  }

  /// Ends a worker that does not keep to the protocol. What it wrote is not told: see `endedFailure`.
  private func unexpected() -> Failure {
    stop()
    return Failure(kind: .crashed, reason: "The worker wrote something that is not an outcome.")
  }

  /// The same for a terminal, which may be told.
  private func quoted(_ line: Data) -> String {
    let start = String(decoding: line.prefix(80), as: UTF8.self)
    return unexpected().reason.dropLast() + ": \(start)"
  }
}
