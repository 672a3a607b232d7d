import SearchSpace

/// Evaluates candidates by looking them up in a table, through the same door as training.
public struct TabularEvaluator: Evaluating {
  /// The table.
  public let benchmark: TabularBenchmark

  /// Creates an evaluator.
  public init(_ benchmark: TabularBenchmark) {
    self.benchmark = benchmark
  }

  /// The row's reward, and as `Measurement.simulatedSeconds` what it would have cost; an architecture that has no row
  /// is an invalid candidate. What the table has to report is not in the measurement.
  public func evaluate(_ candidate: Candidate) async throws -> Outcome {
    guard let entry = benchmark[candidate.architecture] else {
      let choices = candidate.architecture.choices.map(String.init).joined(separator: " ")
      return .failed(Failure(kind: .invalid, reason: "The table has no row for the architecture \(choices)."))
    }
    return .measured(
      Measurement(
        reward: entry.reward, epochs: [], parameters: entry.parameters, multiplyAdds: entry.multiplyAdds,
        simulatedSeconds: entry.seconds))
  }
}
