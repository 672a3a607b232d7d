import SearchSpace

/// Bits to be chosen one by one: the space of the toy problem in the notebook that accompanies Real et al. (AAAI 2019).
public struct BitsSpace: Space {
  /// `bits`.
  public let name = "bits"
  /// One decision for every bit.
  public let decisions: [Decision]

  /// Creates a space of so many bits.
  public init(_ count: Int) {
    decisions = (0..<count).map { Decision(name: "bit\($0)", kind: .operation, options: ["0", "1"]) }
  }

  /// Bits make no network.
  /// - Throws: `BitsError.noNetwork`, always.
  public func network(for architecture: Architecture, skeleton: Skeleton) throws -> Network {
    throw BitsError.noNetwork
  }

  /// The bits.
  /// - Throws: `ArchitectureError` when the choices do not fit.
  public func fingerprint(of architecture: Architecture) throws -> String {
    try validate(architecture)
    return architecture.choices.map(String.init).joined()
  }

  /// The share of ones.
  public func share(of architecture: Architecture) -> Double {
    Double(architecture.choices.reduce(0, +)) / Double(decisions.count)
  }
}

/// What a space of bits cannot do.
public enum BitsError: Error, Equatable, Sendable {
  /// There is no network behind bits.
  case noNetwork
}

extension BitsError: CustomStringConvertible {
  /// One sentence: what was expected, what was found, what to do.
  public var description: String {
    switch self {
    case .noNetwork:
      "A network was asked for, but the bits of the toy problem make none: use a space of cells."
    }
  }
}
