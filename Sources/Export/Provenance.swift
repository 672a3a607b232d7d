/// Where a genotype comes from; written into its file so that what is exported says what was measured.
public struct Provenance: Hashable, Sendable, Codable {
  /// The validation accuracy the search measured, in 0...1.
  public var reward: Double?
  /// The seed of the candidate's evaluation.
  public var seed: UInt64?
  /// The recipe it was trained with.
  public var recipe: String?
  /// Trainable parameters of the measured network.
  public var parameters: Int?
  /// Multiply-adds of the measured network for one image.
  public var multiplyAdds: Int?
  /// The version of the tool that wrote the file.
  public var toolVersion: String?
  /// The run's name.
  public var run: String?
  /// The candidate's index in the run.
  public var candidate: Int?

  /// Creates a provenance; every part is optional.
  public init(
    reward: Double? = nil, seed: UInt64? = nil, recipe: String? = nil, parameters: Int? = nil,
    multiplyAdds: Int? = nil, toolVersion: String? = nil, run: String? = nil, candidate: Int? = nil
  ) {
    self.reward = reward
    self.seed = seed
    self.recipe = recipe
    self.parameters = parameters
    self.multiplyAdds = multiplyAdds
    self.toolVersion = toolVersion
    self.run = run
    self.candidate = candidate
  }
}
