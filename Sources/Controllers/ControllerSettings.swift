import SearchSpace

/// Which controller a run uses and how it is set: one value, recorded with the run.
///
/// Encoded as `{"name": "evolution", "settings": {…}}`; random search has no settings.
public enum ControllerSettings: Hashable, Sendable {
  /// Random search.
  case random
  /// Regularized evolution.
  case evolution(EvolutionSettings)
  /// Reinforcement learning: the LSTM policy (`rl`) or independent logits (`reinforce`).
  case rl(ReinforceSettings)
  /// Local search.
  case localSearch(LocalSearchSettings)
  /// Evolution guided by a predictor.
  case bayesian(BayesianSettings)

  /// The names of all controllers.
  public static let names = ["random", "evolution", "rl", "reinforce", "local-search", "bayesian"]
  /// The names of all presets.
  public static let presets = ["published", "small", "tabular"]

  /// The controller's name, as on the command line.
  public var name: String {
    switch self {
    case .random: "random"
    case .evolution: "evolution"
    case .rl(let settings): settings.controllerName
    case .localSearch: "local-search"
    case .bayesian: "bayesian"
    }
  }

  /// The settings of a controller and a preset by name. Where a controller has one set of values, every preset is it.
  /// - Throws: `UnknownName`, with the nearest name as a suggestion.
  public static func named(_ name: String, preset: String = "small") throws -> ControllerSettings {
    guard presets.contains(preset) else {
      throw UnknownName(kind: "preset", found: preset, known: presets)
    }
    switch name {
    case "random": return .random
    case "evolution": return .evolution(["published": .published, "tabular": .tabular][preset] ?? .small)
    case "rl": return .rl(["published": .published, "tabular": .tabular][preset] ?? .small)
    case "reinforce": return .rl(.independent)
    case "local-search": return .localSearch(.published)
    case "bayesian": return .bayesian(.standard)
    default: throw UnknownName(kind: "controller", found: name, known: names)
    }
  }

  /// Checks every setting.
  /// - Throws: `SettingsError`.
  public func validate() throws {
    switch self {
    case .random: break
    case .evolution(let settings): try settings.validate()
    case .rl(let settings): try settings.validate()
    case .localSearch(let settings): try settings.validate()
    case .bayesian(let settings): try settings.validate()
    }
  }

  /// The controller itself. `seed` decides what the controller draws for itself (initial parameters); proposals are
  /// drawn from the stream each of them is handed.
  /// - Throws: `SettingsError`.
  public func makeController(space: any Space, seed: UInt64) throws -> any Controller {
    try SettingsCheck.decisions(of: space)
    switch self {
    case .random: return RandomSearch(space: space)
    case .evolution(let settings): return try RegularizedEvolution(space: space, settings: settings, seed: seed)
    case .rl(let settings): return try Reinforce(space: space, settings: settings, seed: seed)
    case .localSearch(let settings): return try LocalSearch(space: space, settings: settings)
    case .bayesian(let settings): return try BayesianOptimization(space: space, settings: settings)
    }
  }
}

extension ControllerSettings: Codable {
  private enum CodingKeys: String, CodingKey {
    case name, settings
  }

  /// Decodes the name and the settings that belong to it.
  /// - Throws: `UnknownName`, or a `DecodingError` when the settings are incomplete.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let name = try container.decode(String.self, forKey: .name)
    switch name {
    case "random": self = .random
    case "evolution": self = .evolution(try container.decode(EvolutionSettings.self, forKey: .settings))
    case "rl", "reinforce":
      let settings = try container.decode(ReinforceSettings.self, forKey: .settings)
      guard settings.controllerName == name else {
        throw DecodingError.dataCorruptedError(
          forKey: .name, in: container,
          debugDescription: "The settings are those of \(settings.controllerName), not \(name).")
      }
      self = .rl(settings)
    case "local-search": self = .localSearch(try container.decode(LocalSearchSettings.self, forKey: .settings))
    case "bayesian": self = .bayesian(try container.decode(BayesianSettings.self, forKey: .settings))
    default: throw UnknownName(kind: "controller", found: name, known: ControllerSettings.names)
    }
  }

  /// Encodes the name and, where there are any, the settings.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .name)
    switch self {
    case .random: break
    case .evolution(let settings): try container.encode(settings, forKey: .settings)
    case .rl(let settings): try container.encode(settings, forKey: .settings)
    case .localSearch(let settings): try container.encode(settings, forKey: .settings)
    case .bayesian(let settings): try container.encode(settings, forKey: .settings)
    }
  }
}
