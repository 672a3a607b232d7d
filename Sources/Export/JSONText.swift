/// A JSON value that is written with its keys in the given order (RFC 8259); Foundation's encoder knows only sorted keys.
enum JSONText {
  /// A text.
  case string(String)
  /// A number, already written.
  case number(String)
  /// A list.
  case array([JSONText])
  /// An object's members in order.
  case object([(String, JSONText)])

  /// One value a line, one space of indentation a level.
  func pretty(indentation: Int = 0) -> String {
    let inner = "\n" + String(repeating: " ", count: indentation + 1)
    let outer = "\n" + String(repeating: " ", count: indentation)
    switch self {
    case .string(let text): return JSONText.quoted(text)
    case .number(let text): return text
    case .array(let values):
      if values.isEmpty { return "[]" }
      return "[" + inner + values.map { $0.pretty(indentation: indentation + 1) }.joined(separator: "," + inner)
        + outer + "]"
    case .object(let members):
      if members.isEmpty { return "{}" }
      let lines = members.map { JSONText.quoted($0) + ": " + $1.pretty(indentation: indentation + 1) }
      return "{" + inner + lines.joined(separator: "," + inner) + outer + "}"
    }
  }

  /// All on one line, without spaces.
  func compact() -> String {
    switch self {
    case .string(let text): JSONText.quoted(text)
    case .number(let text): text
    case .array(let values): "[" + values.map { $0.compact() }.joined(separator: ",") + "]"
    case .object(let members):
      "{" + members.map { JSONText.quoted($0) + ":" + $1.compact() }.joined(separator: ",") + "}"
    }
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case "\u{0}"..."\u{1F}":
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
