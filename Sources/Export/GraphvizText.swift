import SearchSpace

/// A pair of cells in Graphviz's DOT language, for those who want to lay it out themselves.
///
/// Deterministic: nodes and edges in the genotype's order.
public enum GraphvizText {
  /// The DOT text of a genotype: a directed graph with one cluster per cell.
  /// - Throws: `GenotypeError` or `UnknownName` when the genotype is not valid.
  public static func dot(_ genotype: Genotype, operations: OperationCatalogue = .standard) throws -> String {
    try genotype.validate(operations: operations)
    var lines = [
      "digraph \(quoted(genotype.name ?? "cells")) {", "  rankdir=TB;",
      "  node [fontname=\"Helvetica\", fontsize=11, shape=box, style=\"rounded,filled\", fillcolor=white];",
    ]
    lines += cluster("normal", title: "Normal cell", CellGraph(genotype.normal))
    lines += cluster("reduction", title: "Reduction cell", CellGraph(genotype.reduction))
    return (lines + ["}"]).joined(separator: "\n") + "\n"
  }

  private static func cluster(_ cell: String, title: String, _ graph: CellGraph) -> [String] {
    var lines = ["  subgraph cluster_\(cell) {", "    label=\(quoted(title));"]
    for state in 0..<2 {
      lines.append("    \(cell)_\(state) [label=\(quoted(CellGraph.name(ofState: state)))\(faded(graph, state))];")
    }
    for (index, block) in graph.blocks.enumerated() {
      let state = index + 2
      let join = "\(cell)_\(state)"
      for (side, operand) in zip(["left", "right"], block.operands) {
        let label = OperationLabel(operand.operation)
        let color = CellPalette.colors(of: label.family).fill
        lines.append(
          "    \(join)_\(side) [label=\(quoted(label.text)), fillcolor=\(quoted(color))\(faded(graph, state))];")
        lines.append("    \(cell)_\(operand.state) -> \(join)_\(side);")
        lines.append("    \(join)_\(side) -> \(join);")
      }
      let sign = block.join == .add ? "+" : "concat"
      let shape = block.join == .add ? "circle" : "ellipse"
      lines.append("    \(join) [label=\(quoted(sign)), shape=\(shape)\(faded(graph, state))];")
    }
    lines.append("    \(cell)_output [label=\"concat\"];")
    for state in graph.concat { lines.append("    \(cell)_\(state) -> \(cell)_output;") }
    return lines + ["  }"]
  }

  private static func faded(_ graph: CellGraph, _ state: Int) -> String {
    graph.isUsed[state] ? "" : ", color=gray80, fontcolor=gray70"
  }

  /// A double-quoted DOT identifier: quotes and backslashes escaped, control characters as spaces.
  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\u{0}"..."\u{1F}": result += " "
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
