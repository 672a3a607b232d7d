import Foundation
import SearchSpace

/// A journal that cannot be used.
public enum JournalError: Error, Equatable, Sendable {
  /// A line before the last is not a journal line.
  case corruptLine(path: String, line: Int, reason: String)
  /// The first line does not describe a search.
  case missingHeader(path: String)
  /// The journal was written in another format.
  case unsupportedVersion(path: String, expected: Int, found: Int)
  /// A candidate is missing or there twice.
  case outOfOrder(path: String, line: Int, expected: Int, found: Int)
}

extension JournalError: CustomStringConvertible {
  /// One sentence: what was expected, what was found, what to do.
  public var description: String {
    switch self {
    case .corruptLine(let path, let line, let reason):
      "Line \(line) of \(path) is not a journal line (\(reason)): restore the file from a copy, or cut it off before "
        + "that line to repeat the search from there."
    case .missingHeader(let path):
      "The first line of \(path) should describe the search (\"event\":\"search\"), but does not: it is not a journal "
        + "of this tool."
    case .unsupportedVersion(let path, let expected, let found):
      "\(path) has journal version \(found), but this version of nas reads \(expected): use the version that wrote it."
    case .outOfOrder(let path, let line, let expected, let found):
      "Line \(line) of \(path) should be candidate \(expected), but is candidate \(found): restore the file from a "
        + "copy, or cut it off before that line."
    }
  }
}

/// What a journal holds; reading works while another process writes.
public struct JournalReader: Sendable {
  /// The first line; nil when nothing complete has been written yet.
  public let search: SearchRecord?
  /// The finished candidates in index order, without gaps.
  public let candidates: [CandidateRecord]
  /// Whether the end of the file is part of a line, as a killed writer leaves it.
  public let isTorn: Bool
  /// How many bytes are complete lines.
  let completeBytes: Int

  /// Reads a journal; a file that does not exist is an empty one.
  /// - Throws: `JournalError` for anything wrong except a torn last line; `RunDirectoryError.cannotRead`.
  public init(contentsOf url: URL) throws {
    guard FileManager.default.fileExists(atPath: url.path) else {
      try self.init(Data(), path: url.path)
      return
    }
    let data: Data
    do {
      data = try Data(contentsOf: url)
    } catch {
      throw RunDirectoryError.cannotRead(path: url.path, reason: "it exists, but reading failed")
    }
    try self.init(data, path: url.path)
  }

  /// Reads a journal's bytes; `path` is for messages.
  init(_ data: Data, path: String) throws {
    var search: SearchRecord?
    var candidates: [CandidateRecord] = []
    var offset = data.startIndex
    var number = 0
    while let newline = data[offset...].firstIndex(of: UInt8(ascii: "\n")) {
      number += 1
      let line: JournalLine
      do {
        line = try JournalReader.decode(data[offset..<newline], number: number, path: path)
      } catch let error as JournalError {
        if case .corruptLine = error, newline == data.index(before: data.endIndex) { break }
        throw error
      }
      switch line {
      case .search(let record):
        guard number == 1 else {
          throw JournalError.corruptLine(path: path, line: number, reason: "a second description of the search")
        }
        search = record
      case .candidate(let record):
        guard search != nil else { throw JournalError.missingHeader(path: path) }
        guard record.index == candidates.count else {
          throw JournalError.outOfOrder(path: path, line: number, expected: candidates.count, found: record.index)
        }
        candidates.append(record)
      }
      offset = data.index(after: newline)
    }
    self.search = search
    self.candidates = candidates
    completeBytes = offset - data.startIndex
    isTorn = offset != data.endIndex
  }

  private static func decode(_ bytes: Data, number: Int, path: String) throws -> JournalLine {
    do {
      if number == 1, let found = try? JSONLine.decode(Version.self, from: bytes),
        found.version != SearchRecord.currentVersion
      {
        throw JournalError.unsupportedVersion(path: path, expected: SearchRecord.currentVersion, found: found.version)
      }
      return try JSONLine.decode(JournalLine.self, from: bytes)
    } catch let error as DecodingError {
      throw JournalError.corruptLine(path: path, line: number, reason: reason(error))
    }
  }

  /// Read before the rest of the first line, which another version may have changed.
  private struct Version: Decodable {
    let version: Int
  }

  private static func reason(_ error: DecodingError) -> String {
    switch error {
    case .keyNotFound(let key, _): "\"\(key.stringValue)\" is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      "\"\(context.codingPath.map(\.stringValue).joined(separator: "."))\" has the wrong type"
    case .dataCorrupted(let context) where !context.codingPath.isEmpty:
      "\"\(context.codingPath.map(\.stringValue).joined(separator: "."))\" has an unexpected value"
    case .dataCorrupted: "not valid JSON"
    @unknown default: "not valid JSON"
    }
  }
}
