/// A space of pairs of cells, as data: which operations, how many blocks, which combiners.
///
/// The decisions are those of the NASNet paper in its order (Zoph et al. 2018, appendix A.1): for each block the state
/// left, the state right, the operation left, the operation right and the combiner; first all blocks of the normal
/// cell, then all of the reduction cell. Block k (from 0) chooses among k + 2 states. A space with a single combiner
/// has no combiner decisions. The output of a cell is made of the block states that no block reads.
///
/// Codable as `{"name": "mine", "operations": ["identity", …], "blocks": 5, "combiners": ["add"]}`.
public struct CellSpace: Space {
  /// The most blocks a cell of a space may have.
  public static let maximumBlocks = Cell.maximumBlocks

  /// The space's name, as on the command line.
  public let name: String
  /// The names of the operations to choose from.
  public let operations: [String]
  /// B, the number of blocks of a cell.
  public let blocks: Int
  /// The combiners to choose from.
  public let combiners: [Combiner]
  /// Where the operations are defined.
  public let catalogue: OperationCatalogue
  /// The decisions in the order a sequential controller takes them.
  public let decisions: [Decision]

  /// Creates a space.
  /// - Throws: `CellSpaceError` when something is missing or there twice; `UnknownName` for an operation that the
  ///   catalogue does not have.
  public init(
    name: String, operations: [String], blocks: Int = 5, combiners: [Combiner] = [.add],
    catalogue: OperationCatalogue = .standard
  ) throws {
    guard !name.isEmpty else { throw CellSpaceError.missing(space: name, what: "name") }
    guard !operations.isEmpty else { throw CellSpaceError.missing(space: name, what: "operation") }
    guard blocks > 0 else { throw CellSpaceError.missing(space: name, what: "block") }
    guard blocks <= CellSpace.maximumBlocks else {
      throw CellSpaceError.tooManyBlocks(space: name, limit: CellSpace.maximumBlocks, found: blocks)
    }
    guard !combiners.isEmpty else { throw CellSpaceError.missing(space: name, what: "combiner") }
    for repeated in repeats(operations) { throw CellSpaceError.repeated(space: name, what: "operation", repeated) }
    for repeated in repeats(combiners.map(\.rawValue)) {
      throw CellSpaceError.repeated(space: name, what: "combiner", repeated)
    }
    for operation in operations { _ = try catalogue.operation(named: operation) }
    self.init(
      checked: name, operations: operations, blocks: blocks, combiners: combiners, catalogue: catalogue)
  }

  private init(
    checked name: String, operations: [String], blocks: Int, combiners: [Combiner],
    catalogue: OperationCatalogue = .standard
  ) {
    self.name = name
    self.operations = operations
    self.blocks = blocks
    self.combiners = combiners
    self.catalogue = catalogue
    decisions = ["normal", "reduction"].flatMap { cell in
      (0..<blocks).flatMap { block in
        let prefix = "\(cell).block\(block + 2)"
        let states = (0..<block + 2).map(String.init)
        return [
          Decision(name: "\(prefix).left.input", kind: .input, options: states),
          Decision(name: "\(prefix).right.input", kind: .input, options: states),
          Decision(name: "\(prefix).left.operation", kind: .operation, options: operations),
          Decision(name: "\(prefix).right.operation", kind: .operation, options: operations),
        ]
          + (combiners.count > 1
            ? [Decision(name: "\(prefix).combiner", kind: .combiner, options: combiners.map(\.rawValue))] : [])
      }
    }
  }

  /// The NASNet space: 13 operations, 5 blocks, two combiners (Zoph et al. 2018, section 3).
  public static let nasnet = CellSpace(
    checked: "nasnet", operations: OperationCatalogue.nasnet, blocks: 5, combiners: [.add, .concat])

  /// The AmoebaNet space: 8 operations, 5 blocks, sums only (Real et al. 2019, "Search space").
  public static let amoebanet = CellSpace(
    checked: "amoebanet", operations: OperationCatalogue.amoebanet, blocks: 5, combiners: [.add])

  /// The cell space of a name: `nasnet` or `amoebanet`.
  /// - Throws: `UnknownName` with a suggestion.
  public static func named(_ name: String) throws -> CellSpace {
    let spaces = [nasnet, amoebanet]
    guard let space = spaces.first(where: { $0.name == name }) else {
      throw UnknownName(kind: "space", found: name, known: spaces.map(\.name))
    }
    return space
  }

