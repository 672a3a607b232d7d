/// Decompresses DEFLATE data (Deutsch, RFC 1951): stored blocks, fixed codes and dynamic codes.
///
/// Written here because this target depends on no package; it is meant for tables of a few megabytes, not for speed.
struct Inflate {
  /// The base lengths of the symbols 257 to 285, and how many extra bits follow each (RFC 1951, section 3.2.5).
  private static let lengths = [
    3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
  ]
  private static let lengthBits = [
    0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
  ]
  /// The base distances of the symbols 0 to 29; symbol d has d / 2 − 1 extra bits from symbol 4 on.
  private static let distances = [
    1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145,
    8193, 12289, 16385, 24577,
  ]
  /// The order in which the lengths of the code-length code are stored (section 3.2.7).
  private static let order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

  private var bits: BitReader
  private var output: [UInt8] = []
  private let limit: Int

  private init(_ bits: BitReader, limit: Int) {
    self.bits = bits
    self.limit = limit
  }

  /// Decompresses the stream that begins at `start` and returns its content and where it ends.
  /// - Throws: `InflateError`.
  static func decompress(_ data: [UInt8], from start: Int, limit: Int) throws -> (content: [UInt8], end: Int) {
    var inflate = Inflate(BitReader(data, from: start), limit: limit)
    while try inflate.block() {}
    return (inflate.output, inflate.bits.nextByte)
  }

  /// Decompresses one block; false after the last.
  private mutating func block() throws -> Bool {
    let isLast = try bits.take(1) == 1
    switch try bits.take(2) {
    case 0: try stored()
    case 1: try compressed(HuffmanCode.fixedLiterals, HuffmanCode.fixedDistances)
    case 2:
      let (literals, distances) = try codes()
      try compressed(literals, distances)
    default: throw InflateError.invalidBlock
    }
    return !isLast
  }

  private mutating func stored() throws {
    bits.skipToByte()
    let length = try bits.take(16)
    guard try bits.take(16) == length ^ 0xFFFF else { throw InflateError.invalidLength }
    try reserve(length)
    output += try bits.bytes(length)
  }

  /// The codes of a dynamic block: their lengths are themselves run-length and Huffman coded.
  private mutating func codes() throws -> (literals: HuffmanCode, distances: HuffmanCode) {
    let literals = try bits.take(5) + 257
    let distances = try bits.take(5) + 1
    var lengthLengths = [Int](repeating: 0, count: 19)
    for symbol in Inflate.order.prefix(try bits.take(4) + 4) { lengthLengths[symbol] = try bits.take(3) }
    let lengthCode = try HuffmanCode(lengths: lengthLengths)
    var lengths: [Int] = []
    while lengths.count < literals + distances {
      let symbol = try lengthCode.next(&bits)
      switch symbol {
      case 0..<16: lengths.append(symbol)
      case 16:
        guard let last = lengths.last else { throw InflateError.invalidCode }
        lengths += [Int](repeating: last, count: 3 + (try bits.take(2)))
      case 17: lengths += [Int](repeating: 0, count: 3 + (try bits.take(3)))
      default: lengths += [Int](repeating: 0, count: 11 + (try bits.take(7)))
      }
    }
    guard lengths.count == literals + distances, lengths[256] > 0 else { throw InflateError.invalidCode }
    return (
      try HuffmanCode(lengths: Array(lengths[..<literals])), try HuffmanCode(lengths: Array(lengths[literals...]))
    )
  }

  private mutating func compressed(_ literals: HuffmanCode, _ distances: HuffmanCode) throws {
    while true {
      let symbol = try literals.next(&bits)
      if symbol < 256 {
        try reserve(1)
        output.append(UInt8(symbol))
        continue
      }
      if symbol == 256 { return }
      guard symbol - 257 < Inflate.lengths.count else { throw InflateError.invalidCode }
      let length = Inflate.lengths[symbol - 257] + (try bits.take(Inflate.lengthBits[symbol - 257]))
      try copy(length, from: distances.next(&bits))
    }
  }

