import Foundation

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

  /// Writes a line of a result.
  func result(_ line: String) {
    Terminal.write(line + "\n", to: 1)
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

  private static func write(_ text: String, to descriptor: Int32) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let written = bytes.withUnsafeBytes { unistdWrite(descriptor, $0.baseAddress, $0.count) }
      if written <= 0 { return }
      bytes = bytes.dropFirst(written)
    }
  }
}

private func unistdWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
  write(descriptor, bytes, count)
}
