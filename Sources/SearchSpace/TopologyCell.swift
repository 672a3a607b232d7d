/// What of a topology space's cell has an effect: the edges that carry something from the input to the output.
///
/// A node that nothing reaches is zero, and so is whatever an operation makes of zeros: these edges are dropped, and
/// with them the constant that the offset of a convolution's normalisation would add (a trained benchmark has it).
/// Edges into nodes that the output does not read are dropped as well.
struct TopologyCell {
  /// An edge that has an effect.
  struct Edge {
    let operation: String
    let source: Int
  }

  /// `incoming[node]` are the edges into a node, by source; none into the input, and none into nodes that do not count.
  private(set) var incoming: [[Edge]]

  /// - Throws: `ArchitectureError` when the choices do not fit the space.
  init(_ architecture: Architecture, in space: TopologySpace) throws {
    try space.validate(architecture)
    incoming = [[]]
    var choices = architecture.choices[...]
    for node in 1..<space.nodes {
      let edges = (0..<node).map { Edge(operation: space.operations[choices.removeFirst()], source: $0) }
      incoming.append(
        edges.filter { edge in
          edge.operation != TopologySpace.none && (edge.source == 0 || !incoming[edge.source].isEmpty)
        })
    }
    var live: Set<Int> = [space.nodes - 1]
    for node in (1..<space.nodes).reversed() {
      if live.contains(node) {
        live.formUnion(incoming[node].map(\.source))
      } else {
        incoming[node] = []
      }
    }
  }

  /// Whether the output depends on the input.
  var isConnected: Bool { !incoming[incoming.count - 1].isEmpty }

  /// The cell in a form that does not depend on how its inner nodes are numbered: of all orders in which each node
  /// follows those it reads, the one whose list of node texts is smallest. A node that only repeats another is that
  /// other; a node read twice differs from two nodes alike.
  var canonicalText: String {
    var aliases = Array(incoming.indices)
    var inner: [Int] = []
    for node in incoming.indices.dropFirst().dropLast() {
      if incoming[node].count == 1, incoming[node][0].operation == Operation.skipConnection.name {
        aliases[node] = aliases[incoming[node][0].source]
      } else if !incoming[node].isEmpty {
        inner.append(node)
      }
    }
    return smallest(remaining: inner, names: [0: 0], aliases: aliases).joined(separator: " ")
  }

  private func smallest(remaining: [Int], names: [Int: Int], aliases: [Int]) -> [String] {
    guard !remaining.isEmpty else { return [text(of: incoming.count - 1, names, aliases) ?? ""] }
    let ready = remaining.compactMap { node in text(of: node, names, aliases).map { (node: node, text: $0) } }
    guard let first = ready.map(\.text).min() else { return [] }
    let continuations = ready.filter { $0.text == first }.map { tied in
      var names = names
      names[tied.node] = names.count
      return smallest(remaining: remaining.filter { $0 != tied.node }, names: names, aliases: aliases)
    }
    return [first] + (continuations.min { $0.lexicographicallyPrecedes($1) } ?? [])
  }

  /// A node's edges with the canonical names of what they read, nil while one of those has no name.
  private func text(of node: Int, _ names: [Int: Int], _ aliases: [Int]) -> String? {
    var terms: [String] = []
    for edge in incoming[node] {
      guard let name = names[aliases[edge.source]] else { return nil }
      terms.append("\(edge.operation)(\(name))")
    }
    return terms.sorted().joined(separator: "+")
  }
}
