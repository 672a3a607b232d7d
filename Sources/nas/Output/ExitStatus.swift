/// The exit codes of every command.
enum ExitStatus: Int32, Sendable {
  /// Done.
  case done = 0
  /// Failed for another reason than those below.
  case failed = 1
  /// The command line, an experiment file or a genotype cannot be used.
  case usage = 2
  /// A data set is missing or corrupt.
  case data = 3
  /// No valid candidate was found.
  case noValidCandidate = 4
  /// A stored number was not reproduced.
  case verificationMismatch = 5
  /// Interrupted from the keyboard; resumable.
  case interrupted = 130
  /// Asked to end (SIGTERM); resumable.
  case terminated = 143
}