  /// The network of an architecture on a skeleton.
  /// - Throws: `ArchitectureError` when the choices do not fit; `NetworkError` when the skeleton does not.
  public func network(for architecture: Architecture, skeleton: Skeleton) throws -> Network {
    try Network(genotype: genotype(of: architecture), skeleton: skeleton, operations: catalogue)
  }

  /// The genotype's one-line text form.
  /// - Throws: `ArchitectureError` when the choices do not fit.
  public func text(of architecture: Architecture) throws -> String {
    try genotype(of: architecture).description
  }

  /// The genotype's fingerprint; see `Genotype.fingerprint()`.
  /// - Throws: `ArchitectureError` when the choices do not fit.
  public func fingerprint(of architecture: Architecture) throws -> String {
    try genotype(of: architecture).fingerprint()
  }
}

extension CellSpace: Hashable {
  /// Spaces are equal when their descriptions are; the catalogue is not compared.
  public static func == (left: CellSpace, right: CellSpace) -> Bool {
    left.name == right.name && left.operations == right.operations && left.blocks == right.blocks
      && left.combiners == right.combiners
  }

  /// Hashes the description.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(name)
    hasher.combine(operations)
    hasher.combine(blocks)
    hasher.combine(combiners)
  }
}

extension CellSpace: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case name, operations, blocks, combiners
  }

  /// The keys of a description.
  static var keys: [String] { CodingKeys.allCases.map(\.rawValue) }

  /// Decodes and checks a description; `blocks` is 5 and `combiners` is add where they are missing.
  /// - Throws: `CellSpaceError`, `UnknownName`, or `DecodingError` when a part is missing or of the wrong type.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    try self.init(
      name: container.decode(String.self, forKey: .name),
      operations: container.decode([String].self, forKey: .operations),
      blocks: container.decodeIfPresent(Int.self, forKey: .blocks) ?? 5,
      combiners: (container.decodeIfPresent([String].self, forKey: .combiners) ?? [Combiner.add.rawValue])
        .map { try Combiner(named: $0) })
  }

  /// Encodes the description.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .name)
    try container.encode(operations, forKey: .operations)
    try container.encode(blocks, forKey: .blocks)
    try container.encode(combiners, forKey: .combiners)
  }
}

/// The first repetition of each name that is there more than once.
private func repeats(_ names: [String]) -> [String] {
  var seen: Set<String> = []
  return names.filter { !seen.insert($0).inserted }
}

/// A cell space that cannot be, or a genotype that is not in it.
public enum CellSpaceError: Error, Equatable, Sendable {
  /// The description has none of something it needs.
  case missing(space: String, what: String)
  /// The description has more blocks than could be searched.
  case tooManyBlocks(space: String, limit: Int, found: Int)
  /// The description has something twice.
  case repeated(space: String, what: String, String)
  /// The genotype's cell has another number of blocks.
  case wrongBlocks(space: String, cell: String, expected: Int, found: Int)
  /// The genotype has an operation or combiner that the space has not.
  case notInSpace(space: String, what: String, found: String, known: [String])
  /// The genotype's output is not made of the block states that no block reads.
  case wrongOutput(space: String, cell: String, expected: [Int], found: [Int])
}

extension CellSpaceError: CustomStringConvertible {
  /// One sentence: what was expected, what was found.
  public var description: String {
    switch self {
    case .missing(let space, let what):
      return "The space '\(space)' needs at least one \(what), but has none."
    case .tooManyBlocks(let space, let limit, let found):
      return "A cell of the space '\(space)' may have at most \(limit) blocks, but is to have \(found)."
    case .repeated(let space, let what, let name):
      return "The space '\(space)' has the \(what) '\(name)' twice; each may appear once."
    case .wrongBlocks(let space, let cell, let expected, let found):
      return "A cell of the space '\(space)' has \(expected) blocks, but the \(cell) cell has \(found)."
    case .notInSpace(let space, let what, let found, let known):
      return "The \(what) '\(found)' is not in the space '\(space)', which has \(known.joined(separator: ", "))."
    case .wrongOutput(let space, let cell, let expected, let found):
      let (expected, found) = (expected.map(String.init), found.map(String.init))
      return "In the space '\(space)' a cell concatenates the block states that no block reads, here "
        + "\(expected.joined(separator: ",")), but the \(cell) cell concatenates \(found.joined(separator: ","))."
    }
  }
}

extension CellSpace: CustomStringConvertible {
  /// The name.
  public var description: String { name }
}
