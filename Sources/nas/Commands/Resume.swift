import ArgumentParser
import Foundation
import Study

extension Nas {
  /// `nas resume`: continues a search or a replay.
  struct Resume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Continue a search or a replay that was interrupted or killed.",
      discussion: """
        It ends with the journal, or the weights, of an uninterrupted run; only times differ. A search that has used up \
        its budget goes on with a larger one, given by --evaluations or --max-time, which is recorded in run.json.
        """)

    @Argument(help: ArgumentHelp("The run directory, or the folder of a replay.", valueName: "run"))
    var directory: String
    @Option(help: "How many candidates the search evaluates in all (default: as recorded).") var evaluations: String?
    @Option(
      help: "How long the search may take in all, earlier sessions included: 90s, 15m, 2h (default: as recorded).")
    var maxTime: String?
    @Option(help: "Worker processes (default: as recorded).") var workers: String?
    @Option(help: "Threads in each worker, or of the replay (default: as recorded).") var threads: String?
    @Option(name: .customLong("data"), help: "Where the data set is now (default: as recorded).") var place: String?
    @OptionGroup var output: OutputOptions

    /// The flags as settings, so that they are read and refused as `nas search` does.
    private var settings: ResolvedSettings {
      let given = ["evaluations": evaluations, "max-time": maxTime, "workers": workers, "threads": threads]
      return ResolvedSettings(
        schema: SearchSchema.all.filter { given.keys.contains($0.key) }.map(\.withoutDefault),
        flags: given.compactMapValues { $0 }, environment: [:], file: [:])
    }

    func run() async throws {
      if ReplayDirectory.exists(at: directory) { return try resumeReplay() }
      let run = try RunDirectory.open(at: URL(fileURLWithPath: directory))
      let recorded = try SearchConfiguration(of: run)
      var configuration = try recorded.resumed(with: settings)
      try configuration.data.move(to: place)
      let lock = try run.lock()
      guard !run.hasLostJournal else {
        throw CommandError(
          .failed,
          "\(run.journalURL.path) is missing or empty, though the run has a best candidate: restore it from a copy, or start a "
            + "new run.")
      }
      let finished = try JournalReader(contentsOf: run.journalURL).candidates.count
      guard configuration.evaluations >= finished else {
        throw SettingError.malformed(
          origin: "--evaluations", expected: "at least the \(finished) candidates that are finished",
          found: "\(configuration.evaluations)")
      }
      _ = try configuration.prepareData()
      // What the machine spends may differ from session to session; the budget belongs to the run.
      let budget = recorded.withBudget(of: configuration)
      if budget != recorded { try lock.replaceConfiguration(budget.encoded()) }
      try await SearchRunner(configuration: configuration, lock: lock, output: output).run()
    }

    private func resumeReplay() throws {
      for (flag, value) in [("--evaluations", evaluations), ("--max-time", maxTime), ("--workers", workers)] {
        if value != nil {
          throw CommandError(.usage, "\(flag) is for searches, but \(directory) is a replay: leave it out.")
        }
      }
      let replay = ReplayDirectory(url: URL(fileURLWithPath: directory).standardizedFileURL)
      var configuration = try replay.configuration()
      configuration.threads = try settings.optionalInteger("threads", in: 1...1024) ?? configuration.threads
      try configuration.data.move(to: place)
      try ReplayRunner(directory: replay, lock: replay.lock(), configuration: configuration, output: output).resume()
    }
  }
}
