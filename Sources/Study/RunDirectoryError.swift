import Foundation

/// What can go wrong with a run's folder.
public enum RunDirectoryError: Error, Equatable, Sendable {
  /// There is a run already, and it may not be overwritten.
  case alreadyExists(path: String)
  /// The path exists but does not hold a run.
  case notARunDirectory(path: String)
  /// The folder that should hold the run does not exist.
  case missingParent(path: String, parent: String)
  /// Another process writes to the run; `owner` is its process id when it could be read.
  case locked(path: String, owner: Int32?)
  /// A file or folder cannot be written; `reason` is the system's.
  case cannotWrite(path: String, reason: String)
  /// A file cannot be read; `reason` is the system's.
  case cannotRead(path: String, reason: String)
  /// There is no space left.
  case diskFull(path: String)

  /// The error of a failed write at `path` from the system's error number.
  static func writing(_ path: String, code: Int32) -> RunDirectoryError {
    code == ENOSPC || code == EDQUOT ? .diskFull(path: path) : .cannotWrite(path: path, reason: systemReason(code))
  }

  /// The system's words for an error number.
  static func systemReason(_ code: Int32) -> String {
    String(cString: strerror(code)).lowercased()
  }
}

extension RunDirectoryError: CustomStringConvertible {
  /// One sentence: what was expected, what was found, what to do.
  public var description: String {
    switch self {
    case .alreadyExists(let path):
      "There is already a run in \(path): continue it with 'nas resume', choose another folder, or overwrite it with "
        + "--force."
    case .notARunDirectory(let path):
      "\(path) is not a run: a folder with run.json was expected; give the folder that a search wrote, or a new or "
        + "empty one to start a search."
    case .missingParent(let path, let parent):
      "The folder \(path) cannot be created because \(parent) does not exist: create it first."
    case .locked(let path, let owner):
      "Another process\(owner.map { " (pid \($0))" } ?? "") is writing to the run \(path): wait for it or stop it."
    case .cannotWrite(let path, let reason):
      "\(path) cannot be written (\(reason)): choose a folder that you may write to."
    case .cannotRead(let path, let reason):
      "\(path) cannot be read (\(reason)): check that it exists and that you may read it."
    case .diskFull(let path):
      "\(path) cannot be written because no space is left on the disk: free some space; 'nas resume' continues what has begun."
    }
  }
}
