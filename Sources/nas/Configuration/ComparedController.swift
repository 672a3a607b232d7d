import Controllers
import Foundation
import SearchSpace

/// A controller in a comparison: its settings under a label of its own.
struct ComparedController: Sendable {
  let label: String
  let settings: ControllerSettings

  /// The controllers that `nas bench controllers` compares, with their settings for tables of small spaces.
  static let standard: [ComparedController] = [
    ComparedController(label: "random", settings: .random),
    ComparedController(label: "evolution", settings: .evolution(.tabular)),
    ComparedController(label: "non-ageing", settings: .evolution(.tabularNonAgeing)),
    ComparedController(label: "reinforce", settings: .rl(.independent)),
    ComparedController(label: "lstm", settings: .rl(.tabular)),
    ComparedController(label: "ppo", settings: .rl(.tabularPPO)),
    ComparedController(label: "local-search", settings: .localSearch(.published)),
    ComparedController(label: "bayesian", settings: .bayesian(.standard)),
  ]

  /// Every controller as `nas search` sets it, and the published policy, whose updates are the largest.
  static let searching: [ComparedController] = [
    ComparedController(label: "random", settings: .random),
    ComparedController(label: "evolution", settings: .evolution(.small)),
    ComparedController(label: "rl", settings: .rl(.small)),
    ComparedController(label: "rl-published", settings: .rl(.published)),
    ComparedController(label: "reinforce", settings: .rl(.independent)),
    ComparedController(label: "local-search", settings: .localSearch(.published)),
    ComparedController(label: "bayesian", settings: .bayesian(.standard)),
  ]

  /// Given controllers, and those of a JSON file: an object of labels and settings. One with a label that is given takes
  /// its place.
  /// - Throws: `SettingError` when the file cannot be used; `SettingsError` for settings out of range.
  static func all(_ given: [ComparedController], variants path: String?) throws -> [ComparedController] {
    guard let path else { return given }
    guard let data = FileManager.default.contents(atPath: path),
      let decoded = try? JSONDecoder().decode([String: ControllerSettings].self, from: data)
    else {
      throw SettingError.malformed(
        origin: "--variants",
        expected: #"a JSON file such as {"mine": {"name": "evolution", "settings": {…}}} with every setting"#,
        found: path)
    }
    let added = decoded.sorted { $0.key < $1.key }.map { ComparedController(label: $0.key, settings: $0.value) }
    for controller in added { try controller.settings.validate() }
    return given.filter { decoded[$0.label] == nil } + added
  }
}

extension [ComparedController] {
  /// Those that a list of labels, separated by commas, names; all when there is none.
  /// - Throws: `UnknownName`.
  func chosen(_ labels: String?) throws -> [ComparedController] {
    guard let labels else { return self }
    return try labels.split(separator: ",", omittingEmptySubsequences: false).map { label in
      guard let found = first(where: { $0.label == label }) else {
        throw UnknownName(kind: "controller", found: String(label), known: map(\.label))
      }
      return found
    }
  }
}
