import Foundation

/// Finds where a text stops being JSON (RFC 8259), which Foundation's errors tell only in part.
struct JSONSyntax {
  /// The first wrong place: line and column from 1 (the column in bytes), and what should stand there.
  struct Place: Hashable {
    let line: Int
    let column: Int
    let expected: String
  }

  /// What should have stood at the current place.
  private struct Expected: Error {
    let what: String
  }

  /// Deeper nesting than any genotype has; keeps the recursion bounded.
  private static let deepest = 64

  private let bytes: [UInt8]
  private var position = 0

  private init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// The first error of a text, nil when it is JSON.
  static func firstError(in data: Data) -> Place? {
    var syntax = JSONSyntax([UInt8](data))
    do {
      try syntax.value(depth: 0)
      syntax.skipSpace()
      if syntax.position < syntax.bytes.count { throw Expected(what: "the end of the file") }
      return nil
    } catch {
      let expected = (error as? Expected)?.what ?? "JSON"
      let read = syntax.bytes[..<min(syntax.position, syntax.bytes.count)]
      let line = read.count { $0 == UInt8(ascii: "\n") } + 1
      let column = read.count - (read.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0) + 1
      return Place(line: line, column: column, expected: expected)
    }
  }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard next == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func value(depth: Int) throws {
    skipSpace()
    guard depth < JSONSyntax.deepest else { throw Expected(what: "at most \(JSONSyntax.deepest) levels of nesting") }
    guard let first = next else { throw Expected(what: "a value") }
    switch first {
    case UInt8(ascii: "{"): try members(depth: depth)
    case UInt8(ascii: "["): try elements(depth: depth)
    case UInt8(ascii: "\""): try string()
    case UInt8(ascii: "t"): try word("true")
    case UInt8(ascii: "f"): try word("false")
    case UInt8(ascii: "n"): try word("null")
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try number()
    default: throw Expected(what: "a value")
    }
  }

  private mutating func members(depth: Int) throws {
    position += 1
    if take("}") { return }
    repeat {
      skipSpace()
      guard next == UInt8(ascii: "\"") else { throw Expected(what: "a key in double quotes") }
      try string()
      guard take(":") else { throw Expected(what: "':'") }
      try value(depth: depth + 1)
    } while take(",")
    guard take("}") else { throw Expected(what: "',' or '}'") }
  }

  private mutating func elements(depth: Int) throws {
    position += 1
    if take("]") { return }
    repeat { try value(depth: depth + 1) } while take(",")
    guard take("]") else { throw Expected(what: "',' or ']'") }
  }

  private mutating func string() throws {
    position += 1
    while let byte = next {
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return
      case UInt8(ascii: "\\"):
        guard let escaped = next, "\"\\/bfnrtu".utf8.contains(escaped) else {
          throw Expected(what: "one of \"\\/bfnrtu behind the backslash")
        }
        position += 1
      case 0..<0x20:
        position -= 1
        throw Expected(what: "'\"' to end the text before the line ends")
      default: break
      }
    }
    throw Expected(what: "'\"' to end the text")
  }

  private mutating func word(_ word: String) throws {
    guard bytes[position...].starts(with: word.utf8) else { throw Expected(what: "a value") }
    position += word.utf8.count
  }

  private mutating func number() throws {
    if next == UInt8(ascii: "-") { position += 1 }
    try digits()
    if next == UInt8(ascii: ".") {
      position += 1
      try digits()
    }
    if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
      position += 1
      if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { position += 1 }
      try digits()
    }
  }

  private mutating func digits() throws {
    let start = position
    while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
    if position == start { throw Expected(what: "a digit") }
  }
}
