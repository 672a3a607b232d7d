import SearchSpace

/// Random search: every decision of every candidate is drawn uniformly, and nothing is learned.
///
/// The baseline that every comparison needs (Zoph et al., CVPR 2018, section 4.4; Real et al., AAAI 2019, where all
/// models are drawn as in evolution's initial population).
public struct RandomSearch: Controller {
  /// `random`.
  public let name = "random"
  /// The space that is drawn from.
  public let space: any Space

  /// Creates random search over a space.
  public init(space: any Space) {
    self.space = space
  }

  /// A uniform draw; it depends on `random` alone.
  public func propose(index: Int, random: RandomStream) -> Proposal {
    var random = random
    return Proposal(architecture: space.sample(using: &random))
  }

  /// Does nothing: random search has no memory.
  public mutating func observe(_ observation: Observation) {}
}
