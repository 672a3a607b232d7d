import SearchSpace

/// A pair of cells drawn with characters, for a terminal: one vertical rail per state, on which its value flows down to
/// the operations that read it.
///
/// ```
///  0  1  2
///  ●            h[i]    previous cell
///  │  ●         h[i−1]  the cell before it
///  ├──┼─────▸ sep 5×5 ← h[i]   ─┐
///  │  ├─────▸ sep 3×3 ← h[i−1] ─┤
///  │  │  ●◂─────────────────────┘ 2 = sum
/// ```
public struct CellDrawing: Hashable, Sendable {
  /// The widest line, in columns; cells of more blocks than anybody publishes take more.
  public static let widest = 100

  /// Which characters are used, and whether colour escape sequences are.
  public struct Style: Hashable, Sendable {
    /// Only ASCII characters, for terminals without Unicode.
    public var isASCII: Bool
    /// ANSI colours (ECMA-48 SGR); whether the terminal wants them is the caller's decision.
    public var usesColor: Bool

    /// Creates a style.
    public init(isASCII: Bool = false, usesColor: Bool = false) {
      self.isASCII = isASCII
      self.usesColor = usesColor
    }
  }

  private let genotype: Genotype
  private let style: Style

  /// Prepares a drawing.
  /// - Throws: `GenotypeError` or `UnknownName` when the genotype is not valid.
  public init(_ genotype: Genotype, style: Style = Style(), operations: OperationCatalogue = .standard) throws {
    try genotype.validate(operations: operations)
    self.genotype = genotype
    self.style = style
  }

  /// The drawing's lines, normal cell first.
  public var lines: [String] {
    var lines = [fitted(genotype.name ?? "cells", columns: CellDrawing.widest)]
    for (title, cell) in [("Normal cell", genotype.normal), ("Reduction cell", genotype.reduction)] {
      lines += ["", title] + CellRails(CellGraph(cell), style: style).lines
    }
    return lines
  }

  /// The drawing as one text.
  public var text: String { lines.joined(separator: "\n") + "\n" }

  private func fitted(_ text: String, columns: Int) -> String {
    let plain = style.isASCII ? CellRails.ascii(text) : text
    // Control characters in a name could move the cursor or change colours.
    let clean = String(plain.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : Character($0) })
    return clean.count <= columns ? clean : String(clean.prefix(columns - 3)) + "..."
  }
}

/// The rails of one cell.
struct CellRails {
  private let graph: CellGraph
  private let style: CellDrawing.Style
  /// For each state the last block that reads it; the block count when the output does, nil when nothing does.
  private let lastReader: [Int?]
  private let labels: [[String]]
  private let labelWidth: Int

  /// Columns from rail to rail.
  private static let pitch = 3
  /// The room that an operation's label has at least.
  private static let shortestLabel = 12
  /// From the last rail to the labels: line and arrow.
  private static let lead = 3

  init(_ graph: CellGraph, style: CellDrawing.Style) {
    self.graph = graph
    self.style = style
    var readers = [Int?](repeating: nil, count: graph.stateCount)
    for (index, block) in graph.blocks.enumerated() {
      for operand in block.operands { readers[operand.state] = index }
    }
    for state in graph.concat { readers[state] = graph.blocks.count }
    lastReader = readers
    // Many rails leave no room; a drawing that is too wide is better than one without names.
    let room = max(
      CellRails.shortestLabel, CellDrawing.widest - graph.stateCount * CellRails.pitch - CellRails.lead - 28)
    labels = graph.blocks.map { block in
      block.operands.map { operand in
        let name = OperationLabel(operand.operation).text + " ← " + CellGraph.name(ofState: operand.state)
        return name.count <= room ? name : String(name.prefix(room - 1)) + "…"
      }
    }
    labelWidth = labels.flatMap { $0 }.map(\.count).max() ?? 0
  }

  /// The drawing, from the inputs to the output.
  var lines: [String] {
    var lines = [" " + (0..<graph.stateCount).map { padded("\($0)", to: CellRails.pitch) }.joined()]
    lines.append(start(of: 0, note: "  h[i]    previous cell", isUsed: graph.isUsed[0]))
    lines.append(start(of: 1, note: "  h[i−1]  the cell before it", isUsed: graph.isUsed[1]))
    for block in graph.blocks.indices { lines += rows(block) }
    lines.append(outputRow)
    return lines.map { line in
      let trimmed = line.reversed().drop { $0 == " " }.reversed()
      return style.isASCII ? CellRails.ascii(String(trimmed)) : String(trimmed)
    }
  }

