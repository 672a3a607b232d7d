import SearchSpace

/// A controller that cannot be made from what was asked for.
public enum SettingsError: Error, Equatable, Sendable {
  /// A setting lies outside its range.
  case outOfRange(setting: String, expected: String, found: String, advice: String)
  /// The space leaves nothing to decide.
  case nothingToDecide(space: String)
}

extension SettingsError: CustomStringConvertible {
  /// One sentence: what was expected, what was found and what to do.
  public var description: String {
    switch self {
    case .outOfRange(let setting, let expected, let found, let advice):
      return "The setting '\(setting)' must be \(expected), but it is \(found); \(advice)."
    case .nothingToDecide(let space):
      return "A controller needs a space with at least one decision of two or more options, but the space '\(space)' "
        + "has none; give it more operations or blocks."
    }
  }
}

/// Checks shared by controllers and their settings.
enum SettingsCheck {
  /// Requires something to decide.
  static func decisions(of space: any Space) throws {
    guard space.decisions.contains(where: { $0.options.count > 1 }) else {
      throw SettingsError.nothingToDecide(space: space.name)
    }
  }

  /// Requires a whole number of at least `minimum`.
  static func atLeast(_ minimum: Int, _ value: Int, _ setting: String, _ advice: String) throws {
    guard value >= minimum else {
      throw SettingsError.outOfRange(
        setting: setting, expected: "a whole number of at least \(minimum)", found: "\(value)", advice: advice)
    }
  }

  /// Requires a number for which `holds` is true; it is never asked about a number that is not finite.
  static func number(
    _ value: Double, _ setting: String, _ expected: String, _ advice: String, where holds: (Double) -> Bool
  ) throws {
    guard value.isFinite, holds(value) else {
      throw SettingsError.outOfRange(setting: setting, expected: expected, found: "\(value)", advice: advice)
    }
  }
}
