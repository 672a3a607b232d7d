import Foundation

/// The right to write to a run, held by one process at a time; given up when the process ends, however it ends.
public final class RunLock: Sendable {
  /// The run.
  public let directory: RunDirectory
  private let lock: FileLock

  init(directory: RunDirectory) throws {
    lock = try FileLock(directory.lockURL, folder: directory.url)
    self.directory = directory
  }

  /// Replaces `run.json`, for what may change during a run's life, such as its budget.
  /// - Throws: `RunDirectoryError.cannotWrite`, `.diskFull`.
  public func replaceConfiguration(_ configuration: Data) throws {
    try DurableFile.replace(directory.configurationURL, with: configuration)
  }
}
