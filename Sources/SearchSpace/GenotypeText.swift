// The one-line text form, for logs and terminals:
//
//   normal: sep_conv_5x5(0)+sep_conv_3x3(1) identity(2)&avg_pool_3x3(0) | concat 3; reduction: … | concat …
//
// A block is two operations with the states they read in parentheses, joined by + (add) or & (concat); blocks are
// separated by spaces; the output's states follow behind the bar. A name is not part of it.

extension Genotype: CustomStringConvertible {
  /// The one-line text form, without the name.
  public var description: String { "normal: \(normal.text); reduction: \(reduction.text)" }

  /// Reads the one-line text form and checks it.
  /// - Throws: `GenotypeError` or `UnknownName`.
  public init(text: String, name: String? = nil, operations: OperationCatalogue = .standard) throws {
    let cells = text.split(separator: ";", omittingEmptySubsequences: false)
    guard cells.count == 2 else {
      throw GenotypeError.badText(found: text, expected: "two cells, separated by a semicolon")
    }
    self.init(
      name: name, normal: try Cell(text: cells[0], label: "normal"),
      reduction: try Cell(text: cells[1], label: "reduction"))
    try validate(operations: operations)
  }
}

extension Cell {
  /// The blocks and the output states as text.
  fileprivate var text: String {
    "\(blocks.map(\.text).joined(separator: " ")) | concat \(concat.map(String.init).joined(separator: ","))"
  }

  fileprivate init(text: Substring, label: String) throws {
    let text = text.trimmed
    guard text.hasPrefix("\(label):") else {
      throw GenotypeError.badText(found: String(text), expected: "'\(label):' before the \(label) cell")
    }
    let parts = text.dropFirst(label.count + 1).split(separator: "|", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[1].trimmed.hasPrefix("concat ") else {
      throw GenotypeError.badText(found: String(text), expected: "'| concat ' and states behind the \(label) cell")
    }
    let states = parts[1].trimmed.dropFirst("concat ".count).split(separator: ",", omittingEmptySubsequences: false)
    self.init(
      blocks: try parts[0].split(separator: " ").map { try Block(text: $0) },
      concat: try states.map { state in
        guard let number = Int(state.trimmed) else {
          throw GenotypeError.badText(found: String(state), expected: "a number as a state behind 'concat'")
        }
        return number
      })
  }
}

extension Block {
  fileprivate var text: String {
    let sign =
      switch combine {
      case .add: "+"
      case .concat: "&"
      }
    return "\(left.operation)(\(left.state))\(sign)\(right.operation)(\(right.state))"
  }

  fileprivate init(text: Substring) throws {
    guard let sign = text.firstIndex(where: { $0 == "+" || $0 == "&" }) else {
      throw GenotypeError.badText(found: String(text), expected: "two operations joined by + or & in each block")
    }
    self.init(
      try Edge(text: text[..<sign]), try Edge(text: text[text.index(after: sign)...]),
      combine: text[sign] == "+" ? .add : .concat)
  }
}

extension Block.Edge {
  fileprivate init(text: Substring) throws {
    guard text.hasSuffix(")"), let bracket = text.firstIndex(of: "("),
      let state = Int(text[text.index(after: bracket)...].dropLast()), bracket > text.startIndex
    else {
      throw GenotypeError.badText(found: String(text), expected: "an operation and a state like identity(0)")
    }
    self.init(String(text[..<bracket]), state)
  }
}

extension Substring {
  /// Without spaces at both ends.
  fileprivate var trimmed: Substring {
    let head = drop { $0 == " " }
    guard let last = head.lastIndex(where: { $0 != " " }) else { return head }
    return head[...last]
  }
}
