import SearchSpace

/// What a controller suggests.
public struct Proposal: Hashable, Sendable {
  /// The suggested point of the space.
  public let architecture: Architecture
  /// The natural logarithm of the probability with which a stochastic policy took this architecture, when it has one.
  public let logProbability: Double?
  /// The index of the candidate it was made from, when there is one.
  public let parent: Int?

  /// Creates a proposal.
  public init(architecture: Architecture, logProbability: Double? = nil, parent: Int? = nil) {
    self.architecture = architecture
    self.logProbability = logProbability
    self.parent = parent
  }
}

/// A finished candidate, as a controller is told of it.
public struct Observation: Hashable, Sendable {
  /// The candidate's index; observations arrive in index order without gaps.
  public let index: Int
  /// What was proposed at that index.
  public let proposal: Proposal
  /// The reward, nil when the candidate failed.
  public let reward: Double?

  /// Creates an observation.
  public init(index: Int, proposal: Proposal, reward: Double?) {
    self.index = index
    self.proposal = proposal
    self.reward = reward
  }
}

/// A search algorithm as ask and tell.
///
/// `propose` is a pure function of what has been observed and of the random stream it is handed, so a history replayed
/// gives the same proposals. The stream belongs to the candidate (and the attempt, when a proposal was turned down).
public protocol Controller: Sendable {
  /// The controller's name, as on the command line.
  var name: String { get }
  /// Suggests the architecture of candidate `index`.
  func propose(index: Int, random: RandomStream) -> Proposal
  /// Learns from a finished candidate.
  mutating func observe(_ observation: Observation)
}
