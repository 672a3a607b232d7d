import Evaluator
import Export
import Foundation
import Study

/// The folder of a full training.
///
/// `replay.json` (the configuration), `checkpoint` (a state between two steps, replaced by rename),
/// `weights.safetensors` and `result.json` (once it is finished, in this order) and `lock` (one writer).
struct ReplayDirectory: Sendable {
  let url: URL

  var configurationURL: URL { url.appendingPathComponent("replay.json") }
  var checkpointURL: URL { url.appendingPathComponent("checkpoint") }
  var weightsURL: URL { url.appendingPathComponent("weights.safetensors") }
  var resultURL: URL { url.appendingPathComponent("result.json") }
  private var lockURL: URL { url.appendingPathComponent("lock") }

  /// Whether a path holds a full training.
  static func exists(at path: String) -> Bool {
    FileManager.default.fileExists(atPath: ReplayDirectory(url: URL(fileURLWithPath: path)).configurationURL.path)
  }

  /// Creates the folder, locks it and writes the configuration.
  /// - Throws: `CommandError`, `RunDirectoryError`; nothing is left behind then that was not there.
  static func create(
    at path: String, configuration: ReplayConfiguration, force: Bool
  ) throws -> (ReplayDirectory, FileLock) {
    let directory = ReplayDirectory(url: URL(fileURLWithPath: path).standardizedFileURL)
    let files = FileManager.default
    let isNew = !files.fileExists(atPath: path)
    if isNew {
      try DurableFile.makeFolder(directory.url)
    } else if !exists(at: path), try !directory.isEmpty(path) {
      throw CommandError(.usage, "\(path) is not empty and holds no replay: choose a new folder with --out.")
    }
    let lock = try directory.lock()
    do {
      guard force || !exists(at: path) else {
        throw CommandError(
          .failed,
          "There is already a replay in \(path): continue it with 'nas resume \(path)', choose another folder with "
            + "--out, or overwrite it with --force.")
      }
      try directory.removeResults()
      try directory.write(configuration, to: directory.configurationURL)
      return (directory, lock)
    } catch {
      if !exists(at: path) { try? files.removeItem(at: directory.lockURL) }
      if isNew { try? files.removeItem(at: directory.url) }
      throw error
    }
  }

  /// Removes what an earlier training left, so that nothing of it can be taken for the new one's.
  private func removeResults() throws {
    for file in [checkpointURL, weightsURL, resultURL] where unlink(file.path) != 0 && errno != ENOENT {
      throw CommandError(
        .failed,
        "\(file.path) cannot be removed (\(String(cString: strerror(errno)))): remove it yourself, or choose another folder with --out."
      )
    }
  }

  /// Whether there is nothing in the folder, or only what a creation leaves that was killed halfway.
  private func isEmpty(_ path: String) throws -> Bool {
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: url.path) else {
      throw CommandError(.usage, "\(path) is no folder that can be read: choose a new one with --out.")
    }
    return names.allSatisfy(["lock", "replay.json.partial"].contains)
  }

  /// Reads the configuration.
  /// - Throws: `CommandError` when it is damaged or of another version.
  func configuration() throws -> ReplayConfiguration {
    guard let data = FileManager.default.contents(atPath: configurationURL.path),
      let configuration = try? JSONDecoder().decode(ReplayConfiguration.self, from: data),
      configuration.format == ReplayConfiguration.format, configuration.version == ReplayConfiguration.currentVersion
    else {
      throw CommandError(
        .failed,
        "\(configurationURL.path) cannot be used, being damaged or of another version of nas: restore it from a copy, or "
          + "use the version that wrote it.")
    }
    return configuration
  }

  /// The stored result, nil while the training is not finished.
  /// - Throws: `CommandError` when it is damaged.
  func result() throws -> ReplayResult? {
    guard let data = FileManager.default.contents(atPath: resultURL.path) else { return nil }
    guard let result = try? JSONDecoder().decode(ReplayResult.self, from: data) else {
      throw CommandError(
        .failed, "\(resultURL.path) is damaged: delete it, and 'nas resume \(url.path)' measures the model again.")
    }
    return result
  }

  /// Puts a trainer where the stored checkpoint is; false where there is none.
  /// - Throws: `CommandError` when the checkpoint cannot be read or belongs to another training.
  func restore(_ trainer: Trainer) throws -> Bool {
    guard FileManager.default.fileExists(atPath: checkpointURL.path) else { return false }
    guard let data = FileManager.default.contents(atPath: checkpointURL.path) else {
      throw CommandError(.failed, "\(checkpointURL.path) cannot be read: check your rights there.")
    }
    do {
      try trainer.restore([UInt8](data))
    } catch let error as CheckpointError {
      throw CommandError(.failed, "\(checkpointURL.path): \(ErrorReport.uniform(error.description))")
    }
    return true
  }

  /// The trained model.
  /// - Throws: `CommandError` while the training is not finished; `SafetensorsError`, `ModelFileError`.
  func model() throws -> TrainedModel {
    guard try result() != nil else {
      throw CommandError(
        .failed, "The replay in \(url.path) is not finished: continue it with 'nas resume \(url.path)'.")
    }
    guard FileManager.default.fileExists(atPath: weightsURL.path) else {
      throw CommandError(
        .failed,
        "\(weightsURL.path) is missing: 'nas resume \(url.path)' writes it again from the checkpoint, when there is one."
      )
    }
    return try TrainedModel(contentsOf: weightsURL)
  }

  /// Writes the trained model.
  func write(_ model: TrainedModel) throws { try DurableFile.replace(weightsURL, with: model.safetensors().data()) }

  /// Replaces the checkpoint.
  func writeCheckpoint(_ bytes: [UInt8]) throws { try DurableFile.replace(checkpointURL, with: Data(bytes)) }

  /// Writes a value as JSON.
  func write(_ value: some Encodable, to file: URL) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try DurableFile.replace(file, with: try encoder.encode(value) + Data("\n".utf8))
  }

  /// Makes this process the one writer for as long as the lock lives.
  /// - Throws: `RunDirectoryError.locked` when there is another.
  func lock() throws -> FileLock { try FileLock(lockURL, folder: url) }
}
