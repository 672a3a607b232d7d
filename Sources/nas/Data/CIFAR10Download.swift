import Evaluator
import Foundation

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// Fetches CIFAR-10's binary archive from its authors, continues an interrupted transfer, checks it and unpacks it.
///
/// The archive stays beside the unpacked folder: fetching again then repairs damaged files without a network.
struct CIFAR10Download: Sendable {
  /// Where the archive is; the authors' page is https://www.cs.toronto.edu/~kriz/cifar.html.
  var url = "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"
  /// The archive's size in bytes.
  var size = 170_052_171
  /// The archive's MD5 as the authors publish it.
  var md5 = "c32a1d4ab5d03f1284b67883e8d87530"
  /// The session's configuration; tests replace the network here.
  var configuration: @Sendable () -> URLSessionConfiguration = { .default }

  /// Fetches, checks and unpacks.
  /// - Parameters:
  ///   - folder: where the archive and `cifar-10-batches-bin` go; created if need be.
  ///   - progress: called with the bytes there are and the bytes there will be.
  /// - Returns: the folder with the batch files.
  /// - Throws: `DownloadError`, or `DatasetError` when the archive cannot be unpacked.
  func run(into folder: URL, progress: @escaping @Sendable (Int, Int) -> Void) async throws -> URL {
    let isNew = !FileManager.default.fileExists(atPath: folder.path)
    try writing(folder) { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }
    do {
      return try await obtain(into: folder, progress: progress)
    } catch {
      // Removes the folder only where it is empty: what has been received is kept, to be continued.
      if isNew { rmdir(folder.path) }
      throw error
    }
  }

  private func obtain(into folder: URL, progress: @escaping @Sendable (Int, Int) -> Void) async throws -> URL {
    let archive = folder.appendingPathComponent("cifar-10-binary.tar.gz")
    if try digest(of: archive) != md5 {
      let part = archive.appendingPathExtension("part")
      try await fetch(to: part, progress: progress)
      try check(part)
      try writing(archive) {
        try? FileManager.default.removeItem(at: archive)
        try FileManager.default.moveItem(at: part, to: archive)
      }
    }
    return try unpack(archive, in: folder)
  }

  /// Continues `part` to its full size.
  private func fetch(to part: URL, progress: @escaping @Sendable (Int, Int) -> Void) async throws {
    if length(of: part) > size { try writing(part) { try FileManager.default.removeItem(at: part) } }
    guard length(of: part) < size else { return }
    guard let address = URL(string: url) else {
      throw DownloadError.unreachable(url: url, reason: "this is no URL", received: 0)
    }
    if !FileManager.default.fileExists(atPath: part.path) { try writing(part) { try Data().write(to: part) } }
    let handle = try writing(part) { try FileHandle(forUpdating: part) }
    defer {
      try? handle.close()
      if length(of: part) == 0 { try? FileManager.default.removeItem(at: part) }
    }
    let start = Int(try writing(part) { try handle.seekToEnd() })
    var request = URLRequest(url: address, timeoutInterval: 60)
    if start > 0 { request.setValue("bytes=\(start)-", forHTTPHeaderField: "Range") }
    let transfer = Transfer(handle: handle, file: part.path, url: url, start: start, size: size, progress: progress)
    try await transfer.run(request, configuration: configuration())
    let found = length(of: part)
    guard found >= size else { throw DownloadError.incomplete(file: part.path, expected: size, found: found) }
  }

  /// A wrong archive is removed: continuing it could never give the right one.
  private func check(_ part: URL) throws {
    let found = length(of: part)
    let digest = try digest(of: part) ?? ""
    guard found != size || digest != md5 else { return }
    try writing(part) { try FileManager.default.removeItem(at: part) }
    throw found != size
      ? DownloadError.damaged(url: url, expected: "\(size) bytes", found: "\(found) bytes")
      : DownloadError.damaged(url: url, expected: "the MD5 \(md5)", found: "the MD5 \(digest)")
  }

  /// Unpacks beside the final place and renames, so that a half-unpacked folder is never taken for the data.
  private func unpack(_ archive: URL, in folder: URL) throws -> URL {
    let workspace = folder.appendingPathComponent("unpacking-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: workspace) }
    try writing(workspace) { try FileManager.default.createDirectory(at: workspace, withIntermediateDirectories: true) }
    try CIFAR10.unpack(archive, into: workspace)
    let result = folder.appendingPathComponent(CIFAR10.folderName)
    try writing(result) {
      if FileManager.default.fileExists(atPath: result.path) { try FileManager.default.removeItem(at: result) }
      try FileManager.default.moveItem(at: workspace.appendingPathComponent(CIFAR10.folderName), to: result)
    }
    return result
  }

  private func length(of file: URL) -> Int {
    (try? FileManager.default.attributesOfItem(atPath: file.path)[.size] as? Int) ?? 0
  }

  /// The file's MD5, nil when there is no file.
  private func digest(of file: URL) throws -> String? {
    guard FileManager.default.fileExists(atPath: file.path) else { return nil }
    do {
      let handle = try FileHandle(forReadingFrom: file)
      defer { try? handle.close() }
      var digest = MD5()
      while let piece = try handle.read(upToCount: 1 << 20), !piece.isEmpty {
        piece.withUnsafeBytes { digest.update($0) }
      }
      return digest.hexadecimal
    } catch {
      throw DownloadError.unreadable(file: file.path, reason: systemReason(error))
    }
  }

  private func writing<Result>(_ file: URL, _ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch {
      throw DownloadError.unwritable(file: file.path, reason: systemReason(error))
    }
  }
}
