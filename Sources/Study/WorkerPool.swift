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

  /// Evaluates one candidate in a worker.
  /// - Throws: `WorkerError` when no worker can be had, `WorkerFailure` when a worker reports an error that concerns the
  ///   whole run, `CancellationError`.
  public func evaluate(_ candidate: Candidate) async throws -> Outcome {
    await takePlace()
    defer { returnPlace() }
    try Task.checkCancellation()
    let errand = WorkerErrand(
      candidate: candidate, command: command, limits: limits, log: log?(candidate.index),
      cancellation: try CancellationSignal())
    let worker = idle.popLast()
    let (outcome, used) = try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        // A thread of its own: it waits for minutes, which a thread of the concurrency pool must not.
        Thread.detachNewThread { continuation.resume(with: Result { try errand.run(with: worker) }) }
      }
    } onCancel: {
      errand.cancellation.cancel()
    }
    if used.isUsable { idle.append(used) }
    return outcome
  }

  /// Ends the idle workers. A worker in the middle of an evaluation ends when its task is cancelled.
  public func shutdown() {
    idle.removeAll()
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
  let cancellation: CancellationSignal

  /// Sends the candidate to `idle`, or to a new worker when there is none or it died while it was idle.
  func run(with idle: WorkerProcess?) throws -> (Outcome, WorkerProcess) {
    // What an interrupted evaluation of the same candidate wrote is not part of this one.
    if let log { unlink(log.path) }
    let line = try JSONLine.encode(candidate)
    if let idle, idle.send(line) { return try (outcome(from: idle), idle) }
    idle?.stop()
    let worker = try WorkerProcess(command, limits: limits, log: log, cancellation: cancellation)
    // If it died already, waiting for its outcome says how.
    _ = worker.send(line)
    return try (outcome(from: worker), worker)
  }

  private func outcome(from worker: WorkerProcess) throws -> Outcome {
    try worker.outcome(of: candidate, limits: limits, log: log, cancellation: cancellation)
  }
}
