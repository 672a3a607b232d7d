import Foundation
import SearchSpace

/// Reads an experiment file: a JSON object whose keys are settings. Numbers, booleans and texts are taken as they would
/// stand on the command line; an object (a space) is kept as JSON text.
enum ExperimentFile {
  /// The values by key.
  /// - Throws: `SettingError` when the file cannot be read, is no JSON object, or has a key that no setting has.
  static func read(_ path: String, schema: [Setting]) throws -> [String: String] {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw SettingError.experimentFile(path: path, problem: "it does not exist or cannot be read")
    }
    let parsed: Any
    do {
      parsed = try JSONSerialization.jsonObject(with: data)
    } catch {
      throw SettingError.experimentFile(path: path, problem: "it is not JSON")
    }
    guard let object = parsed as? [String: Any] else {
      throw SettingError.experimentFile(path: path, problem: "a JSON object of settings was expected at its top")
    }
    var values: [String: String] = [:]
    for key in object.keys.sorted() {
      guard schema.contains(where: { $0.key == key }) else {
        throw SettingError.unknown(
          key: key, suggestion: UnknownName(kind: "setting", found: key, known: schema.map(\.key)).suggestion)
      }
      values[key] = try text(of: object[key] as Any, key: key, path: path)
    }
    return values
  }

  private static func text(of value: Any, key: String, path: String) throws -> String {
    if let text = value as? String { return text }
    if let number = value as? NSNumber { return number.stringValue }
    guard value is [String: Any] else {
      throw SettingError.experimentFile(path: path, problem: "\"\(key)\" must be a number, a text or an object")
    }
    let data = try JSONSerialization.data(withJSONObject: value, options: [.sortedKeys])
    return String(decoding: data, as: UTF8.self)
  }
}
