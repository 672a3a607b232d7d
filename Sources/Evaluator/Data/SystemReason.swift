import Foundation

/// What the system said about a failed file or network operation: the POSIX text where there is one, for example
/// `No space left on device`.
public func systemReason(_ error: any Error) -> String {
  let error = error as NSError
  for candidate in [error.userInfo[NSUnderlyingErrorKey] as? NSError, error] {
    if let candidate, candidate.domain == NSPOSIXErrorDomain { return String(cString: strerror(Int32(candidate.code))) }
  }
  return error.localizedDescription
}

extension Data {
  /// The contents of a file.
  /// - Throws: `DatasetError.unreadable`.
  init(reading file: URL) throws {
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: file.path, isDirectory: &isFolder), isFolder.boolValue {
      throw DatasetError.unreadable(file: file.path, reason: "it is a folder")
    }
    do {
      self = try Data(contentsOf: file)
    } catch {
      throw DatasetError.unreadable(file: file.path, reason: systemReason(error))
    }
  }
}
