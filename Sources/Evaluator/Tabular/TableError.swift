/// What can be wrong with a table of architectures. Commands end with exit code 3.
public enum TableError: Error, Hashable, Sendable {
  /// The system could not read the file.
  case unreadable(path: String, reason: String)
  /// The compressed file is damaged.
  case damaged(path: String, reason: String)
  /// A row has another number of fields than the first line; rows count from 1, behind the first line.
  case wrongFields(path: String, row: Int, expected: Int, found: Int)
  /// A line has more fields than any table has columns.
  case tooManyColumns(path: String, limit: Int)
  /// A column of the mapping is not there.
  case missingColumn(path: String, column: String, found: [String])
  /// A field is not what its column holds.
  case wrongValue(path: String, row: Int, column: String, expected: String, found: String)
  /// Two rows have the same architecture.
  case repeatedArchitecture(path: String, row: Int, architecture: String)
  /// There are no rows.
  case empty(path: String)
}

extension TableError: CustomStringConvertible {
  /// One sentence: what was found, what was expected, what to do.
  public var description: String {
    switch self {
    case .unreadable(let path, let reason):
      "The table \(path) cannot be read (\(reason)): check the path, and that you may read it."
    case .damaged(let path, let reason):
      "The compressed table \(path) is damaged, for \(reason): fetch it again."
    case .wrongFields(let path, let row, let expected, let found):
      "Row \(row) of \(path) has \(found) fields, but the first line names \(expected) columns: fetch the table again."
    case .tooManyColumns(let path, let limit):
      "A line of \(path) has more than \(limit) fields, more than a table of architectures can have: check the path."
    case .missingColumn(let path, let column, let found):
      "The table \(path) has no column '\(column)', only \(found.joined(separator: ", ")): name its columns in a file "
        + "of --columns."
    case .wrongValue(let path, let row, let column, let expected, let found):
      "Row \(row) of \(path) has '\(found)' as \(column), where \(expected) was expected: correct the table, or name "
        + "another column."
    case .repeatedArchitecture(let path, let row, let architecture):
      "Row \(row) of \(path) has the architecture \(architecture) of an earlier row: each may have one row."
    case .empty(let path):
      "The table \(path) has no rows; a first line of names and a row for each architecture were expected."
    }
  }
}
