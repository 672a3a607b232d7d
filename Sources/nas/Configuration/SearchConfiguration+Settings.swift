import Controllers
import Evaluator
import Foundation
import SearchSpace
import Study

extension SearchConfiguration {
  /// The configuration that settings describe.
  /// - Throws: `SettingError`, `SettingsError`, `UnknownName`, `CellSpaceError`, `TopologySpaceError`,
  ///   `NetworkError`, `TrainingPlanError`.
  init(_ settings: ResolvedSettings) throws {
    format = SearchConfiguration.format
    version = SearchConfiguration.currentVersion
    space = try SpaceDescription(argument: settings["space"].value, origin: settings["space"].origin)
    controller = try SearchConfiguration.controller(settings)
    skeleton = Skeleton(
      cells: try settings.integer("cells", in: 1...1000), filters: try settings.integer("filters", in: 1...10_000))
    training = try TrainingSettings.plan(settings, preset: .search)
    splitSeed = try UInt64(settings.integer("split-seed", in: 0...Int.max))
    data = try DataReference(settings)
    seed = try UInt64(settings.integer("seed", in: 0...Int.max))
    window = try settings.integer("window", in: 1...100_000)
    duplicates = try SearchConfiguration.duplicates(settings, controller)
    maximumParameters = try settings.optionalInteger("max-parameters", in: 1...Int.max)
    maximumMultiplyAdds = try settings.optionalInteger("max-multiply-adds", in: 1...Int.max)
    evaluations = try settings.integer("evaluations", in: 1...10_000_000)
    maximumSeconds = try settings.duration("max-time")
    resources = try Resources(settings, budget: ThreadBudget(settings, busy: min(window, evaluations)))
    origin = try Origin.here()
  }

  private static func controller(_ settings: ResolvedSettings) throws -> ControllerSettings {
    var controller = try ControllerSettings.named(settings["controller"].value, preset: settings["preset"].value)
    for key in ["population", "sample-size"] {
      guard settings.text(key) != nil else { continue }
      guard case .evolution(var evolution) = controller else {
        throw SettingError.malformed(
          origin: settings[key].origin, expected: "the controller evolution", found: "--controller \(controller.name)")
      }
      let number = try settings.integer(key, in: 1...1_000_000)
      if key == "population" { evolution.population = number } else { evolution.tournament = number }
      controller = .evolution(evolution)
    }
    try controller.validate()
    return controller
  }

  private static func duplicates(
    _ settings: ResolvedSettings, _ controller: ControllerSettings
  ) throws -> Duplicates {
    if settings.text("duplicates") != nil { return try settings.choice("duplicates", Duplicates.self) }
    // Ageing re-tests a genotype by training its identical child again (Real et al. 2019).
    if case .evolution = controller { return .reevaluate }
    return .reuse
  }
}

extension SpaceDescription {
  /// The space that an argument names: a known name, a JSON file, or (in an experiment file) the JSON itself.
  /// - Throws: `SettingError`, `UnknownName`, `CellSpaceError`, `TopologySpaceError`.
  init(argument: String, origin: String) throws {
    if argument.hasPrefix("{") {
      self = try SpaceDescription.decode(Data(argument.utf8), origin: origin)
    } else if argument.contains("/") || argument.hasSuffix(".json") {
      guard let data = FileManager.default.contents(atPath: argument) else {
        throw SettingError.malformed(
          origin: origin, expected: "a space's name or a readable JSON file", found: argument)
      }
      self = try SpaceDescription.decode(data, origin: argument)
    } else {
      self = try SpaceDescription.named(argument)
    }
  }

  private static func decode(_ data: Data, origin: String) throws -> SpaceDescription {
    do {
      return try JSONDecoder().decode(SpaceDescription.self, from: data)
    } catch is DecodingError {
      throw SettingError.malformed(
        origin: origin,
        expected: #"a space as JSON, {"name": …, "operations": […], "blocks": 5, "combiners": ["add"]}"#,
        found: String(decoding: data.prefix(60), as: UTF8.self).split(whereSeparator: \.isWhitespace).joined(
          separator: " "))
    }
  }
}

extension ThreadBudget {
  /// This machine's cores with what settings say about their division; `busy` workers at most can be busy.
  /// - Throws: `SettingError`.
  init(_ settings: ResolvedSettings, busy: Int) throws {
    cores = Machine.cores
    self.busy = busy
    workers = try settings.optionalInteger("workers", in: 1...4096)
    threads = try settings.optionalInteger("threads", in: 1...1024)
  }
}

extension SearchConfiguration.Resources {
  /// The resources that settings allow, divided by rule.
  init(_ settings: ResolvedSettings, budget: ThreadBudget) throws {
    let choice = SplitChoice(budget)
    self.choice = choice
    workers = choice.split.workers
    threads = choice.split.threads
    candidateSeconds = try settings.duration("candidate-time")
    candidateBytes = try settings.bytes("candidate-memory")
  }

  /// Divides them otherwise.
  mutating func take(_ choice: SplitChoice) {
    self.choice = choice
    workers = choice.split.workers
    threads = choice.split.threads
  }
}

extension SearchConfiguration {
  /// Divides the machine as gives the most candidates an hour, unless told; see `SplitTiming`.
  /// - Throws: as `SplitTiming.choose`; `SettingError`.
  mutating func divideMachine(_ settings: ResolvedSettings, data: TrainingData) async throws {
    let budget = try ThreadBudget(settings, busy: min(window, evaluations))
    guard budget.workers == nil || budget.threads == nil else { return }
    resources.take(try await SplitTiming(self, data: data).choose(budget))
  }
}

extension SearchConfiguration.Origin {
  /// This machine and this version, now.
  /// - Throws: `EngineError` when `NAS_MAX_ISA` names no instruction set of this machine.
  static func here() throws -> SearchConfiguration.Origin {
    let process = ProcessInfo.processInfo
    return SearchConfiguration.Origin(
      version: Version.text, started: Date.now.ISO8601Format(), host: process.hostName,
      system: process.operatingSystemVersionString, cores: Machine.cores,
      instructions: try Machine.instructions().rawValue)
  }
}
