import Foundation
import SearchSpace

/// The first line of a journal: what the search is, as far as its candidates depend on it.
public struct SearchRecord: Hashable, Sendable, Codable {
  /// The version of the journal's format that this code reads and writes.
  public static let currentVersion = 1

  /// The version of the journal's format.
  public let version: Int
  /// The space's name.
  public let space: String
  /// The controller's name.
  public let controller: String
  /// The seed of the run.
  public let seed: UInt64
  /// How many candidates may be on their way at once.
  public let window: Int
  /// What happens to a candidate that equals an earlier one.
  public let duplicates: Duplicates
  /// The hash of whatever else decides the result: recipe, data and the like.
  public let configuration: String
}

/// One line of a journal.
public enum JournalLine: Hashable, Sendable {
  /// The first line.
  case search(SearchRecord)
  /// A finished candidate.
  case candidate(CandidateRecord)
}

extension JournalLine: Codable {
  private enum Key: String, CodingKey {
    case event
  }

  private enum Event: String, Codable {
    case search, candidate
  }

  /// Decodes a line by its `event`.
  public init(from decoder: any Decoder) throws {
    switch try decoder.container(keyedBy: Key.self).decode(Event.self, forKey: .event) {
    case .search: self = .search(try SearchRecord(from: decoder))
    case .candidate: self = .candidate(try CandidateRecord(from: decoder))
    }
  }

  /// Encodes the line's record with its `event`.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    switch self {
    case .search(let record):
      try values.encode(Event.search, forKey: .event)
      try record.encode(to: encoder)
    case .candidate(let record):
      try values.encode(Event.candidate, forKey: .event)
      try record.encode(to: encoder)
    }
  }

  /// The line's bytes: JSON with sorted keys and a newline.
  var bytes: Data {
    get throws { try JSONLine.encode(self) }
  }
}

/// JSON on one line, the same bytes for the same value.
enum JSONLine {
  /// The value with sorted keys and a newline at its end.
  static func encode(_ value: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var data = try encoder.encode(value)
    data.append(UInt8(ascii: "\n"))
    return data
  }

  /// The value on a line.
  static func decode<Value: Decodable>(_ type: Value.Type, from data: Data) throws -> Value {
    try JSONDecoder().decode(type, from: data)
  }
}
