import SearchSpace
import Testing

@testable import Export

/// The tokens of a DOT text: quoted or plain identifiers, arrows and signs; nil when there is something else.
private func tokens(of dot: String) -> [String]? {
  var tokens: [String] = []
  var rest = Substring(dot)
  while let character = rest.first {
    if character.isWhitespace {
      rest.removeFirst()
    } else if rest.hasPrefix("->") {
      tokens.append("->")
      rest = rest.dropFirst(2)
    } else if character == "\"" {
      var text = ""
      rest.removeFirst()
      while let next = rest.popFirst(), next != "\"" {
        text.append(next)
        if next == "\\", let escaped = rest.popFirst() { text.append(escaped) }
      }
      tokens.append("\"" + text)
    } else if "{}[]=,;".contains(character) {
      tokens.append(String(rest.removeFirst()))
    } else {
      let word = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
      if word.isEmpty { return nil }
      tokens.append(String(word))
      rest = rest.dropFirst(word.count)
    }
  }
  return tokens
}

/// The statements of a DOT text by the part of its grammar that is used: balanced braces, quoted or plain identifiers,
/// attribute lists, and a semicolon behind each statement; nil when it does not parse.
private func statements(of dot: String) -> [[String]]? {
  guard let tokens = tokens(of: dot) else { return nil }
  var depth = 0
  var found: [[String]] = []
  var current: [String] = []
  for token in tokens {
    switch token {
    case "{", "}":
      if token == "}" && !current.isEmpty { return nil }
      depth += token == "{" ? 1 : -1
      current = []
    case ";":
      if current.isEmpty { return nil }
      found.append(current)
      current = []
    default: current.append(token)
    }
  }
  return depth == 0 && current.isEmpty ? found : nil
}

@Test func dotHasEveryNodeAndEdge() throws {
  let dot = try GraphvizText.dot(KnownCells.nasnetA)
  let found = try #require(statements(of: dot))
  let edges = found.filter { $0.contains("->") }
  // Four edges a block and one per concatenated state.
  #expect(edges.count == 2 * 5 * 4 + 6 + 4)
  let nodes = Set(found.filter { $0.count > 1 && $0[1] == "[" && $0[0] != "node" }.map { $0[0] })
  #expect(nodes.count == 2 * (2 + 5 * 3 + 1))
  #expect(edges.allSatisfy { $0.count == 3 && nodes.contains($0[0]) && nodes.contains($0[2]) })
}

@Test func dotEscapesNames() throws {
  var genotype = KnownCells.nasnetA
  genotype.name = "a\" -> b; \\ \n{"
  let dot = try GraphvizText.dot(genotype)
  #expect(statements(of: dot) != nil)
  #expect(dot.hasPrefix("digraph \"a\\\" -> b; \\\\  {\" {\n"))
  #expect(statements(of: "digraph \"a\" b\" { c -> d; }") == nil, "an unescaped quote is noticed")
}
