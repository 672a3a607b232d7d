import Foundation

/// The writing side of a journal: lines are only ever appended, and are on the disk when `append` returns.
final class Journal {
  private let url: URL
  private let descriptor: Int32

  /// Opens a journal for appending and cuts off what `reader` found torn.
  /// - Throws: `RunDirectoryError`.
  init(appendingTo url: URL, after reader: JournalReader) throws {
    self.url = url
    descriptor = try DurableFile.open(url, flags: O_WRONLY | O_CREAT | O_APPEND)
    if reader.isTorn {
      guard ftruncate(descriptor, off_t(reader.completeBytes)) == 0 else {
        throw RunDirectoryError.writing(url.path, code: errno)
      }
    }
    try DurableFile.syncFolder(url.deletingLastPathComponent())
  }

  deinit {
    close(descriptor)
  }

  /// Appends one line and waits until it is on the disk.
  /// - Throws: `RunDirectoryError`.
  func append(_ line: JournalLine) throws {
    try DurableFile.write(line.bytes, to: descriptor, path: url.path)
    try DurableFile.sync(descriptor, path: url.path)
  }
}
