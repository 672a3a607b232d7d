/// A point of a search space: one choice per decision of the space. Plain data; the space gives it meaning.
public struct Architecture: Hashable, Sendable {
  /// `choices[d]` is the option taken at decision d, in 0..<options of that decision.
  public var choices: [Int]

  /// Creates an architecture from its choices.
  public init(choices: [Int]) {
    self.choices = choices
  }
}

extension Architecture: Codable {
  /// Encoded as a bare list of integers.
  public init(from decoder: any Decoder) throws {
    choices = try decoder.singleValueContainer().decode([Int].self)
  }

  /// Encodes the bare list of choices.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(choices)
  }
}

/// One categorical decision of a space.
public struct Decision: Hashable, Sendable {
  /// What a decision is about; mutation treats the kinds apart (Real et al. 2019, "Methods", mutations).
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    /// Which earlier state is read.
    case input
    /// Which operation is applied.
    case operation
    /// How two results are combined.
    case combiner
  }

  /// A readable name, such as `normal.block2.left.operation`.
  public let name: String
  /// What the decision is about.
  public let kind: Kind
  /// The names of the options; a choice is an index into them.
  public let options: [String]
  /// How likely the decision is to be the one mutated, relative to others of its kind.
  public let mutationWeight: Double

  /// Creates a decision.
  public init(name: String, kind: Kind, options: [String], mutationWeight: Double = 1) {
    self.name = name
    self.kind = kind
    self.options = options
    self.mutationWeight = mutationWeight
  }
}
