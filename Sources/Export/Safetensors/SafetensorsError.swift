/// A safetensors file that cannot be read.
public enum SafetensorsError: Error, Equatable, Sendable {
  /// There is no such file.
  case notFound(path: String)
  /// The system does not let it be read.
  case unreadable(path: String, reason: String)
  /// The header's length is absurd; the file is probably of another kind.
  case headerTooLarge(path: String, found: UInt64, limit: Int)
  /// The file is shorter or longer than its header says, in bytes.
  case wrongLength(path: String, expected: Int, found: Int)
  /// The header is no JSON object of tensors.
  case badHeader(path: String, reason: String)
  /// A tensor's type, shape and offsets cannot be.
  case badTensor(path: String, name: String, reason: String)
}

extension SafetensorsError: CustomStringConvertible {
  /// One sentence: what was expected, what was found, what to do.
  public var description: String {
    switch self {
    case .notFound(let path):
      "There is no safetensors file at \(path); check the path."
    case .unreadable(let path, let reason):
      "\(path) cannot be read: \(reason)"
    case .headerTooLarge(let path, let found, let limit):
      "\(path) is no safetensors file: its header should have at most \(limit) bytes, but is to have \(found)."
    case .wrongLength(let path, let expected, let found):
      "\(path) is damaged: \(expected) bytes were expected, \(found) found; restore it from a copy."
    case .badHeader(let path, let reason):
      "\(path) has no valid safetensors header: \(reason)."
    case .badTensor(let path, let name, let reason):
      "\(path) cannot be used, because of its tensor '\(name)': \(reason)."
    }
  }
}
