import Foundation

/// Files that a user asked for by name.
enum OutputFile {
  /// Writes a file, replacing an older one only when all of the new one is written.
  /// - Throws: `CommandError`.
  static func write(_ data: Data, to path: String) throws {
    do {
      try data.write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
      throw CommandError(.failed, "\(path) cannot be written: check the folder, your rights and the free space.")
    }
  }

  /// Refuses to overwrite a file unless told to.
  /// - Throws: `CommandError`.
  static func check(_ path: String, force: Bool) throws {
    guard force || !FileManager.default.fileExists(atPath: path) else {
      throw CommandError(
        .failed, "\(path) is there already: choose another file with --out, or overwrite it with --force.")
    }
  }
}
