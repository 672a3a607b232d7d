extension DecodingError {
  /// What the error means, in words: where, what was expected.
  var explanation: String {
    func place(_ path: [any CodingKey]) -> String {
      if path.isEmpty { return "the top level" }
      return path.reduce("") { text, key in
        key.intValue.map { text + "[\($0)]" } ?? (text.isEmpty ? key.stringValue : text + "." + key.stringValue)
      }
    }
    switch self {
    case .keyNotFound(let key, let context):
      return "'\(key.stringValue)' is missing at \(place(context.codingPath))."
    case .typeMismatch(let type, let context):
      return "\(place(context.codingPath)) should be \(DecodingError.name(of: type)), but is something else."
    case .valueNotFound(let type, let context):
      return "\(place(context.codingPath)) should be \(DecodingError.name(of: type)), but is null or missing."
    case .dataCorrupted(let context):
      return "\(place(context.codingPath)) is not valid: \(context.debugDescription)"
    @unknown default:
      return "\(self)"
    }
  }

  private static func name(of type: Any.Type) -> String {
    switch "\(type)" {
    case "String": "a text"
    case "Int", "UInt64": "a whole number"
    case "Double": "a number"
    case let name where name.hasPrefix("Array") || name.hasPrefix("UnkeyedDecodingContainer"): "a list"
    default: "an object"
    }
  }
}
