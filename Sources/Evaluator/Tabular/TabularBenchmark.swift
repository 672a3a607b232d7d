import Foundation
import SearchSpace

/// A table of architectures that others have trained: what a search would have measured, and what it would have cost.
public struct TabularBenchmark: Sendable {
  /// A row.
  public struct Entry: Hashable, Sendable {
    /// What a search maximises, as a share.
    public let reward: Double
    /// What the evaluation would have taken, in seconds.
    public let seconds: Double
    /// Trainable parameters.
    public let parameters: Int
    /// Multiply-adds for one image.
    public let multiplyAdds: Int
    /// What is reported of a search's answer, in the order of the mapping's columns.
    public let reported: [Double]
  }

  /// Which columns were read.
  public let columns: TabularColumns
  /// The checksum (MD5) of the table's content.
  public let checksum: String
  private let entries: [Architecture: Entry]

  /// Reads a CSV file, also compressed by gzip.
  /// - Throws: `TableError`.
  public init(contentsOf url: URL, columns: TabularColumns, space: any Space) throws {
    var data: [UInt8]
    do {
      data = [UInt8](try Data(contentsOf: url))
    } catch {
      throw TableError.unreadable(path: url.path, reason: systemReason(error))
    }
    if Gzip.isCompressed(data) {
      do {
        data = try Gzip.decompress(data)
      } catch {
        throw TableError.damaged(path: url.path, reason: "\(error)")
      }
    }
    try self.init(data, path: url.path, columns: columns, space: space)
  }

  /// Reads a table's text; `path` is for messages.
  init(_ data: [UInt8], path: String, columns: TabularColumns, space: any Space) throws {
    var reader: RowReader?
    var entries: [Architecture: Entry] = [:]
    try CommaSeparatedValues.read(data, path: path) { number, fields in
      guard let reader else {
        reader = try RowReader(names: fields, path: path, columns: columns, space: space)
        return
      }
      let (architecture, entry) = try reader.read(fields, number: number)
      guard entries.updateValue(entry, forKey: architecture) == nil else {
        throw TableError.repeatedArchitecture(
          path: path, row: number, architecture: architecture.choices.map(String.init).joined())
      }
    }
    guard !entries.isEmpty else { throw TableError.empty(path: path) }
    self.columns = columns
    self.entries = entries
    var hash = MD5()
    hash.update(data)
    checksum = hash.hexadecimal
  }

  /// The number of rows.
  public var count: Int { entries.count }

  /// The row of an architecture.
  public subscript(architecture: Architecture) -> Entry? { entries[architecture] }

  /// The highest value that any architecture has in a reported column.
  public func best(reported column: Int) -> Double {
    entries.values.reduce(-.infinity) { max($0, $1.reported[column]) }
  }
}

/// Turns the fields of a row into an entry.
private struct RowReader {
  private let path: String
  private let space: any Space
  private let columns: TabularColumns
  private let places: [String: Int]

  init(names: [String], path: String, columns: TabularColumns, space: any Space) throws {
    self.path = path
    self.space = space
    self.columns = columns
    places = Dictionary(zip(names, names.indices), uniquingKeysWith: { first, _ in first })
    let numbers = [columns.reward, columns.seconds, columns.parameters, columns.multiplyAdds] + columns.reported
    for name in [columns.architecture] + numbers.map(\.name) where places[name] == nil {
      throw TableError.missingColumn(path: path, column: name, found: names)
    }
  }

  func read(_ row: [String], number: Int) throws -> (Architecture, TabularBenchmark.Entry) {
    let entry = TabularBenchmark.Entry(
      reward: try value(columns.reward, row, number), seconds: try value(columns.seconds, row, number),
      parameters: try count(columns.parameters, row, number),
      multiplyAdds: try count(columns.multiplyAdds, row, number),
      reported: try columns.reported.map { try value($0, row, number) })
    guard entry.seconds > 0 else { throw wrong(columns.seconds.name, row, number, expected: "a number above 0") }
    return (try architecture(row, number), entry)
  }

  private func architecture(_ row: [String], _ number: Int) throws -> Architecture {
    let text = field(columns.architecture, row)
    let parts = text.contains(" ") ? text.split(separator: " ").map { Int($0) } : text.map(\.wholeNumberValue)
    let architecture = Architecture(choices: parts.compactMap { $0 })
    guard parts.allSatisfy({ $0 != nil }), (try? space.validate(architecture)) != nil else {
      throw wrong(columns.architecture, row, number, expected: "an architecture of \(space.name)")
    }
    return architecture
  }

  private func value(_ column: TabularColumns.Column, _ row: [String], _ number: Int) throws -> Double {
    guard let value = Double(field(column.name, row)), value.isFinite else {
      throw wrong(column.name, row, number, expected: "a number")
    }
    return value * column.unit
  }

  private func count(_ column: TabularColumns.Column, _ row: [String], _ number: Int) throws -> Int {
    guard let count = Int(exactly: try value(column, row, number).rounded()), count >= 0 else {
      throw wrong(column.name, row, number, expected: "a count")
    }
    return count
  }

  private func field(_ name: String, _ row: [String]) -> String { places[name].map { row[$0] } ?? "" }

  private func wrong(_ column: String, _ row: [String], _ number: Int, expected: String) -> TableError {
    .wrongValue(path: path, row: number, column: column, expected: expected, found: field(column, row))
  }
}
