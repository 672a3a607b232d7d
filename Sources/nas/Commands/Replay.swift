import ArgumentParser
import Evaluator
import Foundation

extension Nas {
  /// `nas replay`: trains a pair of cells as a full model.
  struct Replay: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Train a pair of cells as a full model and test it.",
      discussion: """
        CELLS is a genotype file, a run directory (its best candidate), RUN#17 (its candidate 17) or a known cell such \
        as nasnet-a. A checkpoint is kept after every epoch and now and then within it; 'nas resume' continues to the \
        identical weights. The test images are read once, at the end.
        """)

    @Argument(help: "The cells.") var cells: String
    @Option(help: "The folder to create (default: the next free runs/replay-<n>).") var out: String?
    @Flag(help: "Overwrite a replay that is already there.") var force = false
    @Option(help: ReplayOptions.help("preset")) var preset: String?
    @Option(name: .customLong("cells"), help: ReplayOptions.help("cells")) var stackCells: String?
    @Option(help: ReplayOptions.help("filters")) var filters: String?
    @Option(help: ReplayOptions.help("seed")) var seed: String?
    @Option(help: ReplayOptions.help("drop-path-keep")) var dropPathKeep: String?
    @Option(help: ReplayOptions.help("auxiliary-weight")) var auxiliaryWeight: String?
    @Option(help: ReplayOptions.help("checkpoint-every")) var checkpointEvery: String?
    @Option(help: ReplayOptions.help("threads")) var threads: String?
    @OptionGroup(title: "Training (flag > NAS_* variable > experiment file > default)") var training: TrainingOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
      var flags = training.flags
      flags["preset"] = preset
      flags["cells"] = stackCells
      flags["filters"] = filters
      flags["seed"] = seed
      flags["drop-path-keep"] = dropPathKeep
      flags["auxiliary-weight"] = auxiliaryWeight
      flags["checkpoint-every"] = checkpointEvery
      flags["threads"] = threads
      let settings = try ReplayConfiguration.settings(flags: flags, experimentFile: training.experimentFile)
      var configuration = try ReplayConfiguration(GenotypeArgument(cells), settings: settings)
      if training.printConfig {
        return try SettingsTable(settings, configuration).show(command: "replay", json: output.json)
      }
      // Everything that can be wrong is found before anything is written.
      let (trainer, data) = try configuration.trainer()
      configuration.data.checksum = data.dataset.checksum
      let (directory, lock) = try ReplayDirectory.create(
        at: out.map(RunPlace.prepared) ?? RunPlace.nextFree("replay"), configuration: configuration, force: force)
      try ReplayRunner(directory: directory, lock: lock, configuration: configuration, output: output)
        .train(trainer, on: data)
    }
  }
}

/// The help of the replay's own settings.
enum ReplayOptions {
  static func help(_ key: String) -> ArgumentHelp {
    ArgumentHelp(stringLiteral: Setting.find(key, in: ReplayConfiguration.schema).helpWithDefault)
  }
}

/// Places for the folders that commands create.
enum RunPlace {
  /// The folder that was asked for; those above it are created where they are missing.
  /// - Throws: `CommandError`.
  static func prepared(_ path: String) throws -> String {
    let parent = URL(fileURLWithPath: path).standardizedFileURL.deletingLastPathComponent()
    guard !FileManager.default.fileExists(atPath: parent.path) else { return path }
    do {
      try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
    } catch {
      throw CommandError(
        .failed, "\(path) cannot be written (\(systemReason(error))): choose another place with --out.")
    }
    return path
  }

  /// The next free `runs/<name>-<n>`; the folder `runs` is created.
  /// - Throws: `CommandError`.
  static func nextFree(_ name: String) throws -> String {
    do {
      try FileManager.default.createDirectory(atPath: "runs", withIntermediateDirectories: true)
    } catch {
      throw CommandError(.failed, "The folder runs cannot be created here: choose a place with --out.")
    }
    var number = 1
    while FileManager.default.fileExists(atPath: "runs/\(name)-\(number)") { number += 1 }
    return "runs/\(name)-\(number)"
  }
}
