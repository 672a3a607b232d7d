import Foundation
import SearchSpace

/// How a worker is started.
public struct WorkerCommand: Hashable, Sendable {
  /// The program.
  public let executable: URL
  /// Its arguments, without its name.
  public let arguments: [String]
  /// The JSON that is the worker's first line of input.
  public let setup: Data

  /// Creates a command.
  public init(executable: URL, arguments: [String], setup: Data) {
    self.executable = executable
    self.arguments = arguments
    self.setup = setup
  }

  /// The set-up on one line. In JSON a line break can only stand between tokens, where a space means the same.
  var setupLine: Data {
    Data(setup.map { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") ? UInt8(ascii: " ") : $0 })
      + Data("\n".utf8)
  }
}

/// Evaluates candidates in child processes, one candidate at a time in each.
///
/// Workers are started when they are needed and kept for the next candidate. Whatever happens to one (it exits, is
/// killed, hangs, grows, talks nonsense) becomes the failure of its candidate, and the next candidate gets a new worker.
/// A cancelled task kills its worker.
public actor WorkerPool: Evaluating {
  private let command: WorkerCommand
  private let limits: WorkerLimits
  private let log: (@Sendable (Int) -> URL)?
  private var free: Int
  private var idle: [WorkerProcess] = []
  private var waiting: [CheckedContinuation<Void, Never>] = []

  /// Creates a pool that starts nothing yet.
  ///
  /// From here on this process ignores SIGPIPE, so that writing to a worker that died is an error, not the end.
  /// - Parameters:
  ///   - workers: how many processes there are at most.
  ///   - log: where the standard error of the worker of a candidate goes (`RunDirectory.logURL`).
  public init(
    command: WorkerCommand, workers: Int, limits: WorkerLimits = WorkerLimits(), log: (@Sendable (Int) -> URL)? = nil
  ) {
    signal(SIGPIPE, SIG_IGN)
    self.command = command
    self.limits = limits
    self.log = log
    free = max(1, workers)
  }

  /// Starts one worker ahead of time, so that an error in its set-up is known before a run begins.
  /// - Throws: what `evaluate` throws.
  public func prepare() async throws {
    await takePlace()
    defer { returnPlace() }
    guard idle.isEmpty else { return }
    let (command, limits) = (command, limits)
    idle.append(
      try await onThread { try WorkerProcess(command, limits: limits, log: nil, cancellation: $0) })
  }

  /// Evaluates one candidate in a worker.
  ///
  /// A worker that has evaluated others before may fail because of what they left behind. Its crash or lack of memory
  /// therefore only counts when it happens again in a new worker, so that the outcome depends on the candidate alone.
  /// - Throws: `WorkerError` when no worker can be had, `WorkerFailure` when a worker reports an error that concerns the
  ///   whole run, `CancellationError`.
  public func evaluate(_ candidate: Candidate) async throws -> Outcome {
    await takePlace()
    defer { returnPlace() }
    try Task.checkCancellation()
    let errand = WorkerErrand(candidate: candidate, command: command, limits: limits, log: log?(candidate.index))
    let worker = idle.popLast()
    let (outcome, used) = try await onThread { try errand.run(with: worker, cancellation: $0) }
    if used.isUsable { idle.append(used) }
    return outcome
  }

  /// Ends the idle workers. A worker in the middle of an evaluation ends when its task is cancelled.
  public func shutdown() {
    idle.removeAll()
  }

  /// Runs `body` on a thread of its own, since it waits for minutes, which a thread of the concurrency pool must not;
  /// cancelling the task wakes it.
  private func onThread<Result: Sendable>(
    _ body: @escaping @Sendable (CancellationSignal) throws -> Result
  ) async throws -> Result {
    let cancellation = try CancellationSignal()
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Swift.Result { try body(cancellation) }) }
      }
    } onCancel: {
      cancellation.cancel()
    }
  }

  private func takePlace() async {
    if free > 0 {
      free -= 1
    } else {
      await withCheckedContinuation { waiting.append($0) }
    }
  }

  private func returnPlace() {
    if waiting.isEmpty {
      free += 1
    } else {
      waiting.removeFirst().resume()
    }
  }
}

/// One candidate's way through a worker.
private struct WorkerErrand: Sendable {
  let candidate: Candidate
  let command: WorkerCommand
  let limits: WorkerLimits
  let log: URL?

  /// Sends the candidate to `idle`, or to a new worker when there is none or it is not to blame for its failure.
  func run(
    with idle: WorkerProcess?, cancellation: CancellationSignal
  ) throws -> (outcome: Outcome, worker: WorkerProcess) {
    // What was written in an earlier evaluation that does not count is not part of this one.
    if let log { unlink(log.path) }
    if let idle {
      if let outcome = try outcome(from: idle, cancellation), !mayBeInherited(outcome) { return (outcome, idle) }
      idle.stop()
      if let log { unlink(log.path) }
    }
    let worker = try WorkerProcess(command, limits: limits, log: log, cancellation: cancellation)
    if let outcome = try outcome(from: worker, cancellation) { return (outcome, worker) }
    // It became ready but took no candidate; what waiting for an answer comes to says how it ended.
    return (try worker.outcome(of: candidate, limits: limits, log: log, cancellation: cancellation), worker)
  }

  /// The outcome, nil when the worker was gone before it could be asked.
  private func outcome(from worker: WorkerProcess, _ cancellation: CancellationSignal) throws -> Outcome? {
    guard try worker.send(JSONLine.encode(candidate)) else { return nil }
    return try worker.outcome(of: candidate, limits: limits, log: log, cancellation: cancellation)
  }

  private func mayBeInherited(_ outcome: Outcome) -> Bool {
    guard case .failed(let failure) = outcome else { return false }
    switch failure.kind {
    case .crashed, .outOfMemory: return true
    case .diverged, .timedOut, .invalid: return false
    }
  }
}
