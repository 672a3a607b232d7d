/// Why a download did not give the data. The command ends with exit code 3.
enum DownloadError: Error, Hashable, Sendable {
  /// The server could not be reached or the connection was lost.
  case unreachable(url: String, reason: String, received: Int)
  /// The server answered with a status that gives no data.
  case refused(url: String, status: Int)
  /// The transfer ended early, in bytes.
  case incomplete(file: String, expected: Int, found: Int)
  /// What was received is not the authors' archive; it was removed.
  case damaged(url: String, expected: String, found: String)
  /// The system could not read what is there already.
  case unreadable(file: String, reason: String)
  /// The system could not write the file.
  case unwritable(file: String, reason: String)
}

extension DownloadError: CustomStringConvertible {
  /// One sentence: what was found, what was expected, what to do.
  var description: String {
    switch self {
    case .unreachable(let url, let reason, let received):
      return "\(url) could not be fetched (\(reason)), \(received) bytes are kept: check the network and repeat the "
        + "command, which continues; or fetch the file elsewhere and give it with --data"
    case .refused(let url, let status):
      return "\(url) answered with status \(status), but 200 or 206 was expected: try later, or fetch the file "
        + "elsewhere and give it with --data"
    case .incomplete(let file, let expected, let found):
      return "\(file) has \(found) bytes, but \(expected) were expected: the transfer ended early; repeat the command, "
        + "which continues"
    case .damaged(let url, let expected, let found):
      return "what \(url) sent has \(found), but \(expected) was expected, so it was removed: repeat the command; if "
        + "this happens again, fetch the file elsewhere and give it with --data"
    case .unreadable(let file, let reason):
      return "\(file) cannot be read (\(reason)): check your rights, or remove it, and repeat the command"
    case .unwritable(let file, let reason):
      return "\(file) cannot be written (\(reason)): check the folder, your rights and the free space (CIFAR-10 needs "
        + "400 MB), and repeat the command, which continues"
    }
  }
}
