import Foundation

/// The right to write to a folder, held by one process at a time.
///
/// An advisory lock (flock(2)) on a file that also holds the owner's process id. The system releases it when the owner
/// ends, however it ends, so no lock is ever left behind; child processes do not inherit it.
package final class FileLock: Sendable {
  /// The open file.
  let descriptor: Int32

  /// Takes the lock.
  /// - Parameters:
  ///   - url: the file, created if need be.
  ///   - folder: what is locked, for messages.
  /// - Throws: `RunDirectoryError.locked` when another process has it; `.cannotWrite`, `.diskFull`.
  package init(_ url: URL, folder: URL) throws {
    let descriptor = try DurableFile.open(url, flags: O_RDWR | O_CREAT)
    do {
      guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
        guard errno == EWOULDBLOCK else { throw RunDirectoryError.writing(url.path, code: errno) }
        throw RunDirectoryError.locked(path: folder.path, owner: FileLock.owner(descriptor))
      }
      guard ftruncate(descriptor, 0) == 0 else { throw RunDirectoryError.writing(url.path, code: errno) }
      try DurableFile.write(Data("\(getpid())\n".utf8), to: descriptor, path: url.path)
    } catch {
      close(descriptor)
      throw error
    }
    self.descriptor = descriptor
  }

  deinit {
    // Closing alone is not enough: a child that is just being started has the file open until it becomes its program.
    flock(descriptor, LOCK_UN)
    close(descriptor)
  }

  /// The process id that the owner wrote.
  private static func owner(_ descriptor: Int32) -> Int32? {
    var bytes = [UInt8](repeating: 0, count: 32)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    guard count > 0 else { return nil }
    return Int32(String(decoding: bytes[..<count], as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines))
  }
}
