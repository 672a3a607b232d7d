import Foundation
import SearchSpace

/// Reads an experiment file: a JSON object whose keys are settings. Numbers and texts are taken as they would stand on
/// the command line; an object (a space) is kept as JSON text.
enum ExperimentFile {
  /// The values by key.
  /// - Throws: `SettingError` when the file cannot be read, is no JSON object, or has a key that no setting has.
  static func read(_ path: String, schema: [Setting]) throws -> [String: String] {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw SettingError.experimentFile(path: path, problem: "it does not exist or cannot be read")
    }
    return try values(data, path: path, schema: schema)
  }

  /// The values of a file's content; `path` is for messages.
  static func values(_ data: Data, path: String, schema: [Setting]) throws -> [String: String] {
    guard let parsed = try? JSONDecoder().decode(JSONValue.self, from: data) else {
      throw SettingError.experimentFile(path: path, problem: "it is not JSON")
    }
    guard case .object(let object) = parsed else {
      throw SettingError.experimentFile(path: path, problem: "a JSON object of settings was expected at its top")
    }
    var values: [String: String] = [:]
    for (key, value) in object.sorted(by: { $0.key < $1.key }) {
      guard schema.contains(where: { $0.key == key }) else {
        let unknown = UnknownName(kind: "setting", found: key, known: schema.map(\.key))
        throw SettingError.unknown(key: key, path: path, suggestion: unknown.suggestion)
      }
      guard let argument = value.argument else {
        throw SettingError.experimentFile(path: path, problem: "\"\(key)\" must be a number, a text or an object")
      }
      values[key] = argument
    }
    return values
  }
}
