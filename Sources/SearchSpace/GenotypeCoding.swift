// The exchange format: {"format": "nas-genotype", "version": 1, "name": …, "normal": {"blocks": [{"left":
// ["sep_conv_5x5", 0], "right": …, "combine": "add"}, …], "concat": [1, 2, …]}, "reduction": …}.

extension Genotype: Codable {
  /// The exchange format's name.
  public static let format = "nas-genotype"
  /// The exchange format's version.
  public static let version = 1

  private enum CodingKeys: String, CodingKey {
    case format, version, name, normal, reduction
  }

  /// Decodes the exchange format and validates it against the standard catalogue of operations.
  /// - Throws: `GenotypeError`, `UnknownName`, or `DecodingError` when a part is missing or of the wrong type.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let format = try container.decode(String.self, forKey: .format)
    guard format == Genotype.format else { throw GenotypeError.wrongFormat(found: format) }
    let version = try container.decode(Int.self, forKey: .version)
    guard version == Genotype.version else { throw GenotypeError.wrongVersion(found: version) }
    self.init(
      name: try container.decodeIfPresent(String.self, forKey: .name),
      normal: try container.decode(Cell.self, forKey: .normal),
      reduction: try container.decode(Cell.self, forKey: .reduction))
    try validate()
  }

  /// Encodes the exchange format.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(Genotype.format, forKey: .format)
    try container.encode(Genotype.version, forKey: .version)
    try container.encodeIfPresent(name, forKey: .name)
    try container.encode(normal, forKey: .normal)
    try container.encode(reduction, forKey: .reduction)
  }
}

extension Cell: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case blocks, concat
  }

  /// Decodes a cell.
  /// - Throws: `UnknownName` for a key that does not exist; `DecodingError`.
  public init(from decoder: any Decoder) throws {
    try decoder.expectKeys(CodingKeys.allCases.map(\.stringValue), of: "cell")
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      blocks: try container.decode([Block].self, forKey: .blocks),
      concat: try container.decode([Int].self, forKey: .concat))
  }

  /// Encodes the blocks and the output states.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(blocks, forKey: .blocks)
    try container.encode(concat, forKey: .concat)
  }
}

extension Block: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case left, right, combine
  }

  /// Decodes a block; a missing combiner means add.
  /// - Throws: `UnknownName` for a key or a combiner that does not exist; `DecodingError`.
  public init(from decoder: any Decoder) throws {
    try decoder.expectKeys(CodingKeys.allCases.map(\.stringValue), of: "block")
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      try container.decode(Edge.self, forKey: .left), try container.decode(Edge.self, forKey: .right),
      combine: try Combiner(named: container.decodeIfPresent(String.self, forKey: .combine) ?? Combiner.add.rawValue))
  }

  /// Encodes the edges and the combiner.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(left, forKey: .left)
    try container.encode(right, forKey: .right)
    try container.encode(combine, forKey: .combine)
  }
}

extension Combiner {
  /// The combiner of a name.
  /// - Throws: `UnknownName` with a suggestion.
  public init(named name: String) throws {
    guard let combiner = Combiner(rawValue: name) else {
      throw UnknownName(kind: "combiner", found: name, known: Combiner.allCases.map(\.rawValue))
    }
    self = combiner
  }
}

extension Block.Edge: Codable {
  /// Decodes `["sep_conv_5x5", 0]`.
  public init(from decoder: any Decoder) throws {
    var container = try decoder.unkeyedContainer()
    self.init(try container.decode(String.self), try container.decode(Int.self))
    guard container.isAtEnd else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "An edge is an operation and a state, such as [\"identity\", 0].")
    }
  }

  /// Encodes `["sep_conv_5x5", 0]`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.unkeyedContainer()
    try container.encode(operation)
    try container.encode(state)
  }
}
