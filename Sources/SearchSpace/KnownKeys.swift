/// Any key of an object.
private struct NamedKey: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }

  init?(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}

extension Decoder {
  /// The keys of an object, in alphabetical order.
  func keys() throws -> [String] { try container(keyedBy: NamedKey.self).allKeys.map(\.stringValue).sorted() }

  /// Refuses keys that mean nothing: a misspelt one that was passed over would leave a default in force, and something else
  /// would be made than was asked for.
  /// - Throws: `UnknownName` with a suggestion.
  func expectKeys(_ known: [String], of kind: String) throws {
    guard let unknown = try keys().first(where: { !known.contains($0) }) else { return }
    throw UnknownName(kind: "key of a \(kind)", found: unknown, known: known)
  }
}
