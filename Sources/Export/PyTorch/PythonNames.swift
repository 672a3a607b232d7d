/// Hands out names for Python variables, each once.
struct PythonNames {
  /// Words of the language, names that the written file uses itself, and members of every `nn.Module` that a module of
  /// the same name would hide.
  private static let reserved: Set<String> = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del",
    "elif",
    "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal", "not", "or",
    "pass", "raise", "return", "try", "while", "with", "yield", "self", "torch", "nn", "F", "math", "json", "struct",
    "apply", "bfloat16", "buffers", "children", "compile", "cpu", "cuda", "double", "dump_patches", "eval", "float",
    "forward", "half", "ipu", "load_state_dict", "modules", "mtia", "named_buffers", "named_children", "named_modules",
    "named_parameters", "parameters", "requires_grad_", "state_dict", "to", "to_empty", "train", "training", "type",
    "xpu", "zero_grad",
  ]

  private var taken: Set<String>

  /// - Parameter taken: names that are in use.
  init(taken: [String] = []) {
    self.taken = Set(taken)
  }

  /// Whether the name would be handed out as it is.
  func isFree(_ name: String) -> Bool { !PythonNames.reserved.contains(name) && !taken.contains(name) }

  /// The name, with as many underscores behind it as make it a new one.
  mutating func unique(_ name: String) -> String {
    var result = name
    while !isFree(result) { result += "_" }
    taken.insert(result)
    return result
  }

  /// Whether a module may have the name.
  static func isUsable(_ name: String) -> Bool {
    guard let first = name.utf8.first, !reserved.contains(name), !name.hasPrefix("_") else { return false }
    let isWord = name.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
        true
      default: false
      }
    }
    return isWord && !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first)
  }
}
