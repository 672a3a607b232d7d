extension Genotype {
  /// 32 hexadecimal digits that are equal for two genotypes only if they compute the same function, given
  /// corresponding weights: canonical under renaming of blocks, swapped operands of an add, dead blocks and the order
  /// of the output's states. Blocks that are alike but distinct stay distinct.
  ///
  /// It is `canonicalText` hashed forwards and backwards with 64 bits each, so it is the same in every process; two
  /// different texts among a million collide with a probability below 10⁻²⁶ if the hash were random.
  /// - Throws: `GenotypeError` when a state does not exist.
  public func fingerprint() throws -> String {
    try canonicalText().fingerprint
  }

  /// The canonical form that the fingerprint is made from.
  func canonicalText() throws -> String {
    try normal.validateStates("normal")
    try reduction.validateStates("reduction")
    return "normal \(normal.canonicalText) reduction \(reduction.canonicalText)"
  }
}

extension String {
  /// 32 hexadecimal digits: the text's UTF-8 bytes hashed forwards and backwards.
  var fingerprint: String {
    var forwards = StableHash()
    var backwards = StableHash()
    for byte in utf8 { forwards.combine(byte) }
    for byte in utf8.reversed() { backwards.combine(byte) }
    return forwards.hexadecimal + backwards.hexadecimal
  }
}

extension Cell {
  /// The live blocks in canonical order, then the output's states among 0 and 1, then the last state's combiner.
  ///
  /// Of all orders in which each block follows those it reads, it is the one whose sequence of block texts is smallest;
  /// a graph, not a tree, so a block read twice differs from two equal blocks read once. The last block's combiner
  /// counts even where the block is dead, because the output's other states are fitted to its width.
  var canonicalText: String {
    let alive = liveBlocks
    var order = CanonicalOrder(cell: self, alive: alive)
    let inputs = concat.filter { $0 < 2 }.sorted().map(String.init)
    let width = blocks[blocks.count - 1].combine.rawValue
    return "[\(order.smallest().joined(separator: " ")) | \(inputs.joined(separator: ",")) | \(width)]"
  }

  /// The indices of the blocks that the output depends on, ascending.
  private var liveBlocks: [Int] {
    var live = Set(concat)
    for index in blocks.indices.reversed() where live.contains(index + 2) {
      for edge in blocks[index].edges { live.insert(edge.state) }
    }
    return blocks.indices.filter { live.contains($0 + 2) }
  }
}

/// The search for the smallest sequence of block texts.
private struct CanonicalOrder {
  let cell: Cell
  let outputs: Set<Int>
  /// The states that some live block reads.
  let read: Set<Int>
  let alive: [Int]

  init(cell: Cell, alive: [Int]) {
    self.cell = cell
    self.alive = alive
    outputs = Set(cell.concat)
    read = Set(alive.flatMap { cell.blocks[$0].edges }.map(\.state))
  }

  /// How many further orders of blocks alike are tried. Cells of searches need a handful; a file with a dozen equal
  /// blocks would take hours, so beyond this only the first of them is tried. Fingerprints stay faithful then, but two
  /// writings of such a cell may get different ones.
  private var budget = 10_000

  mutating func smallest() -> [String] {
    smallest(remaining: alive, names: [0: 0, 1: 1])
  }

  /// The smallest continuation; `names` maps the states placed so far to their canonical numbers. At each step the
  /// smallest text must come first, so only blocks with equal texts need to be tried in turn; and of those that
  /// nothing reads, any one.
  private mutating func smallest(remaining: [Int], names: [Int: Int]) -> [String] {
    let ready = remaining.compactMap { index in text(of: index, names: names).map { (index: index, text: $0) } }
    guard let first = ready.map(\.text).min() else { return [] }
    var tied = ready.filter { $0.text == first }.map(\.index)
    let unread = tied.filter { !read.contains($0 + 2) }
    tied = tied.filter { read.contains($0 + 2) } + unread.prefix(1)
    if tied.count > 1 {
      tied.removeLast(tied.count - min(tied.count, max(1, budget)))
      budget -= tied.count
    }
    var continuations: [[String]] = []
    for index in tied {
      var names = names
      names[index + 2] = names.count
      continuations.append(smallest(remaining: remaining.filter { $0 != index }, names: names))
    }
    let best = continuations.min { $0.lexicographicallyPrecedes($1) } ?? []
    return [first] + best
  }

  /// A block with canonical state numbers, nil while it reads a state that has none; a star marks an output.
  private func text(of index: Int, names: [Int: Int]) -> String? {
    let block = cell.blocks[index]
    guard let left = names[block.left.state], let right = names[block.right.state] else { return nil }
    let operands = ["\(block.left.operation)(\(left))", "\(block.right.operation)(\(right))"]
    let joined =
      switch block.combine {
      case .add: operands.sorted().joined(separator: "+")
      case .concat: operands.joined(separator: "&")
      }
    return joined + (outputs.contains(index + 2) ? "*" : "")
  }
}
