/// Mean and spread of a sample.
public struct SampleSummary: Hashable, Sendable, Codable {
  /// How many values there are.
  public let count: Int
  /// Their mean; 0 of none.
  public let mean: Double
  /// Their standard deviation, with n − 1 in the denominator; 0 of fewer than two.
  public let deviation: Double

  /// Summarises values.
  public init(_ values: [Double]) {
    let mean = values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    self.mean = mean
    count = values.count
    deviation = values.count > 1 ? (squares / Double(values.count - 1)).squareRoot() : 0
  }
}
