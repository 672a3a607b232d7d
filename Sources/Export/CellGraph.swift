import SearchSpace

/// A cell as every drawing reads it: states, the operations between them, and which of them the output concatenates.
///
/// State 0 is the direct input h[i], state 1 the skip input h[i−1], state 2 + b the result of block b
/// (Zoph et al. 2018, section 3; numbering of the TensorFlow release).
public struct CellGraph: Hashable, Sendable {
  /// One operation of a block and the state it reads.
  public struct Operand: Hashable, Sendable {
    /// The operation's name in the exchange format, such as `sep_conv_5x5`.
    public let operation: String
    /// The state read.
    public let state: Int

    /// Creates an operand.
    public init(operation: String, state: Int) {
      self.operation = operation
      self.state = state
    }
  }

  /// Two operations and how their results are joined.
  public struct Block: Hashable, Sendable {
    /// The first operation.
    public let left: Operand
    /// The second operation.
    public let right: Operand
    /// How the results are joined.
    public let join: Combiner

    /// Creates a block.
    public init(left: Operand, right: Operand, join: Combiner) {
      self.left = left
      self.right = right
      self.join = join
    }

    /// Both operands, left first.
    public var operands: [Operand] { [left, right] }
  }

  /// The blocks in order.
  public let blocks: [Block]
  /// The states that the output concatenates, in order.
  public let concat: [Int]
  /// For each state whether the output depends on it; a state that it does not depend on is dead code.
  public let isUsed: [Bool]

  /// Creates a graph. Each block must read earlier states only, and `concat` must name existing states: a validated
  /// genotype guarantees both.
  public init(blocks: [Block], concat: [Int]) {
    self.blocks = blocks
    self.concat = concat
    var used = [Bool](repeating: false, count: blocks.count + 2)
    for state in concat { used[state] = true }
    for block in blocks.indices.reversed() where used[block + 2] {
      for operand in blocks[block].operands { used[operand.state] = true }
    }
    isUsed = used
  }

  /// The graph of a cell whose states have been checked (`Genotype.validate`).
  public init(_ cell: Cell) {
    self.init(
      blocks: cell.blocks.map { block in
        let operands = block.edges.map { Operand(operation: $0.operation, state: $0.state) }
        return Block(left: operands[0], right: operands[1], join: block.combine)
      },
      concat: cell.concat)
  }

  /// The number of states: the two inputs and the blocks.
  public var stateCount: Int { blocks.count + 2 }

  /// What a state is called in drawings: `h[i]`, `h[i−1]`, or its number.
  public static func name(ofState state: Int) -> String {
    switch state {
    case 0: "h[i]"
    case 1: "h[i−1]"
    default: "\(state)"
    }
  }
}
