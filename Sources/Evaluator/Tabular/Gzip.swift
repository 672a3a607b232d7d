/// Reads gzip files (Deutsch, RFC 1952).
enum Gzip {
  /// The largest content that is read, 256 MiB: tables are a few megabytes, but a small file can hold gigabytes of zeros.
  static let limit = 1 << 28

  /// Whether data begins as a gzip file does.
  static func isCompressed(_ data: [UInt8]) -> Bool { data.starts(with: [0x1F, 0x8B]) }

  /// The content of all members, checked against their checksums.
  /// - Throws: `GzipError`, `InflateError`.
  static func decompress(_ data: [UInt8]) throws -> [UInt8] {
    var content: [UInt8] = []
    var position = 0
    repeat {
      let start = try endOfHeader(data, from: position)
      let (member, end) = try Inflate.decompress(data, from: start, limit: limit - content.count)
      guard end + 8 <= data.count else { throw InflateError.truncated }
      func word(_ place: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(data[place + $1]) << UInt32(8 * $1) }
      }
      guard word(end) == checksum(member), word(end + 4) == UInt32(truncatingIfNeeded: member.count) else {
        throw GzipError.wrongChecksum
      }
      content += member
      position = end + 8
    } while position < data.count
    return content
  }

  /// Where the compressed data of a member begins.
  private static func endOfHeader(_ data: [UInt8], from start: Int) throws -> Int {
    guard start + 10 <= data.count else { throw InflateError.truncated }
    guard isCompressed(Array(data[start..<start + 2])), data[start + 2] == 8 else { throw GzipError.notGzip }
    let flags = data[start + 3]
    var position = start + 10
    if flags & 4 != 0 {
      guard position + 2 <= data.count else { throw InflateError.truncated }
      position += 2 + Int(data[position]) + Int(data[position + 1]) << 8
    }
    // The file's name and a comment, each ended by a zero.
    for flag: UInt8 in [8, 16] where flags & flag != 0 {
      guard position < data.count, let end = data[position...].firstIndex(of: 0) else { throw InflateError.truncated }
      position = end + 1
    }
    if flags & 2 != 0 { position += 2 }
    return position
  }

  /// CRC-32 with the reflected polynomial 0xEDB88320 (RFC 1952, section 8).
  static func checksum(_ data: [UInt8]) -> UInt32 {
    ~data.reduce(0xFFFF_FFFF as UInt32) { sum, byte in
      remainders[Int(UInt8(truncatingIfNeeded: sum) ^ byte)] ^ (sum >> 8)
    }
  }

  private static let remainders: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1 }
  }
}

/// Why data is no gzip file.
enum GzipError: Error, Equatable {
  case notGzip
  case wrongChecksum
}

extension GzipError: CustomStringConvertible {
  /// What is wrong, as the end of a sentence.
  var description: String {
    switch self {
    case .notGzip: "what follows the first part is no gzip data"
    case .wrongChecksum: "its content is not what its checksum says"
    }
  }
}
