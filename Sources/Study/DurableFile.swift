import Foundation

/// Writes that are on the disk when they return.
package enum DurableFile {
  /// Puts `data` at `url` in one step: readers see the old content or the new, also after a crash.
  /// - Throws: `RunDirectoryError`.
  package static func replace(_ url: URL, with data: Data) throws {
    let partial = url.deletingLastPathComponent().appendingPathComponent(url.lastPathComponent + ".partial")
    do {
      let descriptor = try open(partial, flags: O_WRONLY | O_CREAT | O_TRUNC)
      defer { close(descriptor) }
      try write(data, to: descriptor, path: url.path)
      try sync(descriptor, path: url.path)
      guard rename(partial.path, url.path) == 0 else { throw RunDirectoryError.writing(url.path, code: errno) }
    } catch {
      unlink(partial.path)
      throw error
    }
    try syncFolder(url.deletingLastPathComponent())
  }

  /// Makes a folder in one that exists.
  /// - Throws: `RunDirectoryError.missingParent`, `.cannotWrite`, `.diskFull`.
  package static func makeFolder(_ url: URL) throws {
    guard mkdir(url.path, 0o755) != 0 else { return }
    let code = errno
    let parent = url.deletingLastPathComponent().path
    guard code != ENOENT || FileManager.default.fileExists(atPath: parent) else {
      throw RunDirectoryError.missingParent(path: url.path, parent: parent)
    }
    throw RunDirectoryError.writing(url.path, code: code)
  }

  /// Opens a file so that child processes do not inherit it.
  static func open(_ url: URL, flags: Int32) throws -> Int32 {
    let descriptor = Foundation.open(url.path, flags | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw RunDirectoryError.writing(url.path, code: errno) }
    return descriptor
  }

  /// Writes every byte.
  static func write(_ data: Data, to descriptor: Int32, path: String) throws {
    let code = data.withUnsafeBytes { writeAll($0, to: descriptor) }
    guard code == 0 else { throw RunDirectoryError.writing(path, code: code) }
  }

  /// Writes every byte and returns 0, or the system's error number.
  package static func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int32 {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = Foundation.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      if count < 0 {
        if errno == EINTR { continue }
        return errno
      }
      rest = rest.dropFirst(count)
    }
    return 0
  }

  /// Waits until the file's content is on the disk. Devices and pipes, which cannot be synced, are left alone.
  static func sync(_ descriptor: Int32, path: String) throws {
    guard fsync(descriptor) != 0, errno != EINVAL else { return }
    throw RunDirectoryError.writing(path, code: errno)
  }

  /// Waits until the names in a folder are on the disk.
  static func syncFolder(_ url: URL) throws {
    let descriptor = try open(url, flags: O_RDONLY)
    defer { close(descriptor) }
    try sync(descriptor, path: url.path)
  }
}