  /// Repeats earlier output; the copy may overlap what it makes.
  private mutating func copy(_ length: Int, from symbol: Int) throws {
    guard symbol < Inflate.distances.count else { throw InflateError.invalidCode }
    let distance = Inflate.distances[symbol] + (try bits.take(max(0, symbol / 2 - 1)))
    guard distance <= output.count else { throw InflateError.invalidDistance }
    try reserve(length)
    let start = output.count - distance
    for offset in 0..<length { output.append(output[start + offset]) }
  }

  private func reserve(_ count: Int) throws {
    guard output.count + count <= limit else { throw InflateError.tooLarge(limit: limit) }
  }
}

/// Why compressed data cannot be read.
enum InflateError: Error, Equatable {
  case truncated
  case invalidBlock
  case invalidLength
  case invalidCode
  case invalidDistance
  case tooLarge(limit: Int)
}

extension InflateError: CustomStringConvertible {
  /// What is wrong, as the end of a sentence.
  var description: String {
    switch self {
    case .truncated: "it ends in the middle of the compressed data"
    case .invalidBlock: "it has a block of a kind that there is not"
    case .invalidLength: "the length of a stored block is not what its check says"
    case .invalidCode: "it has a code that stands for nothing"
    case .invalidDistance: "it refers to data before its beginning"
    case .tooLarge(let limit): "its content is larger than \(limit >> 20) MiB"
    }
  }
}

/// Bits of a byte sequence, least significant first.
struct BitReader {
  private let data: [UInt8]
  private var position: Int
  private var buffer = 0
  private var count = 0

  init(_ data: [UInt8], from start: Int) {
    self.data = data
    position = start
  }

  /// Where the first byte lies of which no bit has been taken.
  var nextByte: Int { position }

  /// The next `wanted` bits, at most 16, as a number.
  mutating func take(_ wanted: Int) throws -> Int {
    while count < wanted {
      guard position < data.count else { throw InflateError.truncated }
      buffer |= Int(data[position]) << count
      position += 1
      count += 8
    }
    defer {
      buffer >>= wanted
      count -= wanted
    }
    return buffer & ((1 << wanted) - 1)
  }

  /// Drops the rest of a byte that was begun.
  mutating func skipToByte() {
    buffer = 0
    count = 0
  }

  /// Whole bytes, from a byte's beginning.
  mutating func bytes(_ wanted: Int) throws -> ArraySlice<UInt8> {
    guard position + wanted <= data.count else { throw InflateError.truncated }
    defer { position += wanted }
    return data[position..<position + wanted]
  }
}

/// A canonical Huffman code, given by the length of each symbol's code (RFC 1951, section 3.2.2).
struct HuffmanCode {
  /// `counts[n]` symbols have codes of n bits.
  private var counts = [Int](repeating: 0, count: 16)
  /// The symbols by code length, then by value.
  private var symbols: [Int] = []

  static let fixedLiterals = HuffmanCode(
    checked: [Int](repeating: 8, count: 144) + [Int](repeating: 9, count: 112) + [Int](repeating: 7, count: 24)
      + [Int](repeating: 8, count: 8))
  static let fixedDistances = HuffmanCode(checked: [Int](repeating: 5, count: 30))

  /// - Throws: `InflateError.invalidCode` when there are more codes of some length than there can be.
  init(lengths: [Int]) throws {
    self.init(checked: lengths)
    var free = 1
    for length in 1...15 {
      free = 2 * free - counts[length]
      guard free >= 0 else { throw InflateError.invalidCode }
    }
  }

  private init(checked lengths: [Int]) {
    for length in lengths where length > 0 { counts[length] += 1 }
    for length in 1...15 { symbols += lengths.indices.filter { lengths[$0] == length } }
  }

  /// Reads bits until they are some symbol's code.
  func next(_ bits: inout BitReader) throws -> Int {
    var code = 0
    var first = 0
    var index = 0
    for length in 1...15 {
      code = 2 * code + (try bits.take(1))
      first *= 2
      if code - first < counts[length] { return symbols[index + code - first] }
      index += counts[length]
      first += counts[length]
    }
    throw InflateError.invalidCode
  }
}