  // MARK: Rows

  /// Whether a state's rail goes on below the row: 0 and 1 are a block's two operation rows, 2 its result.
  private func continues(_ state: Int, below block: Int, row: Int) -> Bool {
    guard let last = lastReader[state] else { return false }
    if last != block { return last > block }
    return row == 0 && graph.blocks[block].right.state == state
  }

  private func start(of state: Int, note: String, isUsed: Bool) -> String {
    var cells = rails { $0 < state && lastReader[$0] != nil }
    cells[column(state)] = "●"
    return String(cells) + dimmed(note, unless: isUsed)
  }

  private func rows(_ block: Int) -> [String] {
    let state = block + 2
    let isUsed = graph.isUsed[state]
    let family = graph.blocks[block].operands.map { OperationLabel($0.operation).family }
    var lines = (0..<2).map { side in
      let label = colored(padded(labels[block][side], to: labelWidth), family[side], isUsed: isUsed)
      return reading(block, side: side) + "▸ " + label + (side == 0 ? " ─┐" : " ─┤")
    }
    var cells = rails { $0 < state && continues($0, below: block, row: 2) }
    cells[column(state)] = "●"
    cells[column(state) + 1] = "◂"
    for index in (column(state) + 2)..<cells.count { cells[index] = "─" }
    let bend = String(repeating: "─", count: labelWidth + 4) + "┘"
    let result = " \(state) = " + (graph.blocks[block].join == .add ? "sum" : "concat") + (isUsed ? "" : ", not used")
    lines.append(String(cells) + bend + dimmed(result, unless: isUsed))
    return lines
  }

  /// The rails of an operation's row, with the line from the state it reads.
  private func reading(_ block: Int, side: Int) -> String {
    let source = graph.blocks[block].operands[side].state
    var cells = rails { $0 < block + 2 && isOpen($0, at: block, row: side) }
    cells[column(source)] = continues(source, below: block, row: side) ? "├" : "╰"
    for index in (column(source) + 1)..<cells.count { cells[index] = cells[index] == "│" ? "┼" : "─" }
    return String(cells)
  }

  /// Whether a rail still comes down into a row from above.
  private func isOpen(_ state: Int, at block: Int, row: Int) -> Bool {
    row == 0 ? lastReader[state].map { $0 >= block } ?? false : continues(state, below: block, row: 0)
  }

  private var outputRow: String {
    var cells = rails { _ in false }
    guard let first = graph.concat.min() else { return "" }
    for index in column(first)..<cells.count { cells[index] = "─" }
    for state in graph.concat { cells[column(state)] = state == first ? "╰" : "┴" }
    return String(cells) + "▸ concat of " + graph.concat.map { "\($0)" }.joined(separator: " ") + " → h[i+1]"
  }

  private func rails(isOpen: (Int) -> Bool) -> [Character] {
    var cells = [Character](repeating: " ", count: graph.stateCount * CellRails.pitch + CellRails.lead)
    for state in 0..<graph.stateCount where isOpen(state) { cells[column(state)] = "│" }
    return cells
  }

  private func column(_ state: Int) -> Int { 1 + state * CellRails.pitch }

  private func padded(_ text: String, to width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  // MARK: Colour and characters

  private func colored(_ text: String, _ family: OperationFamily, isUsed: Bool) -> String {
    guard isUsed else { return dimmed(text, unless: false) }
    guard style.usesColor else { return text }
    let code =
      switch family {
      case .separable: 34
      case .dilated: 35
      case .convolution: 32
      case .averagePooling: 33
      case .extremePooling: 31
      case .identity: 36
      case .other: 39
      }
    return "\u{1B}[\(code)m\(text)\u{1B}[0m"
  }

  private func dimmed(_ text: String, unless isUsed: Bool) -> String {
    style.usesColor && !isUsed ? "\u{1B}[2m\(text)\u{1B}[0m" : text
  }

  /// The same text in ASCII characters, column by column except for arrows between words.
  static func ascii(_ text: String) -> String {
    String(
      text.flatMap { character -> [Character] in
        switch character {
        case "│", "┼": ["|"]
        case "─", "–", "−": ["-"]
        case "├", "╰", "┴", "┐", "┤", "┘": ["+"]
        case "●": ["o"]
        case "▸", "→": [">"]
        case "◂", "←": ["<"]
        case "×": ["x"]
        case "…": ["~"]
        default: [character.isASCII ? character : "?"]
        }
      })
  }
}
