/// Which columns of a table hold what.
///
/// Codable as `{"architecture": "ops", "reward": {"name": "c10_val12", "unit": 0.01}, …}`.
public struct TabularColumns: Codable, Hashable, Sendable {
  /// A column of numbers.
  public struct Column: Codable, Hashable, Sendable {
    /// Its name in the table's first line.
    public var name: String
    /// What its numbers are multiplied with: 0.01 for percents, 1e6 for millions.
    public var unit: Double

    /// Creates a column.
    public init(_ name: String, unit: Double = 1) {
      self.name = name
      self.unit = unit
    }
  }

  /// The choices: a digit for every decision of the space, or numbers separated by spaces.
  public var architecture: String
  /// What a search maximises, as a share.
  public var reward: Column
  /// What the evaluation would have taken, in seconds.
  public var seconds: Column
  /// Trainable parameters.
  public var parameters: Column
  /// Multiply-adds for one image.
  public var multiplyAdds: Column
  /// What is reported of a search's answer, the most important last; no search sees it.
  public var reported: [Column]

  /// Creates a mapping.
  public init(
    architecture: String, reward: Column, seconds: Column, parameters: Column, multiplyAdds: Column, reported: [Column]
  ) {
    self.architecture = architecture
    self.reward = reward
    self.seconds = seconds
    self.parameters = parameters
    self.multiplyAdds = multiplyAdds
    self.reported = reported
  }

  /// NAS-Bench-201's CIFAR-10 table: the search sees the validation accuracy after 12 epochs and pays for these; the
  /// validation and test accuracy after 200 epochs are reported (Dong and Yang, ICLR 2020, section 5).
  public static let nasbench201 = TabularColumns(
    architecture: "ops", reward: Column("c10_val12", unit: 0.01), seconds: Column("est_cost12_s"),
    parameters: Column("params"), multiplyAdds: Column("mflops_c10", unit: 1e6),
    reported: [Column("c10_val200", unit: 0.01), Column("c10_test200", unit: 0.01)])
}
