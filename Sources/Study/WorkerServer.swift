import Foundation
import SearchSpace

/// The worker's side: what a child process runs.
public enum WorkerServer {
  /// Serves candidates on standard input and output until the input ends; then the process exits at once, even in the
  /// middle of an evaluation, since whoever asked is gone.
  ///
  /// Whatever else writes to standard output in this process goes to standard error. Interrupts (SIGINT, SIGTERM) are
  /// left to the process that started this one.
  /// - Parameter setup: makes the evaluator from the set-up line. An error it throws, or that the evaluator throws, ends
  ///   the whole run; `WorkerFailure` carries the exit code to end with, any other error ends with 1.
  /// - Returns: the exit code to end this process with.
  public static func run(setup: (Data) async throws -> any Evaluating) async -> Int32 {
    signal(SIGINT, SIG_IGN)
    signal(SIGTERM, SIG_IGN)
    signal(SIGPIPE, SIG_IGN)
    let replies = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)
    guard replies >= 0, dup2(STDERR_FILENO, STDOUT_FILENO) >= 0 else { return 1 }
    // _exit: other threads are still computing, so nothing of the process may be torn down under them.
    return await serve(input: STDIN_FILENO, output: replies, setup: setup) { _exit(0) }
  }

  /// Serves candidates on any pair of descriptors; `onEnd` is called, on another thread, when the input ends.
  static func serve(
    input: Int32, output: Int32, setup: (Data) async throws -> any Evaluating, onEnd: @escaping @Sendable () -> Void
  ) async -> Int32 {
    let (lines, continuation) = AsyncStream.makeStream(of: Data.self)
    Thread.detachNewThread {
      readLines(from: input) { continuation.yield($0) }
      onEnd()
      continuation.finish()
    }
    var evaluator: (any Evaluating)?
    for await line in lines {
      do {
        if let evaluator {
          let candidate = try JSONLine.decode(Candidate.self, from: line)
          let outcome = try await evaluator.evaluate(candidate).checked
          try reply(.outcome(index: candidate.index, outcome), to: output)
        } else {
          evaluator = try await setup(line)
          try reply(.ready, to: output)
        }
      } catch {
        let failure = error as? WorkerFailure ?? WorkerFailure(message: "\(error)", exitCode: 1)
        // If nobody can be told any more, the exit code still says it.
        try? reply(.failed(failure), to: output)
        return failure.exitCode
      }
    }
    return 0
  }

  private static func reply(_ reply: WorkerReply, to output: Int32) throws {
    try DurableFile.write(JSONLine.encode(reply), to: output, path: "standard output")
  }

  /// Reads lines, without their newline, until the input ends.
  private static func readLines(from input: Int32, _ body: (Data) -> Void) {
    var buffer = LineBuffer()
    while buffer.fill(from: input) == .filled {
      while let line = buffer.next() { body(line) }
    }
  }
}
