import Foundation

/// The writing side of a journal: lines are only ever appended, and are on the disk when `append` returns.
final class Journal {
  private let url: URL
  private let descriptor: Int32
  /// How many bytes are whole lines.
  private var length: Int
  /// Why nothing more may be written.
  private var failure: (any Error)?

  /// Opens a journal for appending and cuts off what `reader` found torn.
  /// - Throws: `RunDirectoryError`.
  init(appendingTo url: URL, after reader: JournalReader) throws {
    self.url = url
    length = reader.completeBytes
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

  /// Appends one line and waits until it is on the disk. After a failure the part that was written is cut off, and
  /// nothing more is appended: a line after a gap would make the journal unusable.
  /// - Throws: `RunDirectoryError`.
  func append(_ line: JournalLine) throws {
    if let failure { throw failure }
    let bytes = try line.bytes
    do {
      try DurableFile.write(bytes, to: descriptor, path: url.path)
      try DurableFile.sync(descriptor, path: url.path)
      length += bytes.count
    } catch {
      failure = error
      // If this fails too, resume cuts the torn line off.
      ftruncate(descriptor, off_t(length))
      throw error
    }
  }
}
