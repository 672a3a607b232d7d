import Evaluator
import Export
import Foundation
import SearchSpace
import Study

/// Runs a search in a locked run directory, shows its progress, and says what was found: `search` and `resume` alike.
struct SearchRunner: Sendable {
  let configuration: SearchConfiguration
  let lock: RunLock
  let json: Bool
  let terminal: Terminal

  init(configuration: SearchConfiguration, lock: RunLock, output: OutputOptions) {
    self.configuration = configuration
    self.lock = lock
    json = output.json
    terminal = Terminal(quiet: output.quiet)
  }

  private var directory: RunDirectory { lock.directory }

  /// Searches to the end, then prints the result.
  /// - Throws: `CommandError` with the interruption's exit code, or with 4 when no candidate has a result.
  func run() async throws {
    let interruption = Interruption()
    try announce()
    let pool = WorkerPool(
      command: try workerCommand(), workers: configuration.resources.workers,
      limits: WorkerLimits(
        seconds: configuration.resources.candidateSeconds, memory: configuration.resources.candidateBytes),
      log: { [directory] in directory.logURL($0) })
    let search = try Search(
      space: configuration.space,
      controller: try configuration.controller.makeController(space: configuration.space, seed: configuration.seed),
      evaluator: pool, settings: configuration.searchSettings, identity: configuration.identity(),
      cost: configuration.costing,
      describeBest: describeBest)
    let progress = SearchProgress(
      terminal: terminal, evaluations: configuration.evaluations, workers: configuration.resources.workers,
      watch: SearchWatch(
        space: configuration.space, controller: configuration.controller, seed: configuration.seed,
        records: try JournalReader(contentsOf: directory.journalURL).candidates))
    let result = try await interruption.guarding {
      try await search.run(holding: lock) { progress.show($0) }
    }
    await pool.shutdown()
    try report(result, interruption: interruption)
  }

  /// `best.json` as a genotype file; nil, for the journal's record, in spaces whose candidates are no pair of cells.
  private var describeBest: (@Sendable (CandidateRecord) throws -> Data)? {
    guard case .cells = configuration.space else { return nil }
    return { [configuration, directory] record in
      Data(try FoundCells(record, configuration: configuration, run: directory).file.json().utf8)
    }
  }

  private func announce() throws {
    let resources = configuration.resources
    let synthetic = configuration.data.name == .synthetic ? " (synthetic images)" : ""
    terminal.note(
      "search: \(configuration.controller.name) on \(configuration.space.name), \(configuration.recipe)\(synthetic)")
    terminal.note(
      "seed \(configuration.seed), \(configuration.evaluations) candidates, window \(configuration.window), "
        + "run \(directory.url.path)")
    terminal.note(resources.choice?.words ?? WorkerSplit(workers: resources.workers, threads: resources.threads).words)
    let here = try Machine.instructions().rawValue
    if here != configuration.origin.instructions {
      terminal.note(
        "this machine computes with \(here), the run was started with \(configuration.origin.instructions): new candidates "
          + "are rounded differently")
    }
    if resources.workers > configuration.window {
      terminal.note(
        "only \(configuration.window) of \(resources.workers) workers can be busy: the window is \(configuration.window)"
      )
    }
  }

  private func workerCommand() throws -> WorkerCommand {
    guard let executable = Bundle.main.executableURL else {
      throw CommandError(.failed, "The path of this program is unknown, so no worker can be started.")
    }
    let setup = WorkerSetup(
      space: configuration.space, skeleton: configuration.skeleton, training: configuration.training,
      splitSeed: configuration.splitSeed, data: configuration.data, threads: configuration.resources.threads,
      maximumBytes: configuration.resources.candidateBytes)
    return WorkerCommand(executable: executable, arguments: ["worker"], setup: try JSONEncoder().encode(setup))
  }

  private func report(_ result: SearchResult, interruption: Interruption) throws {
    if result.reason == .interrupted {
      throw CommandError(
        interruption.status ?? .failed,
        "Interrupted after \(result.candidates.count) of \(configuration.evaluations) candidates; continue with "
          + "'nas resume \(directory.url.path)'.")
    }
    let pictures = try SearchPictures(result.candidates, configuration: configuration, run: directory).write()
    let summary = try SearchSummary(
      run: directory, configuration: configuration, candidates: result.candidates, pictures: pictures)
    if result.reason == .timeReached {
      terminal.note(
        "the time is used up after \(summary.candidates) of \(configuration.evaluations) candidates; go on with 'nas resume "
          + "\(summary.run) --max-time' and a longer one")
    }
    try summary.show(json: json, terminal: terminal)
    if summary.best == nil {
      throw CommandError(
        .noValidCandidate,
        "None of the \(summary.candidates) candidates has a result; 'nas status \(summary.run)' lists why.")
    }
  }
}

/// What a worker is told first.
struct WorkerSetup: Codable, Sendable {
  let space: SpaceDescription
  let skeleton: Skeleton
  let training: TrainingPlan
  let splitSeed: UInt64
  let data: DataReference
  let threads: Int
  let maximumBytes: Int?
}
