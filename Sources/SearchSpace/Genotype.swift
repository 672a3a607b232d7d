/// How a block joins the results of its two operations.
public enum Combiner: String, Hashable, Sendable, Codable, CaseIterable {
  /// The sum: F channels.
  case add
  /// Side by side along channels, left first: 2F channels.
  case concat
}

/// One block of a cell: two operations, each on an earlier state, and a combiner.
public struct Block: Hashable, Sendable {
  /// An operation on an earlier state.
  public struct Edge: Hashable, Sendable {
    /// The operation's name in the catalogue.
    public var operation: String
    /// The state it reads: 0 the direct input (the previous cell), 1 the skip input (the cell before it), 2… blocks.
    public var state: Int

    /// Creates an edge.
    public init(_ operation: String, _ state: Int) {
      self.operation = operation
      self.state = state
    }
  }

  /// The left operand.
  public var left: Edge
  /// The right operand.
  public var right: Edge
  /// How they are joined.
  public var combine: Combiner

  /// Creates a block.
  public init(_ left: Edge, _ right: Edge, combine: Combiner = .add) {
    self.left = left
    self.right = right
    self.combine = combine
  }

  /// Both edges, left first.
  public var edges: [Edge] { [left, right] }
}

/// A cell: blocks that each make one state (the first makes state 2), and the states that form the output.
public struct Cell: Hashable, Sendable {
  /// The most blocks a cell may have; papers use 4 to 12.
  public static let maximumBlocks = 100

  /// The blocks in order; block k (from 0) makes state k + 2 and may read the states before it.
  public var blocks: [Block]
  /// The states that are concatenated, in order.
  public var concat: [Int]

  /// Creates a cell with an explicit list of output states.
  public init(blocks: [Block], concat: [Int]) {
    self.blocks = blocks
    self.concat = concat
  }

  /// Creates a cell that concatenates the block states that no block reads (Zoph et al. 2018, section 3).
  public init(blocks: [Block]) {
    self.init(blocks: blocks, concat: Cell.unreadStates(of: blocks))
  }

  /// The channels of the cell's output as a multiple of its filters. A state has F channels, or 2F where a block
  /// concatenates; the output fits every state that is not as wide as the last one to F channels.
  public var outputWidth: Int {
    func width(_ state: Int) -> Int {
      blocks.indices.contains(state - 2) && blocks[state - 2].combine == .concat ? 2 : 1
    }
    let last = width(blocks.count + 1)
    return concat.reduce(0) { $0 + (width($1) == last ? last : 1) }
  }

  /// The states made by blocks and read by none, ascending.
  static func unreadStates(of blocks: [Block]) -> [Int] {
    let read = Set(blocks.flatMap(\.edges).map(\.state))
    return (2..<max(2, blocks.count + 2)).filter { !read.contains($0) }
  }
}

/// A pair of cells: what a search finds and a paper publishes.
public struct Genotype: Hashable, Sendable {
  /// A name, when it has one.
  public var name: String?
  /// The cell that keeps the size of its input.
  public var normal: Cell
  /// The cell that halves it.
  public var reduction: Cell

  /// Creates a genotype.
  public init(name: String? = nil, normal: Cell, reduction: Cell) {
    self.name = name
    self.normal = normal
    self.reduction = reduction
  }

  /// The channels of the last cell for an F of 1. Papers name networks "N @ penultimate filters", which are F times as
  /// many: 24F for NASNet-A (Zoph et al. 2018, section 4).
  public var penultimateWidth: Int { 4 * normal.outputWidth }

  /// Checks that every state and operation exists.
  /// - Throws: `GenotypeError`, or `UnknownName` for an operation that the catalogue does not have.
  public func validate(operations: OperationCatalogue = .standard) throws {
    try normal.validate("normal", operations: operations)
    try reduction.validate("reduction", operations: operations)
  }
}

extension Cell {
  /// Checks the cell; `name` stands in the errors.
  func validate(_ name: String, operations: OperationCatalogue) throws {
    try validateStates(name)
    for edge in blocks.flatMap(\.edges) { _ = try operations.operation(named: edge.operation) }
  }

  /// Checks that the cell has blocks and an output and that every state exists where it is read.
  func validateStates(_ name: String) throws {
    guard !blocks.isEmpty else { throw GenotypeError.noBlocks(cell: name) }
    guard blocks.count <= Cell.maximumBlocks else {
      throw GenotypeError.tooManyBlocks(cell: name, limit: Cell.maximumBlocks, found: blocks.count)
    }
    for (index, block) in blocks.enumerated() {
      for edge in block.edges where !(0..<index + 2).contains(edge.state) {
        throw GenotypeError.noSuchState(cell: name, block: index + 2, state: edge.state)
      }
    }
    guard !concat.isEmpty else { throw GenotypeError.noOutput(cell: name) }
    var seen: Set<Int> = []
    for state in concat {
      guard (0..<blocks.count + 2).contains(state) else {
        throw GenotypeError.noSuchOutput(cell: name, state: state, states: blocks.count + 2)
      }
      guard seen.insert(state).inserted else { throw GenotypeError.repeatedOutput(cell: name, state: state) }
    }
  }
}

/// A genotype that is no pair of cells.
public enum GenotypeError: Error, Equatable, Sendable {
  /// The file's `format` is another one.
  case wrongFormat(found: String)
  /// The file's `version` is another one.
  case wrongVersion(found: Int)
  /// A cell without blocks.
  case noBlocks(cell: String)
  /// A cell with more blocks than could be drawn or trained.
  case tooManyBlocks(cell: String, limit: Int, found: Int)
  /// A block reads a state that does not exist when it is computed; blocks are numbered by the state they make.
  case noSuchState(cell: String, block: Int, state: Int)
  /// A cell without output states.
  case noOutput(cell: String)
  /// The output has a state that the cell has not.
  case noSuchOutput(cell: String, state: Int, states: Int)
  /// The output has a state twice.
  case repeatedOutput(cell: String, state: Int)
  /// A text form that cannot be read.
  case badText(found: String, expected: String)
}

extension GenotypeError: CustomStringConvertible {
  /// One sentence: what was expected, what was found.
  public var description: String {
    switch self {
    case .wrongFormat(let found):
      "A genotype has the format '\(Genotype.format)', but this has '\(found)'."
    case .wrongVersion(let found):
      "This version reads genotypes of version \(Genotype.version), but this one has version \(found)."
    case .noBlocks(let cell):
      "The \(cell) cell has no blocks; it needs at least one."
    case .tooManyBlocks(let cell, let limit, let found):
      "The \(cell) cell has \(found) blocks, but may have at most \(limit)."
    case .noSuchState(let cell, let block, let state):
      "Block \(block) of the \(cell) cell reads state \(state), but may read only states 0 to \(block - 1)."
    case .noOutput(let cell):
      "The \(cell) cell concatenates no states; it needs at least one."
    case .noSuchOutput(let cell, let state, let states):
      "The \(cell) cell concatenates state \(state), but has only states 0 to \(states - 1)."
    case .repeatedOutput(let cell, let state):
      "The \(cell) cell concatenates state \(state) twice; each state may appear once."
    case .badText(let found, let expected):
      "A genotype's text needs \(expected), but has '\(found)'."
    }
  }
}
