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
      var configuration = try SearchConfiguration(settings)
      if options.training.printConfig {
        return try SettingsTable(settings, configuration).show(command: "search", json: output.json)
      }
      // Everything that can be wrong is found before anything is written.
      let data = try configuration.prepareData()
      configuration.data.checksum = data.dataset.checksum
      try configuration.skeleton.validate()
      try Study.Search.check(
        space: configuration.space,
        controller: configuration.controller.makeController(space: configuration.space, seed: configuration.seed),
        settings: configuration.searchSettings, cost: configuration.costing)
      try await configuration.divideMachine(settings, data: data)
      let place = try out.map(RunPlace.prepared) ?? RunPlace.nextFree(configuration.controller.name)
      let lock = try RunDirectory.create(
        at: URL(fileURLWithPath: place), configuration: configuration.encoded(), force: force)
      try await SearchRunner(configuration: configuration, lock: lock, output: output).run()
    }
  }
}

/// What every command that reports offers.
struct OutputOptions: ParsableArguments {
  @Flag(help: "Print the result as JSON.") var json = false
  @Flag(name: .shortAndLong, help: "No progress on standard error.") var quiet = false
}
