import SearchSpace

/// The reinforcement-learning controller: a policy over the decisions, taught by the rewards of finished candidates.
/// The policy is an LSTM (Zoph and Le, ICLR 2017; Zoph et al., CVPR 2018, section 3.1 and appendix A), or, with no
/// hidden units, one independent softmax for every decision (Ying et al., ICML 2019; Dong and Yang, ICLR 2020).
///
/// Finished candidates are gathered; every `candidatesPerUpdate` of them change the policy once. The objective is the
/// mean over the batch of the rule's term plus the entropy bonus; the reward is terminal and not discounted.
///
/// With several candidates in flight the policy that proposed one may be a few updates old. PPO's ratio accounts for
/// that, because it compares with the log-probability recorded in the proposal; REINFORCE takes the gradient of the
/// current policy and is slightly biased, as asynchronous policy gradients are. A proposal without a log-probability
/// (one this controller did not make) is compared with the policy at the time of the update.
public struct Reinforce: Controller {
  /// What one update did.
  public struct Update: Hashable, Sendable {
    /// The mean reward of the batch, failures at their set reward.
    public let meanReward: Double
    /// The entropy of the policy before the update, in nats: the mean over the batch of the summed entropies of the
    /// decisions along each architecture.
    public let entropy: Double
    /// The Euclidean norm of the first step's gradient.
    public let gradientNorm: Double
    /// The share of terms, over all epochs, that PPO's clipping stopped; 0 for REINFORCE.
    public let clippedShare: Double
    /// False when the gradient was not finite, so that the policy was left as it was.
    public let applied: Bool
  }

  private struct Sample: Sendable {
    let choices: [Int]
    let logProbability: Double?
    let reward: Double
    let advantage: Double
  }

  /// `rl`, or `reinforce` when the logits are independent.
  public var name: String { settings.controllerName }
  /// The settings.
  public let settings: ReinforceSettings
  /// The moving average of rewards.
  public private(set) var baseline: RewardBaseline
  /// How many updates have been made.
  public private(set) var updates = 0
  /// What the last update did.
  public private(set) var lastUpdate: Update?
  private(set) var policy: LSTMPolicy
  private var optimizer: Adam
  private var pending: [Sample] = []

  /// Creates the controller; `seed` decides the policy's initial parameters.
  /// - Throws: `SettingsError`.
  public init(space: any Space, settings: ReinforceSettings, seed: UInt64) throws {
    try settings.validate()
    try SettingsCheck.decisions(of: space)
    let options = space.decisions.map(\.options.count)
    self.settings = settings
    baseline = RewardBaseline(weight: settings.baselineWeight, order: settings.baselineOrder)
    policy = LSTMPolicy(
      options: options, hidden: settings.hiddenUnits, initialization: settings.initialization,
      random: RandomStream(seed: seed).split("policy parameters"))
    optimizer = Adam(count: policy.layout.count, learningRate: settings.learningRate)
  }

  /// How many trainable numbers the policy has.
  public var parameterCount: Int { policy.layout.count }

  /// Samples an architecture from the policy.
  public func propose(index: Int, random: RandomStream) -> Proposal {
    var random = random
    let trace = policy.sample(using: &random)
    return Proposal(architecture: Architecture(choices: trace.choices), logProbability: trace.logProbability)
  }

  /// The natural logarithm of the probability with which the policy would now take this architecture, which must lie
  /// in the space.
  public func logProbability(of architecture: Architecture) -> Double {
    policy.trace(of: architecture.choices).logProbability
  }

  /// Gathers a finished candidate and, when the batch is full, changes the policy. The candidate must lie in the space.
  public mutating func observe(_ observation: Observation) {
    var reward = settings.failureReward
    if let measured = observation.reward, measured.isFinite { reward = measured }
    pending.append(
      Sample(
        choices: observation.proposal.architecture.choices, logProbability: observation.proposal.logProbability,
        reward: reward, advantage: baseline.advantage(of: reward)))
    guard pending.count >= settings.candidatesPerUpdate else { return }
    let batch = pending
    pending = []
    update(with: batch)
  }

  private mutating func update(with batch: [Sample]) {
    updates += 1
    let before = batch.map { policy.trace(of: $0.choices) }
    let old = zip(batch, before).map { $0.logProbability ?? $1.logProbability }
    var epochs = 1
    if case .ppo(_, let count) = settings.rule { epochs = count }
    var clipped = 0
    var norm = 0.0
    for epoch in 0..<epochs {
      let traces = epoch == 0 ? before : batch.map { policy.trace(of: $0.choices) }
      let step = PolicyStep(rule: settings.rule, entropyWeight: settings.entropyWeight)
      let result = step.gradient(policy, traces, advantages: batch.map(\.advantage), oldLogProbabilities: old)
      clipped += result.clipped
      let length = result.gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
      if epoch == 0 { norm = length }
      // A reward so large that the gradient overflows must not turn the policy into NaN for good.
      guard length.isFinite else { break }
      optimizer.ascend(&policy.parameters, along: result.gradient)
    }
    let count = Double(batch.count)
    lastUpdate = Update(
      meanReward: batch.reduce(0) { $0 + $1.reward } / count,
      entropy: before.reduce(0) { $0 + $1.entropy(layout: policy.layout) } / count,
      gradientNorm: norm, clippedShare: Double(clipped) / (count * Double(epochs)), applied: norm.isFinite)
  }
}
