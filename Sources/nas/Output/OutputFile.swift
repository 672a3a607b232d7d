import Foundation

/// Files that a user asked for by name.
enum OutputFile {
  /// Writes a file, replacing an older one only when all of the new one is written; of a link, what it leads to. The folders
  /// above are made.
  /// - Throws: `CommandError`.
  static func write(_ data: Data, to path: String) throws {
    let url = URL(fileURLWithPath: path).resolvingSymlinksInPath()
    do {
      try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try data.write(to: url, options: .atomic)
    } catch {
      throw CommandError(.failed, "\(path) cannot be written: check the folder, your rights and the free space.")
    }
  }

  /// Writes files into a folder.
  /// - Throws: `CommandError`.
  static func write(_ files: [(name: String, text: String)], toFolder folder: String) throws {
    for (name, text) in files { try write(Data(text.utf8), to: "\(folder)/\(name)") }
  }

  /// Refuses to overwrite a file, which `flag` names, unless told to, and whatever is no file: a device would be replaced by one.
  /// - Throws: `CommandError`.
  static func check(_ path: String, flag: String = "--out", isInFolder: Bool = false, force: Bool) throws {
    var found = stat()
    if stat(path, &found) == 0, found.st_mode & S_IFMT != S_IFREG {
      throw CommandError(.usage, "\(path) is no regular file: choose another with \(flag).")
    }
    guard force || !FileManager.default.fileExists(atPath: path) else {
      throw CommandError(
        .failed,
        "\(path) is there already: choose another \(isInFolder ? "folder" : "file") with \(flag), or overwrite it with --force."
      )
    }
  }

  /// The same of files in a folder.
  /// - Throws: `CommandError`.
  static func check(_ names: [String], inFolder folder: String, force: Bool) throws {
    for name in names { try check("\(folder)/\(name)", isInFolder: true, force: force) }
  }
}
