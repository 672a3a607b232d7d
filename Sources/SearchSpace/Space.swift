/// A search space: a sequence of categorical decisions, and the rule that turns choices into a network.
///
/// Controllers see only `decisions`; evaluators see only the `Network`.
public protocol Space: Sendable {
  /// The space's name, as on the command line.
  var name: String { get }
  /// The decisions in the order a sequential controller takes them.
  var decisions: [Decision] { get }
  /// The network of an architecture on a skeleton.
  /// - Throws: `ArchitectureError` when the choices do not fit; `NetworkError` when the skeleton does not.
  func network(for architecture: Architecture, skeleton: Skeleton) throws -> Network
  /// A text that is equal for two architectures only if they compute the same function (given corresponding weights):
  /// canonical under renaming of blocks, swapped operands of an add, and dead code. Stable across processes.
  /// - Throws: `ArchitectureError` when the choices do not fit.
  func fingerprint(of architecture: Architecture) throws -> String
  /// The architecture on one line, for people: as a genotype or in the notation of the space's paper.
  /// - Throws: `ArchitectureError` when the choices do not fit.
  func text(of architecture: Architecture) throws -> String
}

/// An architecture that does not fit its space.
public enum ArchitectureError: Error, Equatable, Sendable {
  /// The number of choices differs from the number of decisions.
  case wrongLength(expected: Int, found: Int)
  /// A choice lies outside its decision's options.
  case choiceOutOfRange(decision: String, options: Int, found: Int)
}

extension ArchitectureError: CustomStringConvertible {
  /// One sentence: what was expected and what was found.
  public var description: String {
    switch self {
    case .wrongLength(let expected, let found):
      "An architecture of this space has \(expected) choices, but \(found) were given."
    case .choiceOutOfRange(let decision, let options, let found):
      "Choice \(found) at \(decision) is out of range: it has \(options) options, 0 to \(options - 1)."
    }
  }
}

extension Space {
  /// Checks that every decision has a choice within its options.
  /// - Throws: `ArchitectureError`.
  public func validate(_ architecture: Architecture) throws {
    guard architecture.choices.count == decisions.count else {
      throw ArchitectureError.wrongLength(expected: decisions.count, found: architecture.choices.count)
    }
    for (decision, choice) in zip(decisions, architecture.choices) where !decision.options.indices.contains(choice) {
      throw ArchitectureError.choiceOutOfRange(
        decision: decision.name, options: decision.options.count, found: choice)
    }
  }

  /// The choices' names, for spaces without a notation of their own.
  public func text(of architecture: Architecture) throws -> String {
    try validate(architecture)
    return zip(decisions, architecture.choices).map { "\($0.name)=\($0.options[$1])" }.joined(separator: " ")
  }

  /// A uniform draw of every decision (random search and initial populations; Real et al. 2019).
  public func sample(using random: inout RandomStream) -> Architecture {
    Architecture(choices: decisions.map { random.integer(below: $0.options.count) })
  }
}
