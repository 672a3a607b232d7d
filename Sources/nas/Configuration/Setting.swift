import Foundation

/// One thing a search can be told: its key on the command line (`--key`), in the environment (`NAS_KEY`) and in an
/// experiment file (`"key"`), and its default. This list is the only place where defaults of `nas search` live.
struct Setting: Sendable {
  let key: String
  let defaultValue: String
  let help: String

  /// The environment variable: `NAS_TRAIN_IMAGES` for `train-images`.
  var environmentName: String {
    "NAS_" + key.uppercased().map { $0 == "-" ? "_" : String($0) }.joined()
  }

  /// The help with the default, where there is one to show.
  var helpWithDefault: String { defaultValue.isEmpty ? help : "\(help) (default: \(defaultValue))" }

  /// The setting with an empty default, for commands where leaving it out means to keep what is recorded.
  var withoutDefault: Setting { Setting(key: key, defaultValue: "", help: help) }

  /// The setting of a key that `schema` has.
  static func find(_ key: String, in schema: [Setting]) -> Setting {
    guard let setting = schema.first(where: { $0.key == key }) else {
      preconditionFailure("the schema has no setting '\(key)'")
    }
    return setting
  }
}

/// Where a value came from, strongest first; `preset` is a default that a preset decides.
enum SettingSource: String, Sendable {
  case flag, environment, file, preset, `default`
}

/// A setting with its value and where it came from.
struct ResolvedSetting: Sendable {
  let setting: Setting
  let value: String
  let source: SettingSource

  /// How to name it to the person who set it.
  var origin: String {
    switch source {
    case .flag, .preset, .default: "--\(setting.key)"
    case .environment: setting.environmentName
    case .file: "\"\(setting.key)\" in the experiment file"
    }
  }
}

/// A setting that cannot be used.
enum SettingError: Error, Equatable {
  case unknown(key: String, path: String, suggestion: String?)
  case malformed(origin: String, expected: String, found: String)
  case experimentFile(path: String, problem: String)
}

extension SettingError {
  /// Requires numbers that are given as flags alone to be counts: from 1 to a million, or as many as `most`.
  static func checkCounts(_ flags: (origin: String, number: Int)..., most: Int = 1_000_000) throws {
    for (origin, number) in flags where !(1...most).contains(number) {
      throw SettingError.malformed(
        origin: origin, expected: "a whole number from 1 to \(most)", found: "\(number)")
    }
  }
}

extension SettingError: CustomStringConvertible {
  var description: String {
    switch self {
    case .unknown(let key, let path, let suggestion):
      "The experiment file \(path) sets \"\(key)\", which is no setting of this command: "
        + (suggestion.map { "did you mean \"\($0)\"?" } ?? "--print-config lists them.")
    case .malformed(let origin, let expected, let found):
      "\(origin) needs \(expected), but '\(found)' was given."
    case .experimentFile(let path, let problem):
      "The experiment file \(path) cannot be used: \(problem)."
    }
  }
}

/// All settings of a search with their values: flag > environment > experiment file > default.
struct ResolvedSettings: Sendable {
  let all: [ResolvedSetting]

  /// Resolves every setting of `schema` from flags, this process's environment and an experiment file.
  /// - Throws: `SettingError` when the experiment file cannot be used.
  init(schema: [Setting], flags: [String: String], experimentFile: String?) throws {
    self.init(
      schema: schema, flags: flags, environment: ProcessInfo.processInfo.environment,
      file: try experimentFile.map { try ExperimentFile.read($0, schema: schema) } ?? [:])
  }

  /// Resolves every setting of `schema`.
  init(
    schema: [Setting], flags: [String: String], environment: [String: String], file: [String: String]
  ) {
    all = schema.map { setting in
      if let value = flags[setting.key] { return ResolvedSetting(setting: setting, value: value, source: .flag) }
      if let value = environment[setting.environmentName], !value.isEmpty {
        return ResolvedSetting(setting: setting, value: value, source: .environment)
      }
      if let value = file[setting.key] { return ResolvedSetting(setting: setting, value: value, source: .file) }
      return ResolvedSetting(setting: setting, value: setting.defaultValue, source: .default)
    }
  }

  /// The setting of a key that the schema has.
  subscript(key: String) -> ResolvedSetting {
    guard let found = all.first(where: { $0.setting.key == key }) else {
      preconditionFailure("the schema has no setting '\(key)'")
    }
    return found
  }

  /// The text of a setting, nil when it is empty.
  func text(_ key: String) -> String? {
    let value = self[key].value
    return value.isEmpty ? nil : value
  }

  /// A whole number within a range.
  func integer(_ key: String, in range: ClosedRange<Int>) throws -> Int {
    let resolved = self[key]
    guard let number = Int(resolved.value), range.contains(number) else {
      throw malformed(resolved, "a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// A whole number within a range, nil when the setting is empty.
  func optionalInteger(_ key: String, in range: ClosedRange<Int>) throws -> Int? {
    try text(key) == nil ? nil : integer(key, in: range)
  }

  /// A finite number above 0, or of at least 0.
  func number(_ key: String, orZero allowsZero: Bool = false) throws -> Double {
    let resolved = self[key]
    guard let number = Double(resolved.value), number.isFinite, number > 0 || allowsZero && number == 0 else {
      throw malformed(resolved, allowsZero ? "a number of at least 0" : "a number above 0")
    }
    return number
  }

  /// A duration in seconds: `90`, `90s`, `15m`, `2h` or `1d`; nil when the setting is empty.
  func duration(_ key: String) throws -> Double? {
    guard let text = text(key) else { return nil }
    let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600, "d": 86400]
    let unit = text.last.flatMap { units[$0] }
    let digits = unit == nil ? text : String(text.dropLast())
    guard let number = Double(digits), number > 0, number * (unit ?? 1) < 1e10 else {
      throw malformed(self[key], "a duration such as 90s, 15m or 2h")
    }
    return number * (unit ?? 1)
  }

  /// A size in bytes: `800M`, `2G` or plain bytes; nil when the setting is empty.
  func bytes(_ key: String) throws -> Int? {
    guard let text = text(key) else { return nil }
    let units: [Character: Double] = ["K": 0x1p10, "M": 0x1p20, "G": 0x1p30, "T": 0x1p40]
    let unit = text.last.flatMap { units[Character($0.uppercased())] }
    let digits = unit == nil ? text : String(text.dropLast())
    guard let number = Double(digits), number * (unit ?? 1) >= 0x1p20, number * (unit ?? 1) < 1e15 else {
      throw malformed(self[key], "a size of at least 1M, such as 800M or 2G")
    }
    return Int(number * (unit ?? 1))
  }

  /// One of the cases of an enum of texts.
  func choice<Choice: RawRepresentable & CaseIterable>(_ key: String, _: Choice.Type) throws -> Choice
  where Choice.RawValue == String {
    guard let choice = Choice(rawValue: self[key].value) else {
      throw malformed(self[key], "one of " + Choice.allCases.map(\.rawValue).joined(separator: ", "))
    }
    return choice
  }

  private func malformed(_ resolved: ResolvedSetting, _ expected: String) -> SettingError {
    .malformed(origin: resolved.origin, expected: expected, found: resolved.value)
  }
}
