import SearchSpace

/// A pair of cells as the DARTS family of tools writes it: Python's `Genotype(normal=[('sep_conv_3x3', 1), …],
/// normal_concat=range(2, 6), reduce=[…], reduce_concat=…)` (Liu et al., "DARTS", ICLR 2019; quark0/darts
/// `cnn/genotypes.py`).
///
/// Two operations in turn make one state, their sum. State 0 is the cell before the previous one there and 1 the previous
/// cell, the other way round than here. Operations go by name: DARTS builds some of them differently (the identity with a
/// stride and the pair of 1×7 and 7×1 convolutions).
public struct DARTSGenotype: Hashable, Sendable {
  /// DARTS' operations (`cnn/operations.py`) and ours. `dil_conv_3x3` is a separable convolution there, and another
  /// operation than ours of this name.
  static let operations: [(theirs: String, ours: String)] = [
    ("max_pool_3x3", "max_pool_3x3"), ("avg_pool_3x3", "avg_pool_3x3"), ("skip_connect", "identity"),
    ("sep_conv_3x3", "sep_conv_3x3"), ("sep_conv_5x5", "sep_conv_5x5"), ("sep_conv_7x7", "sep_conv_7x7"),
    ("dil_conv_3x3", "dil_sep_conv_3x3"), ("dil_conv_5x5", "dil_sep_conv_5x5"), ("conv_7x1_1x7", "conv_1x7_7x1"),
  ]

  /// The pair of cells, with our states and operations.
  public let genotype: Genotype

  /// Creates it from a pair of cells.
  public init(_ genotype: Genotype) {
    self.genotype = genotype
  }

  /// Reads `Genotype(…)` or `NAME = Genotype(…)`, which is not run as code.
  /// - Throws: `DARTSGenotypeError`; `UnknownName` for an operation that DARTS does not have; `GenotypeError` when a
  ///   state does not exist.
  public init(text: String) throws {
    var reader = PythonGenotypeReader(text)
    let call = try reader.call()
    genotype = Genotype(
      name: call.name, normal: try DARTSGenotype.cell(call, "normal"), reduction: try DARTSGenotype.cell(call, "reduce")
    )
    try genotype.validate()
  }

  /// The genotype in one line; its name is not part of it.
  /// - Throws: `DARTSGenotypeError.notExpressible`; `GenotypeError` or `UnknownName` for a bad genotype.
  public func text() throws -> String {
    try genotype.validate()
    if let state = genotype.reduction.concat.first(where: { $0 < 2 }) {
      throw DARTSGenotypeError.notExpressible(
        what: "the reduction cell's output has the cell's input \(state)",
        limit: "a reduction cell there concatenates nothing but its blocks")
    }
    let normal = try DARTSGenotype.text(genotype.normal, "normal")
    let reduction = try DARTSGenotype.text(genotype.reduction, "reduction")
    return "Genotype(normal=\(normal.edges), normal_concat=\(normal.concat), reduce=\(reduction.edges), "
      + "reduce_concat=\(reduction.concat))"
  }

  /// The two inputs change places; blocks have the same numbers.
  private static func swapped(_ state: Int) -> Int { state == 0 || state == 1 ? 1 - state : state }

  private static func cell(_ call: PythonGenotypeReader.Call, _ name: String) throws -> Cell {
    guard let edges = call.edges[name] else { throw DARTSGenotypeError.missing(part: name) }
    guard let concat = call.states["\(name)_concat"] else { throw DARTSGenotypeError.missing(part: "\(name)_concat") }
    guard edges.count % 2 == 0 else { throw DARTSGenotypeError.oddNumber(part: name, found: edges.count) }
    let ours = try edges.map { edge in
      if edge.operation == "none" { throw DARTSGenotypeError.noConnection(part: name) }
      guard let operation = operations.first(where: { $0.theirs == edge.operation }) else {
        throw UnknownName(kind: "DARTS operation", found: edge.operation, known: operations.map(\.theirs))
      }
      return Block.Edge(operation.ours, swapped(edge.state))
    }
    return Cell(
      blocks: stride(from: 0, to: ours.count, by: 2).map { Block(ours[$0], ours[$0 + 1]) },
      concat: concat.map(swapped))
  }

  private static func text(_ cell: Cell, _ name: String) throws -> (edges: String, concat: String) {
    let edges = try cell.blocks.enumerated().flatMap { index, block in
      guard block.combine == .add else {
        throw DARTSGenotypeError.notExpressible(
          what: "block \(index + 2) of the \(name) cell concatenates its operations", limit: "blocks there are sums")
      }
      return try block.edges.map { edge in
        guard let operation = operations.first(where: { $0.ours == edge.operation }) else {
          throw DARTSGenotypeError.notExpressible(
            what: "block \(index + 2) of the \(name) cell has the operation \(edge.operation)",
            limit: "operations there are \(operations.map(\.ours).joined(separator: ", "))")
        }
        return "('\(operation.theirs)', \(swapped(edge.state)))"
      }
    }
    let states = cell.concat.map { String(swapped($0)) }
    return ("[\(edges.joined(separator: ", "))]", "[\(states.joined(separator: ", "))]")
  }
}

/// A text that is no DARTS genotype, or a genotype that cannot be one.
public enum DARTSGenotypeError: Error, Equatable, Sendable {
  /// Something else stands where a part should; line and column count from 1, the column in bytes.
  case syntax(line: Int, column: Int, expected: String)
  /// One of the four parts is missing.
  case missing(part: String)
  /// A list of operations does not consist of pairs.
  case oddNumber(part: String, found: Int)
  /// The operation `none`, which has no counterpart.
  case noConnection(part: String)
  /// The genotype has what DARTS' form has not.
  case notExpressible(what: String, limit: String)
}

extension DARTSGenotypeError: CustomStringConvertible {
  /// One sentence: what was expected, what was found.
  public var description: String {
    switch self {
    case .syntax(let line, let column, let expected):
      "A DARTS genotype needs \(expected) at line \(line), column \(column)."
    case .missing(let part):
      "A DARTS genotype needs normal, normal_concat, reduce and reduce_concat, but this has no \(part)."
    case .oddNumber(let part, let found):
      "A DARTS genotype has two operations for each state, but \(part) has \(found) operations."
    case .noConnection(let part):
      "The operation 'none' in \(part) stands for no connection, but each state here is a sum of two operations."
    case .notExpressible(let what, let limit):
      "The cells cannot be written as a DARTS genotype: \(what), but \(limit)."
    }
  }
}
