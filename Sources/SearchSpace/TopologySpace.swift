/// A space of single cells that are complete graphs: every node reads every earlier node through an edge that carries
/// one operation, or nothing (the "topology search space" of NATS-Bench; Dong et al., TPAMI 2021).
///
/// Node 0 is the cell's input, the last node its output; a node is the sum of what its edges bring. The decisions are
/// the operations of the edges 1←0, 2←0, 2←1, 3←0, … The network around the cells is the paper's; see
/// `network(for:skeleton:)`.
///
/// Codable as `{"name": "mine", "nodes": 4, "operations": ["none", "skip_connect", …]}`.
public struct TopologySpace: Space {
  /// The option of an edge that carries nothing.
  public static let none = "none"
  /// The most nodes a cell of a space may have, input and output included.
  public static let maximumNodes = 10

  /// The space's name, as on the command line.
  public let name: String
  /// The nodes of a cell, input and output included.
  public let nodes: Int
  /// The names of what an edge may carry: operations of `catalogue`, or `none`.
  public let operations: [String]
  /// The decisions in the order of the edges.
  public let decisions: [Decision]

  /// Where the operations are defined.
  static let catalogue = OperationCatalogue(
    [.skipConnection, .plainConvolution(1), .plainConvolution(3)] + OperationCatalogue.standard.operations)

  /// Creates a space.
  /// - Throws: `TopologySpaceError` for a description that cannot be; `UnknownName` for an operation that there is not.
  public init(name: String, nodes: Int, operations: [String]) throws {
    guard !name.isEmpty else { throw TopologySpaceError.missing(space: name, what: "a name") }
    guard (2...TopologySpace.maximumNodes).contains(nodes) else {
      throw TopologySpaceError.wrongNodes(space: name, limit: TopologySpace.maximumNodes, found: nodes)
    }
    for operation in operations where operation != TopologySpace.none {
      _ = try TopologySpace.catalogue.operation(named: operation)
    }
    guard operations.contains(where: { $0 != TopologySpace.none }) else {
      throw TopologySpaceError.missing(space: name, what: "an operation besides 'none'")
    }
    var seen: Set<String> = []
    for operation in operations where !seen.insert(operation).inserted {
      throw TopologySpaceError.repeated(space: name, operation: operation)
    }
    self.init(checked: name, nodes: nodes, operations: operations)
  }

  private init(checked name: String, nodes: Int, operations: [String]) {
    self.name = name
    self.nodes = nodes
    self.operations = operations
    // A mutation takes one of the nodes uniformly, then one of its edges uniformly
    // (D-X-Y/AutoDL-Projects, `regularized_ea.py`, `mutate_topology_func`).
    decisions = (1..<nodes).flatMap { node in
      (0..<node).map { source in
        Decision(
          name: "node\(node).from\(source)", kind: .operation, options: operations,
          mutationWeight: 1 / Double((nodes - 1) * node))
      }
    }
  }

  /// NAS-Bench-201: four nodes, five operations, 15,625 cells (Dong and Yang, ICLR 2020, section 2.1), in the order
  /// in which the tables number them: 0 none, 1 skip, 2 convolution 1×1, 3 convolution 3×3, 4 average pooling.
  public static let nasbench201 = TopologySpace(
    checked: "nasbench201", nodes: 4,
    operations: [none, "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3"])

  /// The cell as the paper writes it: `|nor_conv_3x3~0|+|skip_connect~0|none~1|+…`, one part for each node.
  /// - Throws: `ArchitectureError` when the choices do not fit.
  public func text(of architecture: Architecture) throws -> String {
    try validate(architecture)
    var choices = architecture.choices[...]
    return (1..<nodes).map { node in
      (0..<node).map { "|\(operations[choices.removeFirst()])~\($0)" }.joined() + "|"
    }.joined(separator: "+")
  }

  /// A text that is equal for two architectures only if their networks compute the same function; see
  /// `TopologyCell.canonicalText`.
  /// - Throws: `ArchitectureError` when the choices do not fit.
  public func fingerprint(of architecture: Architecture) throws -> String {
    try TopologyCell(architecture, in: self).canonicalText.fingerprint
  }
}

extension TopologySpace: Hashable {
  /// Spaces are equal when their descriptions are.
  public static func == (left: TopologySpace, right: TopologySpace) -> Bool {
    left.name == right.name && left.nodes == right.nodes && left.operations == right.operations
  }

  /// Hashes the description.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(name)
    hasher.combine(nodes)
    hasher.combine(operations)
  }
}

extension TopologySpace: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case name, nodes, operations
  }

  /// The keys of a description.
  static var keys: [String] { CodingKeys.allCases.map(\.rawValue) }

  /// Decodes and checks a description.
  /// - Throws: `TopologySpaceError`, `UnknownName`, or `DecodingError` when a part is missing or of the wrong type.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    try self.init(
      name: container.decode(String.self, forKey: .name), nodes: container.decode(Int.self, forKey: .nodes),
      operations: container.decode([String].self, forKey: .operations))
  }

  /// Encodes the description.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .name)
    try container.encode(nodes, forKey: .nodes)
    try container.encode(operations, forKey: .operations)
  }
}

/// A topology space that cannot be.
public enum TopologySpaceError: Error, Equatable, Sendable {
  /// The description lacks something.
  case missing(space: String, what: String)
  /// The number of nodes is out of range.
  case wrongNodes(space: String, limit: Int, found: Int)
  /// The description has an operation twice.
  case repeated(space: String, operation: String)
}

extension TopologySpaceError: CustomStringConvertible {
  /// One sentence: what was expected, what was found.
  public var description: String {
    switch self {
    case .missing(let space, let what):
      "A topology space needs \(what), but '\(space)' has none."
    case .wrongNodes(let space, let limit, let found):
      "A cell of a topology space has 2 to \(limit) nodes, but those of '\(space)' have \(found)."
    case .repeated(let space, let operation):
      "The space '\(space)' has the operation '\(operation)' twice; each may appear once."
    }
  }
}
