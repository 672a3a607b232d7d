/// Reads the few forms of Python in which DARTS genotypes are written: keywords, lists or tuples of pairs and of numbers,
/// `range`, comments. It is not an interpreter, and nothing is run.
struct PythonGenotypeReader {
  /// What `Genotype(…)` was called with.
  struct Call {
    /// The variable it is assigned to.
    var name: String?
    /// The operations and states of `normal` and `reduce`.
    var edges: [String: [(operation: String, state: Int)]] = [:]
    /// The states of `normal_concat` and `reduce_concat`.
    var states: [String: [Int]] = [:]
  }

  /// No cell has states beyond; keeps `range` small.
  private static let largestState = 1000

  private let bytes: [UInt8]
  private var position = 0

  init(_ text: String) {
    bytes = Array(text.utf8)
  }

  /// The one genotype of the text.
  /// - Throws: `DARTSGenotypeError.syntax`.
  mutating func call() throws -> Call {
    var call = Call()
    skipSpace()
    let start = position
    var word = word()
    if word != "Genotype", !word.isEmpty, take("=") {
      call.name = word
      word = self.word()
    }
    guard word == "Genotype" else { throw expected("Genotype(…) or NAME = Genotype(…)", at: start) }
    try expect("(")
    while !take(")") {
      try argument(of: &call)
      if !take(",") {
        try expect(")", "a comma or a closing bracket")
        break
      }
    }
    skipSpace()
    guard position == bytes.count else { throw expected("the end of the file behind its one genotype", at: position) }
    return call
  }

  private mutating func argument(of call: inout Call) throws {
    skipSpace()
    let start = position
    let key = word()
    switch key {
    case "normal" where call.edges[key] == nil, "reduce" where call.edges[key] == nil:
      try expect("=")
      call.edges[key] = try sequence { try $0.edge() }
    case "normal_concat" where call.states[key] == nil, "reduce_concat" where call.states[key] == nil:
      try expect("=")
      call.states[key] = try states()
    default:
      throw expected("normal, normal_concat, reduce or reduce_concat, each once,", at: start)
    }
  }

  /// `('sep_conv_3x3', 1)`.
  private mutating func edge() throws -> (operation: String, state: Int) {
    let bracket = try opening("an operation and a state such as ('sep_conv_3x3', 1)")
    let operation = try quoted()
    try expect(",")
    let state = try number()
    _ = take(",")
    try expect(bracket)
    return (operation, state)
  }

  /// `[2, 3]`, `(2, 3)`, `range(2, 6)` or `list(range(2, 6))`.
  private mutating func states(inList: Bool = false) throws -> [Int] {
    skipSpace()
    let start = position
    switch word() {
    case "": return try sequence { try $0.number() }
    case "range": return try range()
    // Not within another, which would have no end.
    case "list" where !inList:
      try expect("(")
      let inner = try states(inList: true)
      try expect(")")
      return inner
    default: throw expected("states such as [2, 3] or range(2, 6)", at: start)
    }
  }

  /// What stands behind `range`: an end, or a start and an end.
  private mutating func range() throws -> [Int] {
    try expect("(")
    let first = try number()
    guard take(",") else {
      try expect(")", "a comma or a closing bracket")
      return Array(0..<first)
    }
    let end = try number()
    _ = take(",")
    try expect(")")
    return Array(first..<max(first, end))
  }

  /// A list or tuple.
  private mutating func sequence<Element>(
    _ element: (inout PythonGenotypeReader) throws -> Element
  ) throws -> [Element] {
    let bracket = try opening("a list")
    var elements: [Element] = []
    while !take(bracket) {
      elements.append(try element(&self))
      if !take(",") {
        try expect(bracket, "a comma or a closing bracket")
        break
      }
    }
    return elements
  }

  // MARK: - Tokens

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private func expected(_ what: String, at place: Int) -> DARTSGenotypeError {
    let read = bytes[..<place]
    let lineStart = read.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    return .syntax(
      line: read.count { $0 == UInt8(ascii: "\n") } + 1, column: place - lineStart + 1, expected: what)
  }

  /// Spaces, line ends and comments.
  private mutating func skipSpace() {
    while let byte = next {
      if byte == UInt8(ascii: "#") {
        while let byte = next, byte != UInt8(ascii: "\n") { position += 1 }
      } else if [0x20, 0x09, 0x0A, 0x0D].contains(byte) {
        position += 1
      } else {
        return
      }
    }
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard next == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ character: Unicode.Scalar, _ what: String? = nil) throws {
    guard take(character) else { throw expected(what ?? "'\(character)'", at: position) }
  }

  /// Takes an opening bracket; the result is the closing one.
  private mutating func opening(_ what: String) throws -> Unicode.Scalar {
    if take("[") { return "]" }
    try expect("(", what)
    return ")"
  }

  /// A name; empty when there is none.
  private mutating func word() -> String {
    skipSpace()
    let start = position
    while let byte = next, Character(Unicode.Scalar(byte)).isPythonName(first: position == start) { position += 1 }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  private mutating func quoted() throws -> String {
    skipSpace()
    guard let quote = next, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else {
      throw expected("the name of an operation in quotes", at: position)
    }
    let start = position + 1
    guard let end = bytes[start...].firstIndex(where: { $0 == quote || $0 == UInt8(ascii: "\n") }), bytes[end] == quote
    else { throw expected("the name of an operation in quotes", at: position) }
    position = end + 1
    return String(decoding: bytes[start..<end], as: UTF8.self)
  }

  private mutating func number() throws -> Int {
    skipSpace()
    let start = position
    while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
    let digits = String(decoding: bytes[start..<position], as: UTF8.self)
    guard let number = Int(digits), number <= PythonGenotypeReader.largestState else {
      throw expected("the number of a state, at most \(PythonGenotypeReader.largestState),", at: start)
    }
    return number
  }
}

extension Character {
  /// Whether it may stand in a Python name of ASCII characters.
  fileprivate func isPythonName(first: Bool) -> Bool {
    isASCII && (isLetter || self == "_" || (!first && isNumber))
  }
}
