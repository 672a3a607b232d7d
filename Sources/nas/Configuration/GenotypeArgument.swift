import Export
import Foundation
import SearchSpace
import Study

/// A pair of cells as a command's argument names it: a genotype file, a run directory (its best candidate), `RUN#17`
/// (its candidate 17), a replay's folder, a file of weights, or the name of a known cell.
struct GenotypeArgument: Sendable {
  /// A candidate of a search.
  struct Found: Sendable {
    let configuration: SearchConfiguration
    /// The candidate whose training gave the reward: for a reused outcome, the earlier one.
    let record: CandidateRecord
  }

  /// The cells.
  let genotype: Genotype
  /// Where they come from, when that is known.
  let provenance: Provenance?
  /// The run and the candidate that they are of.
  let found: Found?
  /// The network that they were searched or trained in.
  let skeleton: Skeleton?
  /// A short name for titles and file names.
  let title: String

  /// Finds what `text` names.
  /// - Throws: `GenotypeFileError`, `JournalError`, `RunDirectoryError`, `SafetensorsError`, `ModelFileError`, or
  ///   `CommandError`.
  init(_ text: String) throws {
    // The last: a folder's name may have others.
    let mark = text.lastIndex(of: "#")
    if let mark, case let run = String(text[..<mark]), GenotypeArgument.isRun(run) {
      let number = text[mark...].dropFirst()
      guard let index = Int(number) else {
        throw CommandError(
          .usage, "'\(text)' needs a candidate's number after the #, such as \(run)#17, but has '\(number)'.")
      }
      self = try GenotypeArgument(run: run, index: index)
    } else if GenotypeArgument.isRun(text) {
      self = try GenotypeArgument(run: text, index: nil)
    } else if ReplayDirectory.exists(at: text) {
      let replay = try ReplayDirectory(url: URL(fileURLWithPath: text).standardizedFileURL).configuration()
      self.init(
        genotype: replay.genotype, provenance: replay.provenance, skeleton: replay.skeleton,
        title: replay.genotype.name ?? text)
    } else if ModelArgument.isModel(text) {
      let model = try ModelArgument.model(text).description
      self.init(
        genotype: model.genotype, provenance: model.provenance, skeleton: model.skeleton,
        title: model.genotype.name ?? text)
    } else if FileManager.default.fileExists(atPath: text) {
      let file = try GenotypeFile(contentsOf: URL(fileURLWithPath: text))
      let stem = URL(fileURLWithPath: text).deletingPathExtension().lastPathComponent
      self.init(
        genotype: file.genotype, provenance: file.provenance, title: file.genotype.name ?? stem)
    } else {
      let known = try GenotypeArgument.known(text)
      self.init(genotype: known, title: known.name ?? text)
    }
  }

  init(
    genotype: Genotype, provenance: Provenance? = nil, found: Found? = nil, skeleton: Skeleton? = nil, title: String
  ) {
    self.genotype = genotype
    self.provenance = provenance
    self.found = found
    self.skeleton = skeleton
    self.title = title
  }

  private init(run path: String, index: Int?) throws {
    let run = try RunDirectory.open(at: URL(fileURLWithPath: path))
    let configuration = try SearchConfiguration(of: run)
    let candidates = try JournalReader(contentsOf: run.journalURL).candidates
    let record: CandidateRecord
    if let index {
      guard candidates.indices.contains(index) else {
        throw CommandError(
          .usage,
          "\(path) has no candidate \(index): "
            + (candidates.isEmpty ? "none is finished yet." : "its candidates are 0 to \(candidates.count - 1)."))
      }
      record = candidates[index]
    } else {
      guard let best = RunSummary(candidates).best else {
        throw CommandError(
          .noValidCandidate,
          "\(path) has no candidate with a result: 'nas status \(path)' shows how far it is and what failed.")
      }
      record = best
    }
    let cells = try FoundCells(record, configuration: configuration, run: run)
    self.init(
      genotype: cells.genotype, provenance: cells.provenance,
      found: Found(configuration: configuration, record: record.duplicateOf.map { candidates[$0] } ?? record),
      skeleton: configuration.skeleton, title: cells.genotype.name ?? path)
  }

  private static func isRun(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: URL(fileURLWithPath: path).appendingPathComponent("run.json").path)
  }

  private static func known(_ name: String) throws -> Genotype {
    do {
      return try KnownCells.genotype(named: name)
    } catch let error as UnknownName {
      throw CommandError(
        .usage,
        "'\(name)' is no genotype file, no run directory, no model and no known cell"
          + (error.suggestion.map { ": did you mean '\($0)'?" }
            ?? ": the known cells are \(error.known.joined(separator: ", ")).")
      )
    }
  }
}

extension RunDirectory {
  /// What `body` makes of a candidate's architecture.
  /// - Throws: `CommandError` when the architecture is not of the run's space: a journal is checked line by line as it is read, but
  ///   knows no space.
  func reading<Result>(_ record: CandidateRecord, _ body: (Architecture) throws -> Result) throws -> Result {
    do {
      return try body(record.architecture)
    } catch let error as ArchitectureError {
      throw CommandError(
        .failed, "Candidate \(record.index) of \(journalURL.path) is damaged: \(error) Restore the file from a copy.")
    }
  }
}

/// A candidate of a run as cells with their provenance.
struct FoundCells: Sendable {
  let genotype: Genotype
  let provenance: Provenance

  /// - Throws: `CommandError` when the record does not belong to the configuration's space, or the space has no pairs of
  ///   cells.
  init(_ record: CandidateRecord, configuration: SearchConfiguration, run: RunDirectory) throws {
    let found = try run.reading(record) { try configuration.space.genotype(of: $0) }
    guard var genotype = found else {
      throw CommandError(
        .usage,
        "\(run.url.path) searched \(configuration.space.name), whose candidates are no pair of cells: 'nas top' and "
          + "'nas status' show what it found.")
    }
    let name = run.url.lastPathComponent
    genotype.name = "\(name)#\(record.index)"
    self.genotype = genotype
    provenance = Provenance(
      reward: record.reward, seed: record.seed, recipe: configuration.recipe, parameters: record.parameters,
      multiplyAdds: record.multiplyAdds, toolVersion: configuration.origin.version, run: name, candidate: record.index)
  }

  var file: GenotypeFile { GenotypeFile(genotype: genotype, provenance: provenance) }
}
