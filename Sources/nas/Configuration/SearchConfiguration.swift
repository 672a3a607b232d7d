import Controllers
import Evaluator
import Foundation
import SearchSpace
import Study

/// Everything that decides what a search finds, with what it was started on: the content of `run.json`.
struct SearchConfiguration: Codable, Hashable, Sendable {
  /// What the machine may spend; not part of what decides the result, so `resume` may change it.
  struct Resources: Codable, Hashable, Sendable {
    /// Worker processes.
    var workers: Int
    /// Threads in each of them.
    var threads: Int
    /// How the two were chosen; absent where a session was told others than the run was started with.
    var choice: SplitChoice?
    /// After how many seconds a candidate counts as timed out.
    var candidateSeconds: Double?
    /// The memory of one worker, in bytes, from which a candidate counts as out of memory.
    var candidateBytes: Int?
  }

  /// The machine and the version of the tool that started the run.
  struct Origin: Codable, Hashable, Sendable {
    let version: String
    let started: String
    let host: String
    let system: String
    let cores: Int
    let instructions: String
  }

  static let format = "nas-run"
  static let currentVersion = 1

  let format: String
  let version: Int
  let space: SpaceDescription
  let controller: ControllerSettings
  let skeleton: Skeleton
  let training: TrainingPlan
  let splitSeed: UInt64
  var data: DataReference
  let seed: UInt64
  let window: Int
  let duplicates: Duplicates
  let maximumParameters: Int?
  let maximumMultiplyAdds: Int?
  /// The budget: how many candidates in all.
  var evaluations: Int
  /// The budget: how many seconds in all.
  var maximumSeconds: Double?
  var resources: Resources
  let origin: Origin

  /// The parts that the search loop needs.
  var searchSettings: SearchSettings {
    SearchSettings(
      seed: seed, window: window, duplicates: duplicates,
      limits: CandidateLimits(parameters: maximumParameters, multiplyAdds: maximumMultiplyAdds),
      evaluations: evaluations, seconds: maximumSeconds, workers: resources.workers)
  }

  /// This run with other budgets and resources, where settings have them.
  /// - Throws: `SettingError`.
  func resumed(with settings: ResolvedSettings) throws -> SearchConfiguration {
    var resumed = self
    resumed.evaluations = try settings.optionalInteger("evaluations", in: 1...10_000_000) ?? evaluations
    resumed.maximumSeconds = try settings.duration("max-time") ?? maximumSeconds
    resumed.resources.workers = try settings.optionalInteger("workers", in: 1...4096) ?? resources.workers
    resumed.resources.threads = try settings.optionalInteger("threads", in: 1...1024) ?? resources.threads
    if resumed.resources != resources { resumed.resources.choice = nil }
    return resumed
  }

  /// This run with the budget of another.
  func withBudget(of other: SearchConfiguration) -> SearchConfiguration {
    var changed = self
    changed.evaluations = other.evaluations
    changed.maximumSeconds = other.maximumSeconds
    return changed
  }

  /// Counts an architecture on this run's skeleton.
  var costing: CandidateCosting {
    { [space, skeleton] architecture in
      let network = try space.network(for: architecture, skeleton: skeleton)
      return CandidateCost(parameters: network.parameterCount, multiplyAdds: network.multiplyAdds)
    }
  }

  /// A random network of the run, for timings: the one of an index. Cells that cannot be built, a space may have a few, are
  /// passed over, and those beyond the search's limits while there are others.
  /// - Throws: `NetworkError` when none of many cells can be built.
  func randomNetwork(_ index: Int) throws -> Network {
    var random = RandomStream(seed: seed).split("plan", index)
    for _ in 0..<SearchSettings.maximumAttempts {
      let network = try? space.network(for: space.sample(using: &random), skeleton: skeleton)
      if let network, isWithinLimits(network) { return network }
    }
    return try space.network(for: space.sample(using: &random), skeleton: skeleton)
  }

  /// Whether the search would train a network.
  func isWithinLimits(_ network: Network) -> Bool {
    network.parameterCount <= maximumParameters ?? .max && network.multiplyAdds <= maximumMultiplyAdds ?? .max
  }

  /// Reads the images as the workers will.
  /// - Throws: as `DataReference.prepare`.
  func prepareData() throws -> TrainingData { try data.prepare(for: training, splitSeed: splitSeed) }

  /// The recipe in a line, as exports carry it.
  var recipe: String {
    "N \(skeleton.cells), F \(skeleton.filters), " + training.summary(dataset: data)
  }

  /// What decides the result, for the journal's hash: everything but budgets, resources, place of the data and origin.
  func identity() throws -> Data {
    struct Identity: Encodable {
      let space: SpaceDescription
      let controller: ControllerSettings
      let skeleton: Skeleton
      let training: TrainingPlan
      let splitSeed: UInt64
      let dataset: String
      let checksum: String?
      let limits: [Int?]
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    return try encoder.encode(
      Identity(
        space: space, controller: controller, skeleton: skeleton, training: training, splitSeed: splitSeed,
        dataset: data.name.rawValue, checksum: data.checksum, limits: [maximumParameters, maximumMultiplyAdds]))
  }

  /// The bytes of `run.json`.
  func encoded() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(self) + Data("\n".utf8)
  }

  /// Reads a run's configuration.
  /// - Throws: `RunDirectoryError`; `CommandError` when it was written by another version.
  init(of run: RunDirectory) throws {
    let data = try run.configuration()
    do {
      self = try JSONDecoder().decode(SearchConfiguration.self, from: data)
    } catch {
      throw CommandError(
        .failed,
        "\(run.configurationURL.path) cannot be used, being damaged or of another version of nas: restore it from a "
          + "copy, or use the version that wrote it.")
    }
    guard format == SearchConfiguration.format, version == SearchConfiguration.currentVersion else {
      throw CommandError(
        .failed,
        "\(run.configurationURL.path) has version \(version), but this nas reads \(SearchConfiguration.currentVersion): "
          + "use the version that wrote it (\(origin.version)).")
    }
  }
}
