import Foundation
import Study

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The folder of a full training.
///
/// `replay.json` (the configuration), `checkpoint` (the state after the last finished epoch, replaced by rename),
/// `result.json` (once it is finished) and `lock` (one writer).
struct ReplayDirectory: Sendable {
  let url: URL

  var configurationURL: URL { url.appendingPathComponent("replay.json") }
  var checkpointURL: URL { url.appendingPathComponent("checkpoint") }
  var resultURL: URL { url.appendingPathComponent("result.json") }
  private var lockURL: URL { url.appendingPathComponent("lock") }

  /// Whether a path holds a full training.
  static func exists(at path: String) -> Bool {
    FileManager.default.fileExists(atPath: ReplayDirectory(url: URL(fileURLWithPath: path)).configurationURL.path)
  }

  /// Creates the folder and writes the configuration.
  /// - Throws: `CommandError`; nothing is left behind then that was not there.
  static func create(at path: String, configuration: ReplayConfiguration, force: Bool) throws -> ReplayDirectory {
    let directory = ReplayDirectory(url: URL(fileURLWithPath: path).standardizedFileURL)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    if exists(at: path) {
      guard force else {
        throw CommandError(
          .failed,
          "There is already a replay in \(path): continue it with 'nas resume \(path)', choose another folder with "
            + "--out, or overwrite it with --force.")
      }
      for file in [directory.checkpointURL, directory.resultURL] { try? FileManager.default.removeItem(at: file) }
    } else if !names.isEmpty {
      throw CommandError(.failed, "\(path) is not empty and holds no replay: choose a new folder with --out.")
    }
    do {
      try FileManager.default.createDirectory(at: directory.url, withIntermediateDirectories: true)
    } catch {
      throw CommandError(.failed, "The folder \(path) cannot be created: choose another with --out.")
    }
    try directory.write(configuration, to: directory.configurationURL)
    return directory
  }

  /// Reads the configuration.
  /// - Throws: `CommandError` when it is damaged or of another version.
  func configuration() throws -> ReplayConfiguration {
    guard let data = FileManager.default.contents(atPath: configurationURL.path),
      let configuration = try? JSONDecoder().decode(ReplayConfiguration.self, from: data),
      configuration.format == ReplayConfiguration.format, configuration.version == ReplayConfiguration.currentVersion
    else {
      throw CommandError(
        .failed, "\(configurationURL.path) cannot be used: it is damaged, or was written by another version of nas.")
    }
    return configuration
  }

  /// The stored result, nil while the training is not finished.
  /// - Throws: `CommandError` when it is damaged.
  func result() throws -> ReplayResult? {
    guard let data = FileManager.default.contents(atPath: resultURL.path) else { return nil }
    guard let result = try? JSONDecoder().decode(ReplayResult.self, from: data) else {
      throw CommandError(.failed, "\(resultURL.path) is damaged: continue the training with 'nas resume \(url.path)'.")
    }
    return result
  }

  /// The stored checkpoint, nil before the first epoch.
  /// - Throws: `CommandError` when it cannot be read.
  func checkpoint() throws -> [UInt8]? {
    guard FileManager.default.fileExists(atPath: checkpointURL.path) else { return nil }
    guard let data = FileManager.default.contents(atPath: checkpointURL.path) else {
      throw CommandError(.failed, "\(checkpointURL.path) cannot be read: check your rights there.")
    }
    return [UInt8](data)
  }

  /// Replaces the checkpoint.
  func writeCheckpoint(_ bytes: [UInt8]) throws { try write(Data(bytes), to: checkpointURL) }

  /// Writes a value as JSON.
  func write(_ value: some Encodable, to file: URL) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try write(try encoder.encode(value) + Data("\n".utf8), to: file)
  }

  /// Makes this process the one writer until it ends.
  /// - Throws: `CommandError` when there is another.
  func lock() throws {
    let descriptor = open(lockURL.path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0, flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      throw CommandError(.failed, "Another process is writing to \(url.path): wait for it or stop it.")
    }
  }

  private func write(_ data: Data, to file: URL) throws {
    do {
      try DurableFile.replace(file, with: data)
    } catch {
      throw CommandError(.failed, "\(error)")
    }
  }
}
