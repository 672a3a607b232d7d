/// A space as runs and experiment files name it: one of the kinds of space there are.
///
/// Coded as the description of its kind; one with `nodes` is a topology space, any other a cell space.
public enum SpaceDescription: Hashable, Sendable {
  /// Pairs of cells.
  case cells(CellSpace)
  /// Single cells with an operation on every edge.
  case topology(TopologySpace)

  /// Every space that has a name, in the order in which they are listed.
  public static let known: [SpaceDescription] = [.cells(.nasnet), .cells(.amoebanet), .topology(.nasbench201)]

  /// The space of a name.
  /// - Throws: `UnknownName` with a suggestion.
  public static func named(_ name: String) throws -> SpaceDescription {
    guard let space = known.first(where: { $0.name == name }) else {
      throw UnknownName(kind: "space", found: name, known: known.map(\.name))
    }
    return space
  }

  /// The space itself.
  private var space: any Space {
    switch self {
    case .cells(let space): space
    case .topology(let space): space
    }
  }

  /// The architecture as a pair of cells; nil in spaces that have none.
  /// - Throws: `ArchitectureError` when the choices do not fit.
  public func genotype(of architecture: Architecture) throws -> Genotype? {
    switch self {
    case .cells(let space): try space.genotype(of: architecture)
    case .topology: nil
    }
  }
}

extension SpaceDescription: Space {
  /// The space's name.
  public var name: String { space.name }
  /// The space's decisions.
  public var decisions: [Decision] { space.decisions }

  /// The network of an architecture; see the space's kind.
  public func network(for architecture: Architecture, skeleton: Skeleton) throws -> Network {
    try space.network(for: architecture, skeleton: skeleton)
  }

  /// The architecture's fingerprint; see the space's kind.
  public func fingerprint(of architecture: Architecture) throws -> String {
    try space.fingerprint(of: architecture)
  }

  /// The architecture on one line; see the space's kind.
  public func text(of architecture: Architecture) throws -> String {
    try space.text(of: architecture)
  }
}

extension SpaceDescription: Codable {
  /// Decodes and checks a description, all of whose keys must be known.
  /// - Throws: `CellSpaceError`, `TopologySpaceError`, `UnknownName`, or `DecodingError`.
  public init(from decoder: any Decoder) throws {
    let isTopology = try decoder.keys().contains("nodes")
    try decoder.expectKeys(isTopology ? TopologySpace.keys : CellSpace.keys, of: "space")
    self = isTopology ? .topology(try TopologySpace(from: decoder)) : .cells(try CellSpace(from: decoder))
  }

  /// Encodes the description.
  public func encode(to encoder: any Encoder) throws {
    switch self {
    case .cells(let space): try space.encode(to: encoder)
    case .topology(let space): try space.encode(to: encoder)
    }
  }
}
