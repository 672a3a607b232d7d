import Foundation

/// The folder of one search.
///
/// `run.json` (the resolved configuration), `journal.jsonl` (the only source of truth), `best.json` (the best
/// candidate so far), `candidates/<i>/` (logs, and outcomes that wait for an earlier candidate) and `lock`.
public struct RunDirectory: Hashable, Sendable {
  /// The folder.
  public let url: URL

  /// The configuration, as the command line wrote it.
  public var configurationURL: URL { url.appendingPathComponent("run.json") }
  /// The journal.
  public var journalURL: URL { url.appendingPathComponent("journal.jsonl") }
  /// The best candidate so far.
  public var bestURL: URL { url.appendingPathComponent("best.json") }
  /// The picture of the best candidate, made at the search's end.
  public var bestPictureURL: URL { url.appendingPathComponent("best.svg") }
  /// The picture of all rewards, made at the search's end.
  public var curvePictureURL: URL { url.appendingPathComponent("search.svg") }
  /// The file whose lock marks the one writer.
  public var lockURL: URL { url.appendingPathComponent("lock") }
  /// The folder of all candidates' folders.
  public var candidatesURL: URL { url.appendingPathComponent("candidates") }

  /// The folder of one candidate.
  public func candidateURL(_ index: Int) -> URL { candidatesURL.appendingPathComponent(String(index)) }
  /// What one candidate's worker wrote on standard error.
  public func logURL(_ index: Int) -> URL { candidateURL(index).appendingPathComponent("log") }
  /// The outcome of a candidate that finished before an earlier one; removed once the journal has it.
  func outcomeURL(_ index: Int) -> URL { candidateURL(index).appendingPathComponent("outcome.json") }

  private init(url: URL) {
    self.url = url
  }

  /// Creates a run and locks it.
  ///
  /// The folder may be new or empty, or, with `force`, hold a run that nobody is writing to; of that only the files of
  /// the run are removed, whatever else lies beside them stays. On an error nothing is left behind.
  /// - Parameter configuration: the content of `run.json`.
  /// - Throws: `RunDirectoryError`.
  public static func create(at url: URL, configuration: Data, force: Bool = false) throws -> RunLock {
    let run = RunDirectory(url: url.standardizedFileURL)
    let existing = try run.existing()
    if existing == .run, !force { throw RunDirectoryError.alreadyExists(path: url.path) }
    if existing == .nothing { try DurableFile.makeFolder(url) }
    // A failure to lock leaves everything as it is: whoever holds the lock is creating the run.
    let lock = try RunLock(directory: run)
    do {
      // Looked at again now that no other process can create the run in between.
      if !force, try run.existing() == .run { throw RunDirectoryError.alreadyExists(path: url.path) }
      // First, so that a kill in between leaves a journal that does not fit rather than an old search to be repeated.
      try DurableFile.replace(run.configurationURL, with: configuration)
      try run.removeResults()
      return lock
    } catch {
      if existing != .run, !FileManager.default.fileExists(atPath: run.configurationURL.path) {
        unlink(run.lockURL.path)
        if existing == .nothing { rmdir(url.path) }
      }
      throw error
    }
  }

  /// Opens an existing run for reading; `lock()` is what makes it writable.
  /// - Throws: `RunDirectoryError.notARunDirectory`.
  public static func open(at url: URL) throws -> RunDirectory {
    let run = RunDirectory(url: url.standardizedFileURL)
    guard FileManager.default.fileExists(atPath: run.configurationURL.path) else {
      throw RunDirectoryError.notARunDirectory(path: url.path)
    }
    return run
  }

  /// Makes this process the run's one writer.
  /// - Throws: `RunDirectoryError.locked` when there is one already.
  public func lock() throws -> RunLock {
    try RunLock(directory: self)
  }

  /// The content of `run.json`.
  /// - Throws: `RunDirectoryError.cannotRead`.
  public func configuration() throws -> Data {
    do {
      return try Data(contentsOf: configurationURL)
    } catch {
      throw RunDirectoryError.cannotRead(path: configurationURL.path, reason: "missing or not readable")
    }
  }

  /// Makes sure that a candidate's folder exists.
  func makeCandidateFolder(_ index: Int) throws {
    for folder in [candidatesURL, candidateURL(index)] where mkdir(folder.path, 0o755) != 0 && errno != EEXIST {
      throw RunDirectoryError.writing(folder.path, code: errno)
    }
  }

  private enum Existing {
    case nothing
    case emptyFolder
    case run
  }

  /// What is at the path now.
  private func existing() throws -> Existing {
    var status = stat()
    guard stat(url.path, &status) == 0 else {
      guard errno == ENOENT else { throw RunDirectoryError.writing(url.path, code: errno) }
      return .nothing
    }
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: url.path) else {
      throw RunDirectoryError.notARunDirectory(path: url.path)
    }
    if names.contains(configurationURL.lastPathComponent) { return .run }
    // What a creation leaves behind that was killed halfway.
    let unfinished = [lockURL.lastPathComponent, configurationURL.lastPathComponent + ".partial"]
    guard names.allSatisfy(unfinished.contains) else {
      throw RunDirectoryError.notARunDirectory(path: url.path)
    }
    return .emptyFolder
  }

  /// Whether the journal is gone, though the run has found something: going on would begin it anew without a word.
  public var hasLostJournal: Bool {
    let size = try? FileManager.default.attributesOfItem(atPath: journalURL.path)[.size] as? Int
    return (size ?? 0) == 0 && FileManager.default.fileExists(atPath: bestURL.path)
  }

  /// Removes what an earlier run found, the journal last: after a kill in between it does not fit the new configuration.
  private func removeResults() throws {
    for file in [bestURL, bestPictureURL, curvePictureURL, candidatesURL, journalURL]
    where FileManager.default.fileExists(atPath: file.path) {
      do {
        try FileManager.default.removeItem(at: file)
      } catch {
        throw RunDirectoryError.cannotWrite(path: file.path, reason: "it cannot be removed")
      }
    }
  }
}
