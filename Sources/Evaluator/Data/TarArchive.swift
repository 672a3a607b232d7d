import Foundation

/// A tar archive, compressed or not, unpacked by the system's `tar`.
struct TarArchive {
  /// The archive.
  let file: URL
  /// The folders in which `tar` is looked for, in order.
  var searchPath: [String] = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)

  /// Unpacks the named members into a temporary folder, calls `body` with it and removes it.
  /// - Throws: `DatasetError.tarMissing`, `.archiveDamaged`, or what `body` throws.
  func withUnpacked<Result>(_ members: [String], body: (URL) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("nas-\(UUID().uuidString)")
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw DatasetError.unwritable(file: folder.path, reason: systemReason(error))
    }
    defer { try? FileManager.default.removeItem(at: folder) }
    try unpack(members, into: folder)
    return try body(folder)
  }

  /// Unpacks the named members (all when empty) into an existing folder.
  /// - Throws: `DatasetError.tarMissing` or `.archiveDamaged`.
  func unpack(_ members: [String], into folder: URL) throws {
    let candidates = searchPath.map { URL(fileURLWithPath: $0).appendingPathComponent("tar") }
    guard let tar = candidates.first(where: { FileManager.default.isExecutableFile(atPath: $0.path) }) else {
      throw DatasetError.tarMissing(archive: file.path)
    }
    let process = Process()
    process.executableURL = tar
    // -o: files belong to whoever unpacks them, also for root.
    process.arguments = ["-x", "-o", "-f", file.path, "-C", folder.path] + members
    process.environment = ProcessInfo.processInfo.environment.merging(["LC_ALL": "C"]) { _, new in new }
    let errors = Pipe()
    process.standardError = errors
    process.standardOutput = FileHandle.nullDevice
    process.standardInput = FileHandle.nullDevice
    do {
      try process.run()
    } catch {
      throw DatasetError.archiveDamaged(archive: file.path, reason: systemReason(error))
    }
    let message = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationReason == .exit, process.terminationStatus == 0 else {
      let line = message.split(whereSeparator: \.isNewline).first.map(String.init)
      throw DatasetError.archiveDamaged(archive: file.path, reason: line ?? "tar failed")
    }
  }
}
