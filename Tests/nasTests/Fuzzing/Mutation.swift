import SearchSpace

/// Changes files as a bad disk, a slip in an editor and ill will do: bits, bytes, ranges, numbers, brackets.
struct Mutation {
  /// The largest mutant, in bytes.
  static let largest = 1 << 18

  private enum Change: CaseIterable {
    case flipBit, setByte, insertBytes, removeRange, repeatRange, repeatOften, swapRanges, truncate, splice, number
    case integer, token
  }

  private static let bytes: [UInt8] = [0, 1, 0x0A, 0x20, 0x22, 0x2C, 0x2D, 0x30, 0x5B, 0x5C, 0x7B, 0x7F, 0x80, 0xFF]
  private static let numbers = [
    "-1", "0", "1", "00", "1.5", "-0", "1e9", "1e400", "-1e-400", "2147483648", "4294967296", "9223372036854775807",
    "-9223372036854775808", "9223372036854775808", "18446744073709551615", "99999999999999999999999", "NaN", "1000",
    "100000", "10000000", "10000", "65536",
  ]
  private static let tokens = [
    "[", "]", "{", "}", "(", ")", "\"", "'", ",", ":", "null", "true", "{}", "[]", "\"\"", "\\u0000", "\\ud800", "\\",
    "\n", "\r\n", "#", "range(", "list(", "Genotype(", "__metadata__", "\u{FEFF}", "é", "🦆", "..", "/", ";", "|", "&",
    "+",
  ]
  private static let integers: [UInt64] = [
    0, 1, 7, 255, 256, 65_535, 65_536, 1 << 24, 1 << 31, (1 << 32) - 1, 1 << 32, 1 << 40, 1 << 62, 1 << 63, .max,
  ]

  private var random: RandomStream

  init(_ random: RandomStream) {
    self.random = random
  }

  /// A sample with one to four changes; `others` are what it may be spliced with.
  mutating func mutant(of sample: [UInt8], others: [[UInt8]]) -> [UInt8] {
    var bytes = sample
    for _ in 0...random.integer(below: 4) {
      apply(Change.allCases[random.integer(below: Change.allCases.count)], to: &bytes, others: others)
    }
    return Array(bytes.prefix(Mutation.largest))
  }

  /// Whether something happens that happens with a probability of one in `count`.
  mutating func oneIn(_ count: Int) -> Bool { random.integer(below: count) == 0 }

  /// A place of a collection with so many elements; 0 for none.
  mutating func place(_ count: Int) -> Int { count > 0 ? random.integer(below: count) : 0 }

  /// A range of at most `length` bytes.
  private mutating func range(in bytes: [UInt8], longest length: Int) -> Range<Int> {
    let start = place(bytes.count)
    return start..<min(bytes.count, start + 1 + place(length))
  }

  private mutating func apply(_ change: Change, to bytes: inout [UInt8], others: [[UInt8]]) {
    let position = place(bytes.count)
    switch change {
    case .flipBit:
      if !bytes.isEmpty { bytes[position] ^= 1 << UInt8(place(8)) }
    case .setByte:
      if !bytes.isEmpty { bytes[position] = Mutation.bytes[place(Mutation.bytes.count)] }
    case .insertBytes:
      bytes.insert(contentsOf: (0...place(8)).map { _ in UInt8(place(256)) }, at: position)
    case .removeRange:
      bytes.removeSubrange(range(in: bytes, longest: oneIn(4) ? bytes.count : 16))
    case .repeatRange:
      bytes.insert(contentsOf: bytes[range(in: bytes, longest: oneIn(4) ? bytes.count : 64)], at: position)
    case .repeatOften:
      let part = Array(bytes[range(in: bytes, longest: 16)])
      let count = min(1 << (4 + place(12)), Mutation.largest / max(1, part.count))
      bytes.insert(contentsOf: (0..<count).flatMap { _ in part }, at: position)
    case .swapRanges: swap(&bytes)
    case .truncate: bytes.removeSubrange(position...)
    case .splice:
      let other = others.isEmpty ? bytes : others[place(others.count)]
      bytes.replaceSubrange(position..., with: other[place(other.count)...])
    case .number: replaceNumber(in: &bytes)
    case .integer: writeInteger(into: &bytes, at: position)
    case .token:
      bytes.insert(contentsOf: Mutation.tokens[place(Mutation.tokens.count)].utf8, at: position)
    }
  }

  private mutating func swap(_ bytes: inout [UInt8]) {
    let (first, second) = (range(in: bytes, longest: 32), range(in: bytes, longest: 32))
    guard first.upperBound <= second.lowerBound else { return }
    let moved = Array(bytes[first])
    bytes.replaceSubrange(first, with: bytes[second])
    let shift = second.count - first.count
    bytes.replaceSubrange((second.lowerBound + shift)..<(second.upperBound + shift), with: moved)
  }

  /// Puts another number in the place of one that stands in the text.
  private mutating func replaceNumber(in bytes: inout [UInt8]) {
    func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
    let from = place(bytes.count)
    guard let start = bytes[from...].firstIndex(where: isDigit) else { return }
    let end = bytes[start...].firstIndex { !isDigit($0) } ?? bytes.endIndex
    bytes.replaceSubrange(start..<end, with: Mutation.numbers[place(Mutation.numbers.count)].utf8)
  }

  /// Writes an integer of 1, 2, 4 or 8 bytes, in either order.
  private mutating func writeInteger(into bytes: inout [UInt8], at position: Int) {
    let width = 1 << place(4)
    guard position + width <= bytes.count else { return }
    let value = Mutation.integers[place(Mutation.integers.count)]
    let ordered = (0..<width).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
    bytes.replaceSubrange(position..<(position + width), with: oneIn(2) ? ordered : ordered.reversed())
  }
}
