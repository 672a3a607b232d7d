import Foundation

/// The right to write to a run, held by one process at a time.
///
/// An advisory lock (flock(2)) on the file `lock`, which also holds the owner's process id. The system releases it when
/// the owner ends, however it ends, so no lock is ever left behind; child processes do not inherit it.
public final class RunLock: Sendable {
  /// The run.
  public let directory: RunDirectory
  private let descriptor: Int32

  init(directory: RunDirectory) throws {
    let path = directory.lockURL.path
    let descriptor = try DurableFile.open(directory.lockURL, flags: O_RDWR | O_CREAT)
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let code = errno
      let owner = RunLock.owner(descriptor)
      close(descriptor)
      guard code == EWOULDBLOCK else { throw RunDirectoryError.writing(path, code: code) }
      throw RunDirectoryError.locked(path: directory.url.path, owner: owner)
    }
    do {
      guard ftruncate(descriptor, 0) == 0 else { throw RunDirectoryError.writing(path, code: errno) }
      try DurableFile.write(Data("\(getpid())\n".utf8), to: descriptor, path: path)
    } catch {
      close(descriptor)
      throw error
    }
    self.directory = directory
    self.descriptor = descriptor
  }

  deinit {
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
