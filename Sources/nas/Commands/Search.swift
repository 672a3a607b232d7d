import ArgumentParser
import Foundation
import Study

extension Nas {
  /// `nas search`: runs a search into a new run directory.
  struct Search: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Search for a pair of cells.",
      discussion: """
        Every candidate is built, trained briefly and measured on held-out training images; the test images are never \
        read. The run directory keeps the journal; a search that was interrupted or killed goes on with 'nas resume'.
        """)

    @OptionGroup(title: "Settings (flag > NAS_* variable > experiment file > default)") var options: SearchOptions
    @Option(help: "The run directory to create (default: the next free runs/<controller>-<n>).") var out: String?
    @Flag(help: "Overwrite a run that is already there.") var force = false
    @OptionGroup var output: OutputOptions

    func run() async throws {
      let settings = try ResolvedSettings(
        schema: SearchSchema.all, flags: options.flags, experimentFile: options.training.experimentFile)
      if options.training.printConfig { return try SearchSummary.print(settings, json: output.json) }
      var configuration = try SearchConfiguration(settings)
      // Everything that can be wrong is found before anything is written.
      configuration.data.checksum = try configuration.data.load().checksum
      try configuration.skeleton.validate()
      let lock = try RunDirectory.create(
        at: URL(fileURLWithPath: out ?? RunPlace.nextFree(configuration.controller.name)), configuration: configuration.encoded(), force: force)
      try await SearchRunner(configuration: configuration, lock: lock, output: output).run()
    }
  }

  /// `nas resume`: continues a search or a replay.
  struct Resume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Continue a search or a replay that was interrupted or killed.",
      discussion: "It ends with the journal, or the weights, of an uninterrupted run; only times differ.")

    @Argument(help: "The run directory, or the folder of a replay.") var directory: String
    @Option(help: "Worker processes (default: as recorded).") var workers: Int?
    @Option(help: "Threads in each worker (default: as recorded).") var threads: Int?
    @Option(name: .customLong("data"), help: "Where the data set is now (default: as recorded).") var place: String?
    @OptionGroup var output: OutputOptions

    func run() async throws {
      for (what, number) in [("--workers", workers), ("--threads", threads)] {
        if let number, number < 1 {
          throw SettingError.malformed(origin: what, expected: "a whole number of at least 1", found: "\(number)")
        }
      }
      if ReplayDirectory.exists(at: directory) { return try await resumeReplay() }
      let run = try RunDirectory.open(at: URL(fileURLWithPath: directory))
      var configuration = try SearchConfiguration(of: run)
      configuration.resources.workers = workers ?? configuration.resources.workers
      configuration.resources.threads = threads ?? configuration.resources.threads
      if let place { configuration.data.place = URL(fileURLWithPath: place).standardizedFileURL.path }
      let lock = try run.lock()
      _ = try configuration.data.load()
      try await SearchRunner(configuration: configuration, lock: lock, output: output).run()
    }

    private func resumeReplay() async throws {
      let replay = ReplayDirectory(url: URL(fileURLWithPath: directory).standardizedFileURL)
      var configuration = try replay.configuration()
      configuration.threads = threads ?? configuration.threads
      if let place { configuration.data.place = URL(fileURLWithPath: place).standardizedFileURL.path }
      try ReplayRunner(directory: replay, configuration: configuration, output: output).run()
    }
  }
}

/// What every command that reports offers.
struct OutputOptions: ParsableArguments {
  @Flag(help: "Print the result as JSON.") var json = false
  @Flag(name: .shortAndLong, help: "No progress on standard error.") var quiet = false
}
