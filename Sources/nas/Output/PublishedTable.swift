import SearchSpace

/// The counts of published networks beside what others counted and what was published.
struct PublishedTable {
  /// One network.
  struct Row {
    let network: PublishedNetwork
    let counts: PublishedNetwork.Counts
  }

  let rows: [Row]
  /// The notes in the order in which the table numbers them.
  let notes: [PublishedNetwork.Note]

  /// Counts all published networks, or those of some cells.
  /// - Throws: `CommandError` when there are none of these cells.
  init(cells: Genotype? = nil) throws {
    let chosen = PublishedNetworks.all.filter { cells == nil || $0.genotype == cells }
    guard !chosen.isEmpty else {
      let known = KnownCells.all.filter { cell in PublishedNetworks.all.contains { $0.genotype == cell } }
      throw CommandError(
        .usage,
        "There is no published network of these cells; there are some of "
          + known.compactMap(\.name).joined(separator: ", ") + ".")
    }
    rows = try chosen.map { Row(network: $0, counts: try $0.counts()) }
    notes = PublishedNetwork.Note.allCases.filter { note in chosen.contains { $0.notes.contains(note) } }
  }

  /// The table with its notes below.
  func text(isASCII: Bool) -> String {
    let (yes, no) = isASCII ? ("=", "not") : ("✓", "≠")
    let heads = ["parameters", "buffers", "auxiliary", "multiply-adds"].flatMap { [$0, ""] }
    let table =
      [["network", "N, F", "pixels", "classes"] + heads + ["published", "notes"]]
      + rows.map { $0.columns(yes, no, notes) }
    let legend =
      "\(yes) is what Keras, PyTorch or another program that agrees with Keras counts, or the figure beside it, rounded. The "
      + "auxiliary head's parameters are not in the others."
    let text =
      Wording.table(table, rightAligned: [2, 3, 4, 6, 8, 10]) + ["", legend]
      + notes.enumerated().map { "[\($0 + 1)] \($1)" }
    let lines = text.joined(separator: "\n")
    return isASCII ? lines.replacing("×", with: "x") : lines
  }
}

extension PublishedTable.Row {
  /// The row's texts; `yes` and `no` mark what agrees and what does not.
  func columns(_ yes: String, _ no: String, _ notes: [PublishedNetwork.Note]) -> [String] {
    func mark(_ agrees: Bool, _ figure: Figure) -> String { "\(agrees ? yes : no) \(figure)" }
    let references: [(Int, Figure?)] = [
      (counts.parameters, Figure(network.parameters)), (counts.buffers, network.buffers.map { Figure($0) }),
      (counts.auxiliaryParameters, network.auxiliaryParameters.map { Figure($0) }),
      (counts.multiplyAdds, network.multiplyAdds),
    ]
    let counted = references.flatMap { count, reference in
      // An exact figure that agrees would only be said twice.
      let beside = reference.map { $0.value == count ? yes : mark($0.agrees(with: count), $0) }
      return [Wording.count(count), beside ?? ""]
    }
    let published = network.claims.map { claim in
      let parameters = claim.parameters.map { mark(claim.parametersAgree(with: counts) ?? true, $0) }
      let multiplyAdds = claim.multiplyAdds.map { mark(claim.multiplyAddsAgree(with: counts) ?? true, $0) }
      return "\([parameters, multiplyAdds].compactMap { $0 }.joined(separator: "  ")) (\(claim.source))"
    }
    let numbers = notes.indices.filter { network.notes.contains(notes[$0]) }.map { "[\($0 + 1)]" }
    let skeleton = network.skeleton
    return [network.name, "\(skeleton.cells), \(skeleton.filters)", "\(skeleton.input.height)", "\(skeleton.classes)"]
      + counted + [published.joined(separator: "; "), numbers.joined()]
  }
}

extension PublishedTable: Encodable {
  private enum CodingKeys: String, CodingKey {
    case networks, notes
  }

  /// Encodes the networks with all figures, and the notes by name.
  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(rows, forKey: .networks)
    let texts = Dictionary(uniqueKeysWithValues: notes.map { ($0.rawValue, $0.description) })
    try container.encode(texts, forKey: .notes)
  }
}

extension PublishedTable.Row: Encodable {
  private struct Claim: Encodable {
    let source: String
    let parameters: String?
    let parametersAgree: Bool?
    let multiplyAdds: String?
    let multiplyAddsAgree: Bool?
  }

  private enum CodingKeys: String, CodingKey {
    case name, cells, filters, skeleton, counts, reference, agrees, published, notes
  }

  private enum ReferenceKeys: String, CodingKey {
    case parameters, buffers, multiplyAdds, auxiliaryParameters
  }

  /// Encodes our counts, the reference's and the published figures.
  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(network.name, forKey: .name)
    try container.encode(network.skeleton.cells, forKey: .cells)
    try container.encode(network.skeleton.filters, forKey: .filters)
    try container.encode(network.skeleton, forKey: .skeleton)
    try container.encode(counts, forKey: .counts)
    var reference = container.nestedContainer(keyedBy: ReferenceKeys.self, forKey: .reference)
    try reference.encode(network.parameters, forKey: .parameters)
    try reference.encodeIfPresent(network.buffers, forKey: .buffers)
    try reference.encodeIfPresent(network.multiplyAdds?.description, forKey: .multiplyAdds)
    try reference.encodeIfPresent(network.auxiliaryParameters, forKey: .auxiliaryParameters)
    try container.encode(network.agrees(with: counts), forKey: .agrees)
    let claims = network.claims.map { claim in
      Claim(
        source: claim.source, parameters: claim.parameters?.description,
        parametersAgree: claim.parametersAgree(with: counts), multiplyAdds: claim.multiplyAdds?.description,
        multiplyAddsAgree: claim.multiplyAddsAgree(with: counts))
    }
    try container.encode(claims, forKey: .published)
    try container.encode(network.notes.map(\.rawValue), forKey: .notes)
  }
}
