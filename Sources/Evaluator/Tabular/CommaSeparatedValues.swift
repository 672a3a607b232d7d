/// A table of comma-separated values with a first line of names (Shafranovich, RFC 4180): fields may stand in quotes,
/// with doubled quotes inside.
struct CommaSeparatedValues {
  /// The names of the columns.
  let columns: [String]
  /// The rows' fields, as many as there are columns.
  let rows: [[String]]

  /// - Throws: `TableError.wrongFields` when a row has another number of fields than the first line.
  init(_ data: [UInt8], path: String) throws {
    var records: [[String]] = []
    var fields: [String] = []
    var field: [UInt8] = []
    var isQuoted = false
    func endOfRecord() {
      if !(fields.isEmpty && field.isEmpty) { records.append(fields + [String(decoding: field, as: UTF8.self)]) }
      fields = []
      field = []
    }
    var previous: UInt8 = 0
    for byte in data {
      defer { previous = byte }
      switch byte {
      // A quote right behind the closing one opens the quotes again and stands for itself.
      case UInt8(ascii: "\""):
        if !isQuoted, previous == byte { field.append(byte) }
        isQuoted.toggle()
      case UInt8(ascii: ",") where !isQuoted:
        fields.append(String(decoding: field, as: UTF8.self))
        field = []
      case UInt8(ascii: "\n") where !isQuoted: endOfRecord()
      case UInt8(ascii: "\r") where !isQuoted: continue
      default: field.append(byte)
      }
    }
    endOfRecord()
    columns = records.first ?? []
    rows = Array(records.dropFirst())
    for (number, row) in rows.enumerated() where row.count != columns.count {
      throw TableError.wrongFields(path: path, row: number + 1, expected: columns.count, found: row.count)
    }
  }
}
