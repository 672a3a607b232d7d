import SearchSpace

/// What the parts of a network own and cost: one part per first component of the node names (`stem`, `cell0`, …, `head`).
public struct NetworkSummary: Hashable, Sendable, Codable {
  /// One part.
  public struct Part: Hashable, Sendable, Codable {
    /// Its name.
    public let name: String
    /// The shape it hands on, for one image.
    public let output: Shape
    /// Trainable scalars.
    public let parameters: Int
    /// Scalars that are kept but not trained.
    public let buffers: Int
    /// Multiplications with a weight for one image.
    public let multiplyAdds: Int
  }

  /// The parts in the network's order.
  public let parts: [Part]
  /// Trainable scalars of all.
  public let parameters: Int
  /// Scalars of all that are kept but not trained.
  public let buffers: Int
  /// Multiplications with a weight for one image, of all.
  public let multiplyAdds: Int

  /// Sums a network up.
  public init(_ network: Network) {
    var order: [String] = []
    var nodes: [String: [Network.Node]] = [:]
    for node in network.nodes {
      let name = node.name.split(separator: ".").first.map(String.init) ?? node.name
      if nodes[name] == nil { order.append(name) }
      nodes[name, default: []].append(node)
    }
    parts = order.compactMap { name in
      guard let members = nodes[name], let last = members.last else { return nil }
      let tensors = members.flatMap(\.tensors)
      return Part(
        name: name, output: last.shape,
        parameters: tensors.filter(\.role.isTrainable).reduce(0) { $0 + $1.count },
        buffers: tensors.filter { !$0.role.isTrainable }.reduce(0) { $0 + $1.count },
        multiplyAdds: members.reduce(0) { $0 + $1.multiplyAdds })
    }
    parameters = network.parameterCount
    buffers = network.bufferCount
    multiplyAdds = network.multiplyAdds
  }

  /// The summary as an aligned table, a line each for the head, the parts and the total.
  public func tableLines(isASCII: Bool = false) -> [String] {
    var rows = [["part", "output", "parameters", "buffers", "multiply-adds"]]
    rows += parts.map { part in
      [
        part.name, isASCII ? CellRails.ascii(part.output.description) : part.output.description,
        part.parameters.grouped, part.buffers.grouped,
        part.multiplyAdds.grouped,
      ]
    }
    rows.append(
      [
        "total", "", parameters.grouped, buffers.grouped,
        multiplyAdds.grouped,
      ])
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      row.indices.map { column in
        let fill = String(repeating: " ", count: widths[column] - row[column].count)
        return column == 0 ? row[column] + fill : fill + row[column]
      }.joined(separator: "  ")
    }
  }
}
