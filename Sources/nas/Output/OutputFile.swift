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

  /// Writes files into a folder, which is made where there is none.
  /// - Throws: `CommandError`.
  static func write(_ files: [(name: String, text: String)], toFolder folder: String) throws {
    let url = URL(fileURLWithPath: folder)
    do {
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
      for (name, text) in files {
        try Data(text.utf8).write(to: url.appendingPathComponent(name), options: .atomic)
      }
    } catch {
      throw CommandError(.failed, "\(folder) cannot be written: check the folder, your rights and the free space.")
    }
  }

  /// Refuses to overwrite a file, which `flag` names, unless told to.
  /// - Throws: `CommandError`.
  static func check(_ path: String, flag: String = "--out", force: Bool) throws {
    guard force || !FileManager.default.fileExists(atPath: path) else {
      throw CommandError(
        .failed, "\(path) is there already: choose another file with \(flag), or overwrite it with --force.")
    }
  }
}
