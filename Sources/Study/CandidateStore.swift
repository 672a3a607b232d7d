import Foundation
import SearchSpace

/// A run's records on the disk: the journal, outcomes that wait for an earlier candidate, and the best so far.
struct CandidateStore {
  /// What the journal held when the run was opened.
  let replayed: [CandidateRecord]
  /// The most seconds of searching that any record tells of.
  let elapsed: Double
  private let directory: RunDirectory
  private let journal: Journal
  private let waiting: [Int: CandidateRecord]
  private let describeBest: @Sendable (CandidateRecord) throws -> Data

  /// Opens the journal, or begins it with `header`.
  /// - Throws: `JournalError`, `RunDirectoryError`; `SearchError.settingsDiffer` when it has another header.
  init(
    directory: RunDirectory, header: SearchRecord, describeBest: @escaping @Sendable (CandidateRecord) throws -> Data
  ) throws {
    let reader = try JournalReader(contentsOf: directory.journalURL)
    if let recorded = reader.search { try CandidateStore.compare(recorded, header) }
    let waiting = try CandidateStore.waiting(in: directory, journaled: reader.candidates.count)
    let journal = try Journal(appendingTo: directory.journalURL, after: reader)
    if reader.search == nil { try journal.append(.search(header)) }
    self.directory = directory
    self.journal = journal
    self.waiting = waiting
    self.describeBest = describeBest
    replayed = reader.candidates
    elapsed = (reader.candidates + waiting.values).map(\.timing.elapsed).max() ?? 0
  }

  /// What is known of candidate `index` from before.
  func stored(_ index: Int) -> CandidateRecord? {
    index < replayed.count ? replayed[index] : waiting[index]
  }

  /// Keeps the outcome of a candidate that cannot be journaled yet.
  func keep(_ record: CandidateRecord) throws {
    try directory.makeCandidateFolder(record.index)
    try DurableFile.replace(directory.outcomeURL(record.index), with: JSONLine.encode(record))
  }

  /// Journals a candidate; records arrive in index order.
  func append(_ record: CandidateRecord) throws {
    try journal.append(.candidate(record))
    unlink(directory.outcomeURL(record.index).path)
    // Goes only when nothing else, such as a log, is in it.
    rmdir(directory.candidateURL(record.index).path)
  }

  /// Rewrites `best.json`.
  func writeBest(_ record: CandidateRecord) throws {
    try DurableFile.replace(directory.bestURL, with: describeBest(record))
  }

  private static func compare(_ recorded: SearchRecord, _ given: SearchRecord) throws {
    let parts = [
      ("the space", recorded.space, given.space), ("the controller", recorded.controller, given.controller),
      ("the seed", "\(recorded.seed)", "\(given.seed)"), ("the window", "\(recorded.window)", "\(given.window)"),
      ("duplicates", recorded.duplicates.rawValue, given.duplicates.rawValue),
      ("a configuration of hash", recorded.configuration, given.configuration),
    ]
    for (what, old, new) in parts where old != new {
      throw SearchError.settingsDiffer(what: what, recorded: old, given: new)
    }
  }

  /// Reads the outcomes that wait; those that the journal has by now are removed.
  private static func waiting(in directory: RunDirectory, journaled: Int) throws -> [Int: CandidateRecord] {
    let folder = directory.candidatesURL.path
    guard FileManager.default.fileExists(atPath: folder) else { return [:] }
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
      throw RunDirectoryError.cannotRead(path: folder, reason: "it is no folder, or may not be listed")
    }
    var found: [Int: CandidateRecord] = [:]
    for index in names.compactMap({ Int($0) }) {
      let url = directory.outcomeURL(index)
      guard FileManager.default.fileExists(atPath: url.path) else { continue }
      if index < journaled {
        unlink(url.path)
        continue
      }
      guard let data = try? Data(contentsOf: url), let record = try? JSONLine.decode(CandidateRecord.self, from: data),
        record.index == index
      else { throw SearchError.corruptOutcome(path: url.path) }
      found[index] = record
    }
    return found
  }
}
