import SearchSpace

/// How many of the operations that candidates chose are skip connections.
public struct SkipShare: Hashable, Sendable, Codable {
  /// The share among the candidates' operations, 0 to 1.
  public let share: Double
  /// The share among the operations of uniform draws.
  public let uniform: Double

  /// The share in records; nil without records, and in spaces that have no skip connection.
  init?(_ records: some Collection<CandidateRecord>, space: any Space) {
    let names = [Operation.identity.name, Operation.skipConnection.name]
    let operations = space.decisions.indices.filter { space.decisions[$0].kind == .operation }
    let uniform = operations.map { decision in
      let options = space.decisions[decision].options
      return Double(options.count { names.contains($0) }) / Double(options.count)
    }
    guard !records.isEmpty, uniform.contains(where: { $0 > 0 }) else { return nil }
    let skips = records.reduce(0) { sum, record in
      sum + operations.count { names.contains(space.decisions[$0].options[record.architecture.choices[$0]]) }
    }
    share = Double(skips) / Double(operations.count * records.count)
    self.uniform = uniform.reduce(0, +) / Double(operations.count)
  }
}
