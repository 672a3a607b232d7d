import Controllers
import Evaluator
import Foundation
import SearchSpace

/// What `--print-config` shows: every setting with the value that counts and where it came from.
struct SettingsTable: Encodable {
  struct Entry: Encodable, Equatable {
    let key, value, source: String
  }

  let settings: [Entry]

  /// The settings of a search or a plan, and what the controller's preset decides besides them.
  init(_ resolved: ResolvedSettings, _ configuration: SearchConfiguration) throws {
    var effective = TrainingSettings.effective(configuration.training, configuration.data)
    effective["workers"] = "\(configuration.resources.workers)"
    effective["threads"] = "\(configuration.resources.threads)"
    effective["duplicates"] = configuration.duplicates.rawValue
    var preset: [String: String] = [:]
    if case .evolution(let evolution) = configuration.controller {
      preset = ["population": "\(evolution.population)", "sample-size": "\(evolution.tournament)"]
    }
    settings =
      SettingsTable.entries(resolved, effective: effective, preset: preset)
      + (try SettingsTable.remaining(configuration.controller))
  }

  /// The settings of a full training.
  init(_ resolved: ResolvedSettings, _ configuration: ReplayConfiguration) throws {
    var effective = TrainingSettings.effective(configuration.training, configuration.data)
    effective["threads"] = "\(configuration.threads)"
    let changed = resolved.all.filter {
      $0.setting.defaultValue != Setting.find($0.setting.key, in: ReplayConfiguration.schema).defaultValue
    }
    let preset = Dictionary(uniqueKeysWithValues: changed.map { ($0.setting.key, $0.setting.defaultValue) })
    settings = SettingsTable.entries(resolved, effective: effective, preset: preset)
  }

  /// Prints it as text or JSON.
  func show(command: String, json: Bool) throws {
    let terminal = Terminal()
    if json { return terminal.result(try JSONOutput("\(command).config", self).text()) }
    let rows = settings.map { [$0.key, $0.value.isEmpty ? "-" : $0.value, $0.source] }
    Wording.table(rows).forEach(terminal.result)
  }

  private static func entries(
    _ resolved: ResolvedSettings, effective: [String: String], preset: [String: String]
  ) -> [Entry] {
    resolved.all.map { setting in
      let key = setting.setting.key
      guard setting.source == .default else {
        return Entry(key: key, value: setting.value, source: setting.source.rawValue)
      }
      if let value = preset[key] {
        return Entry(key: key, value: effective[key] ?? value, source: SettingSource.preset.rawValue)
      }
      return Entry(key: key, value: effective[key] ?? setting.value, source: setting.source.rawValue)
    }
  }

  /// The controller's settings that have no flag; only the preset decides them.
  private static func remaining(_ controller: ControllerSettings) throws -> [Entry] {
    let encoded = try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(controller))
    guard case .object(let parts) = encoded, case .object(let members)? = parts["settings"] else { return [] }
    return try members.sorted { $0.key < $1.key }.filter { !["population", "tournament"].contains($0.key) }.map {
      Entry(
        key: "\(controller.name).\($0.key)", value: try $0.value.argument ?? $0.value.json,
        source: SettingSource.preset.rawValue)
    }
  }
}

extension TrainingSettings {
  /// The values of settings whose default depends on the data set.
  static func effective(_ plan: TrainingPlan, _ data: DataReference) -> [String: String] {
    [
      "train-images": plan.trainingImages.map(String.init) ?? "all",
      "validation-images": "\(plan.validationImages ?? cifar10ValidationImages)",
      "data": data.place ?? "",
    ]
  }
}
