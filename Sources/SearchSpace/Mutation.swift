/// The mutations of regularized evolution (Real et al., AAAI 2019, "Methods").
///
/// Exactly one mutation is applied: identity with a small probability; otherwise the kind of decision is drawn
/// uniformly among the kinds the space has (hidden state, operation and, in spaces with several combiners, combiner),
/// one decision of that kind is drawn, and its choice is replaced by a different one. The paper does not say that the
/// old operation is excluded from the redraw; later implementations exclude it, and so does this one.
public struct Mutation: Hashable, Sendable {
  /// The probability that the child is an exact copy of its parent: 0.05 in the paper.
  public var identityProbability: Double

  /// Creates the mutation rule with the paper's probability of identity.
  public init(identityProbability: Double = 0.05) {
    self.identityProbability = identityProbability
  }

  /// A child of `parent`.
  public func child(of parent: Architecture, in space: some Space, using random: inout RandomStream) -> Architecture {
    if random.uniform() < identityProbability { return parent }
    let decisions = space.decisions
    let mutable = decisions.indices.filter { decisions[$0].options.count > 1 && decisions[$0].mutationWeight > 0 }
    let kinds = Decision.Kind.allCases.filter { kind in mutable.contains { decisions[$0].kind == kind } }
    guard !kinds.isEmpty else { return parent }
    let kind = kinds[random.integer(below: kinds.count)]
    let candidates = mutable.filter { decisions[$0].kind == kind }
    let decision = candidates[random.index(weights: candidates.map { decisions[$0].mutationWeight })]
    var child = parent
    let draw = random.integer(below: decisions[decision].options.count - 1)
    child.choices[decision] = draw < parent.choices[decision] ? draw : draw + 1
    return child
  }
}
