import Foundation

/// Machine-readable results: every command's `--json` is one object with its schema's name and version.
struct JSONOutput<Content: Encodable>: Encodable {
  /// `nas.<command>`; the version grows when a member changes its meaning or goes away.
  let schema: String
  let version: Int
  let content: Content

  init(_ command: String, version: Int = 1, _ content: Content) {
    schema = "nas.\(command)"
    self.version = version
    self.content = content
  }

  private enum Key: String, CodingKey {
    case schema, schemaVersion
  }

  /// The content's members stand beside `schema` and `schemaVersion`.
  func encode(to encoder: any Encoder) throws {
    try content.encode(to: encoder)
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(schema, forKey: .schema)
    try container.encode(version, forKey: .schemaVersion)
  }

  /// The text, keys sorted.
  func text() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }
}
