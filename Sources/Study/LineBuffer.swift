import Foundation

/// Bytes read from a descriptor, handed out line by line.
struct LineBuffer {
  /// What a read gave.
  enum Filling: Equatable {
    case filled
    /// Nothing can be read now (on a descriptor that does not block).
    case empty
    case ended
  }

  private(set) var bytes = Data()

  /// Reads once.
  mutating func fill(from descriptor: Int32) -> Filling {
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = read(descriptor, &chunk, chunk.count)
      if count > 0 {
        bytes.append(contentsOf: chunk[..<count])
        return .filled
      }
      if count == 0 { return .ended }
      if errno == EINTR { continue }
      return errno == EAGAIN || errno == EWOULDBLOCK ? .empty : .ended
    }
  }

  /// Takes the next complete line, without its newline.
  mutating func next() -> Data? {
    guard let newline = bytes.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
    let line = Data(bytes[..<newline])
    bytes = Data(bytes[bytes.index(after: newline)...])
    return line
  }

  /// Takes everything.
  mutating func takeAll() -> Data {
    defer { bytes = Data() }
    return bytes
  }
}
