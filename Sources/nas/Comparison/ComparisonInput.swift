import Controllers
import Foundation
import SearchSpace
import Study

/// The runs of a comparison as they are on the disk, with what does not fit together.
struct ComparisonInput {
  /// A run and what it was started with.
  struct Run {
    let name: String
    let configuration: SearchConfiguration
    let records: [CandidateRecord]
  }

  let runs: [Run]
  /// What must be equal and is not: sentences' parts, by run.
  let differences: [String]

  /// Reads runs; they may be running.
  /// - Throws: as `RunDirectory.open`, `SearchConfiguration.init(of:)` and `JournalReader`.
  init(_ directories: [String]) throws {
    let runs = try directories.map { name in
      let run = try RunDirectory.open(at: URL(fileURLWithPath: name))
      return Run(
        name: name, configuration: try SearchConfiguration(of: run),
        records: try JournalReader(contentsOf: run.journalURL).candidates)
    }
    let settings = try runs.map { try ComparableSettings($0.configuration) }
    self.runs = runs
    differences = zip(runs, settings).dropFirst().compactMap { run, own in
      let found = settings[0].differences(from: own)
      guard !found.isEmpty else { return nil }
      let more = found.count > 4 ? " and \(found.count - 4) more" : ""
      return "\(runs[0].name) and \(run.name) differ in \(found.prefix(4).joined(separator: ", "))\(more)"
    }
  }

  /// The runs in groups: by controller, and where runs of one controller are set differently, by what they differ in.
  /// - Throws: an `EncodingError` for settings that are not finite, which cannot be recorded.
  func compared() throws -> [ComparedRun] {
    let settings = try runs.map { run in
      try ComparableSettings.members(run.configuration.controller)
        .merging(["duplicates": run.configuration.duplicates.rawValue]) { own, _ in own }
    }
    return zip(runs, settings).map { run, own in
      let name = run.configuration.controller.name
      let siblings = zip(runs, settings).filter { $0.0.configuration.controller.name == name }.map(\.1)
      let differing = own.keys.sorted().filter { key in siblings.contains { $0[key] != own[key] } }
      let parts = differing.map { "\($0.split(separator: ".").last ?? "") \(own[$0] ?? "")" }
      return ComparedRun(
        name: run.name, group: parts.isEmpty ? name : "\(name) (\(parts.joined(separator: ", ")))",
        isRandom: run.configuration.controller == .random, seed: run.configuration.seed, records: run.records)
    }
  }

  /// What makes the times of the runs say little about their controllers.
  var timeNotes: [String] {
    func notes<Value: Hashable>(_ what: String, _ value: (SearchConfiguration) -> Value) -> String? {
      Set(runs.map { value($0.configuration) }).count > 1 ? what : nil
    }
    return [
      notes("hosts") { $0.origin.host }, notes("numbers of workers") { $0.resources.workers },
      notes("numbers of threads") { $0.resources.threads },
      notes("versions of nas") { $0.origin.version }, notes("instruction sets") { $0.origin.instructions },
    ].compactMap { $0 }
  }
}
