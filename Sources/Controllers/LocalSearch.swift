import SearchSpace

/// Local search: hill climbing over single changes, with restarts (White et al., "Exploring the loss landscape in neural
/// architecture search", UAI 2021; den Ottelander et al., "Local search is a remarkably strong baseline for neural
/// architecture search", EMO 2021).
///
/// It begins at the best of a few random draws. Then untried neighbours of the centre, which differ from it in one
/// decision, are evaluated in random order; the first that is better becomes the centre. When none is, the search begins
/// anew elsewhere. A failed candidate is a neighbour that is not better.
///
/// With several candidates in flight some neighbours may be proposed twice, and results of an earlier centre still
/// arrive; whichever is better than the centre becomes it. What is remembered is the centre and its tried neighbours.
public struct LocalSearch: Controller {
  /// The point whose neighbours are tried.
  public struct Center: Hashable, Sendable {
    /// The candidate's index.
    public let index: Int
    /// Its architecture.
    public let architecture: Architecture
    /// Its reward, finite.
    public let reward: Double
  }

  /// `local-search`.
  public let name = "local-search"
  /// The space.
  public let space: any Space
  /// The settings.
  public let settings: LocalSearchSettings
  /// The point whose neighbours are tried; while random draws are being made, the best of them.
  public private(set) var center: Center?
  /// How often the search has begun anew.
  public private(set) var restarts = 0
  /// How many random draws are still to be made.
  private var draws: Int
  /// `tried[d][o]`: whether the neighbour with option o at decision d is known, or is the centre itself.
  private var tried: [[Bool]] = []

  /// Creates local search over a space.
  /// - Throws: `SettingsError`.
  public init(space: any Space, settings: LocalSearchSettings) throws {
    try settings.validate()
    try SettingsCheck.decisions(of: space)
    self.space = space
    self.settings = settings
    draws = settings.initialSamples
  }

  /// A random architecture at a beginning, then an untried neighbour of the centre.
  public func propose(index: Int, random: RandomStream) -> Proposal {
    var random = random
    guard draws == 0, let center else { return Proposal(architecture: space.sample(using: &random)) }
    let untried = tried.indices.flatMap { decision in
      tried[decision].indices.filter { !tried[decision][$0] }.map { (decision: decision, option: $0) }
    }
    let change = untried[random.integer(below: untried.count)]
    var neighbour = center.architecture
    neighbour.choices[change.decision] = change.option
    return Proposal(architecture: neighbour, parent: center.index)
  }

  /// Moves to a better candidate, or notes a neighbour as tried.
  public mutating func observe(_ observation: Observation) {
    let architecture = observation.proposal.architecture
    var found: Center?
    if let reward = observation.reward, reward.isFinite {
      found = Center(index: observation.index, architecture: architecture, reward: reward)
    }
    if draws > 0 {
      // What an earlier climb still brings in would lead back to where it ended.
      guard observation.proposal.parent == nil, let found else { return }
      if found.reward > center?.reward ?? -.infinity { center = found }
      draws -= 1
      if draws == 0, let center { move(to: center) }
      return
    }
    guard let center else { return }
    if let found, found.reward > center.reward {
      move(to: found)
    } else {
      note(architecture)
    }
    if tried.allSatisfy({ $0.allSatisfy { $0 } }) { restart() }
  }

  /// Makes a candidate the centre. Neighbours that differ from the old centre in the same decision are neighbours of
  /// the new one too, and known to be worse.
  private mutating func move(to next: Center) {
    let changed = center.map { difference(next.architecture, $0.architecture) } ?? []
    let kept = changed.count == 1 && !tried.isEmpty ? (decision: changed[0], tried: tried[changed[0]]) : nil
    tried = zip(space.decisions, next.architecture.choices).map { decision, choice in
      decision.options.indices.map { $0 == choice }
    }
    if let kept {
      for option in kept.tried.indices where kept.tried[option] { tried[kept.decision][option] = true }
    }
    center = next
  }

  private mutating func note(_ architecture: Architecture) {
    guard let center else { return }
    let changed = difference(architecture, center.architecture)
    if changed.count == 1 { tried[changed[0]][architecture.choices[changed[0]]] = true }
  }

  private mutating func restart() {
    restarts += 1
    center = nil
    tried = []
    draws = settings.initialSamples
  }

  /// The decisions in which two architectures differ.
  private func difference(_ left: Architecture, _ right: Architecture) -> [Int] {
    left.choices.indices.filter { left.choices[$0] != right.choices[$0] }
  }
}

/// The settings of local search.
public struct LocalSearchSettings: Codable, Hashable, Sendable {
  /// How many random architectures are evaluated at each beginning.
  public var initialSamples: Int

  /// Creates settings; `validate` checks them.
  public init(initialSamples: Int) {
    self.initialSamples = initialSamples
  }

  /// 10 draws, as in the authors' code (naszilla, `local_search`).
  public static let published = LocalSearchSettings(initialSamples: 10)

  /// Checks every setting.
  /// - Throws: `SettingsError.outOfRange`.
  public func validate() throws {
    try SettingsCheck.atLeast(1, initialSamples, "initialSamples", "give 10 as published")
  }
}
