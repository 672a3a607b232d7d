import Foundation
import Study
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The two streams a command writes: results on standard output, progress and messages on standard error.
struct Terminal: Sendable {
  /// Whether standard error is a terminal, so that a live line makes sense.
  let isInteractive: Bool
  /// Whether results may be coloured: standard output is a terminal and `NO_COLOR` is not set.
  let usesColor: Bool
  /// Whether progress is suppressed.
  let isQuiet: Bool

  init(quiet: Bool = false, environment: [String: String] = ProcessInfo.processInfo.environment) {
    isInteractive = isatty(2) == 1 && environment["TERM"] != "dumb"
    usesColor = isatty(1) == 1 && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
    isQuiet = quiet
  }

  /// Writes a line of a result; `checkResults` tells whether it arrived.
  func result(_ line: String) {
    let code = Terminal.write(line + "\n", to: 1)
    if code != 0 && code != EPIPE { Terminal.resultError.withLock { $0 = code } }
  }

  /// The system's error number of a result that could not be written.
  private static let resultError = Mutex<Int32>(0)

  /// Checks that every result was written; a reader that had enough does not count.
  /// - Throws: `CommandError`.
  static func checkResults() throws {
    let code = resultError.withLock { $0 }
    guard code != 0 else { return }
    let reason = String(cString: strerror(code)).lowercased()
    throw CommandError(.failed, "The result cannot be written to standard output (\(reason)): send it somewhere else.")
  }

  /// Writes a plain line of progress.
  func note(_ line: String) {
    if !isQuiet { Terminal.write((isInteractive ? "\r\u{1B}[K" : "") + line + "\n", to: 2) }
  }

  /// Replaces the live line; does nothing where there is no terminal.
  func live(_ line: String) {
    if !isQuiet && isInteractive { Terminal.write("\r\u{1B}[K" + line, to: 2) }
  }

  /// Writes an error's sentence, also when quiet.
  static func error(_ line: String) {
    write((isatty(2) == 1 ? "\r\u{1B}[K" : "") + "nas: " + line + "\n", to: 2)
  }

  /// Writes everything and returns 0, or the system's error number.
  @discardableResult
  private static func write(_ text: String, to descriptor: Int32) -> Int32 {
    Array(text.utf8).withUnsafeBytes { DurableFile.writeAll($0, to: descriptor) }
  }
}
