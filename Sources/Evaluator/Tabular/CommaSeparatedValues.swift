/// Reads tables of comma-separated values with a first line of names (Shafranovich, RFC 4180): fields may stand in quotes,
/// with doubled quotes inside.
enum CommaSeparatedValues {
  /// The most columns that are read; a longer line is none of a table of architectures.
  static let columnLimit = 1000

  /// Calls `use` with every line that is not empty, one after the other: its number, 0 for the names, and its fields. Only
  /// one line is held at a time.
  /// - Throws: `TableError.wrongFields` when a row has another number of fields than the first line,
  ///   `TableError.tooManyColumns`, and what `use` throws.
  static func read(_ data: [UInt8], path: String, use: (_ number: Int, _ fields: [String]) throws -> Void) throws {
    var number = 0
    var columns = 0
    var fields: [String] = []
    var field: [UInt8] = []
    var isQuoted = false
    func endOfField() throws {
      guard fields.count < columnLimit else { throw TableError.tooManyColumns(path: path, limit: columnLimit) }
      fields.append(String(decoding: field, as: UTF8.self))
      field = []
    }
    func endOfLine() throws {
      guard !(fields.isEmpty && field.isEmpty) else { return }
      try endOfField()
      if number == 0 { columns = fields.count }
      guard fields.count == columns else {
        throw TableError.wrongFields(path: path, row: number, expected: columns, found: fields.count)
      }
      try use(number, fields)
      fields = []
      number += 1
    }
    var previous: UInt8 = 0
    for byte in data {
      defer { previous = byte }
      switch byte {
      // A quote right behind the closing one opens the quotes again and stands for itself.
      case UInt8(ascii: "\""):
        if !isQuoted, previous == byte { field.append(byte) }
        isQuoted.toggle()
      case UInt8(ascii: ",") where !isQuoted: try endOfField()
      case UInt8(ascii: "\n") where !isQuoted: try endOfLine()
      case UInt8(ascii: "\r") where !isQuoted: continue
      default: field.append(byte)
      }
    }
    try endOfLine()
  }
}
