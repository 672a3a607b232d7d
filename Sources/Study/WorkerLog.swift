import Foundation

/// What a worker writes on standard error while it works on one candidate: kept in the candidate's folder.
struct WorkerLog {
  private let url: URL?
  private var tail = Data()
  /// Whether the worker closed its standard error.
  private(set) var hasEnded = false

  /// Creates a log; the file is made when there is something to write. Nil keeps only the last line, for messages.
  init(url: URL?) {
    self.url = url
  }

  /// The last line that is not empty, for messages.
  var lastLine: String? {
    String(decoding: tail, as: UTF8.self).split(whereSeparator: \.isNewline)
      .map { $0.trimmingCharacters(in: .whitespaces) }.last { !$0.isEmpty }
  }

  /// Moves what can be read from `errors` to the file.
  mutating func drain(_ errors: Int32) {
    var buffer = LineBuffer()
    // No more than this at a time, so that a worker that never stops writing cannot keep its limits from being checked.
    for _ in 0..<16 {
      let filling = buffer.fill(from: errors)
      if filling == .ended { hasEnded = true }
      if filling != .filled { break }
    }
    let bytes = buffer.takeAll()
    guard !bytes.isEmpty else { return }
    tail = Data((tail + bytes).suffix(4_096))
    append(bytes)
  }

  /// Appends to the file. A log that cannot be written must not fail the candidate: its outcome matters more.
  private func append(_ bytes: Data) {
    guard let url else { return }
    try? FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    guard let descriptor = try? DurableFile.open(url, flags: O_WRONLY | O_CREAT | O_APPEND) else { return }
    defer { close(descriptor) }
    try? DurableFile.write(bytes, to: descriptor, path: url.path)
  }
}
