/// The settings of the reinforcement-learning controller.
public struct ReinforceSettings: Codable, Hashable, Sendable {
  /// How a batch of finished candidates changes the policy.
  public enum Rule: Codable, Hashable, Sendable {
    /// One step along advantage · ∇ log π (Williams, Machine Learning 1992).
    case reinforce
    /// `epochs` steps along the gradient of PPO's clipped objective (Schulman et al. 2017, equation 7). The ratio is
    /// that of the probabilities of a whole architecture, which is the action: the reward comes once, at its end.
    case ppo(clip: Double, epochs: Int)
  }

  /// How parameters start.
  public enum Initialization: Codable, Hashable, Sendable {
    /// Uniform in ± the range.
    case uniform(range: Double)
    /// Normal with mean 0 and a standard deviation.
    case normal(deviation: Double)
  }

  /// Hidden units of the one-layer LSTM; with 0 there is no LSTM, and the logits of the decisions are independent.
  public var hiddenUnits: Int
  /// How parameters start.
  public var initialization: Initialization
  /// The update rule.
  public var rule: Rule
  /// How many finished candidates make an update.
  public var candidatesPerUpdate: Int
  /// Adam's step size.
  public var learningRate: Double
  /// The weight of the entropy bonus, summed over decisions, in reward per nat.
  public var entropyWeight: Double
  /// The weight of the past in the moving-average baseline.
  public var baselineWeight: Double
  /// Whether the advantage or the average comes first.
  public var baselineOrder: RewardBaseline.Order
  /// The reward of a failed candidate, and of one whose reward is not a finite number.
  public var failureReward: Double

  /// Creates settings; `validate` checks them.
  public init(
    hiddenUnits: Int = 100, initialization: Initialization = .uniform(range: 0.1), rule: Rule, candidatesPerUpdate: Int,
    learningRate: Double,
    entropyWeight: Double, baselineWeight: Double, baselineOrder: RewardBaseline.Order = .advantageFirst,
    failureReward: Double = 0
  ) {
    self.hiddenUnits = hiddenUnits
    self.initialization = initialization
    self.rule = rule
    self.candidatesPerUpdate = candidatesPerUpdate
    self.learningRate = learningRate
    self.entropyWeight = entropyWeight
    self.baselineWeight = baselineWeight
    self.baselineOrder = baselineOrder
    self.failureReward = failureReward
  }

  /// The published values (Zoph et al., CVPR 2018, appendix A): 100 units, ±0.1, PPO, 20 architectures per update,
  /// learning rate 0.00035, entropy 0.00001, baseline weight 0.95; for runs of 20,000 candidates.
  ///
  /// Not stated there, and so taken from elsewhere: clip 0.2 (the best of Schulman et al. 2017, table 1), 3 epochs
  /// (their table 5, the tasks with discrete actions), Adam, the order of baseline and advantage, failures as reward 0.
  public static let published = ReinforceSettings(
    rule: .ppo(clip: 0.2, epochs: 3), candidatesPerUpdate: 20, learningRate: 0.000_35, entropyWeight: 0.000_01,
    baselineWeight: 0.95)

  /// For runs of 50 to 500 candidates: REINFORCE, an update every 5 candidates, learning rate 0.01, baseline weight 0.9.
  ///
  /// Chosen by experiment on synthetic spaces of 6 and of 50 decisions, with interactions and noise, for 100 and 300
  /// candidates, 8 in flight. The published values stay at random search within 300 candidates, for they make 15 small
  /// steps. A rate of 0.0035 learns nothing yet within 100 candidates on 50 decisions, 0.02 settles too early, and PPO
  /// at the same rate was a little behind REINFORCE there. A batch of 1 did as well as 5; 5 makes a candidate cheaper.
  public static let small = ReinforceSettings(
    rule: .reinforce, candidatesPerUpdate: 5, learningRate: 0.01, entropyWeight: 0.000_1, baselineWeight: 0.9)

  /// For about a hundred candidates of a space of a few decisions: REINFORCE, 16 units, an update after every candidate,
  /// learning rate 0.008, entropy 0.01, baseline weight 0.9.
  ///
  /// Chosen by experiment on NAS-Bench-201's CIFAR-10 table among learning rates of 0.002 to 0.01 and entropies of 0 to
  /// 0.03: lower rates stay at random search, and without the entropy bonus one run in ten settles on a bad cell.
  public static let tabular = ReinforceSettings(
    hiddenUnits: 16, rule: .reinforce, candidatesPerUpdate: 1, learningRate: 0.008, entropyWeight: 0.01,
    baselineWeight: 0.9)

  /// The same with PPO: two epochs of every candidate at learning rate 0.01, clip 0.2. Batches of 4 and 8 with four
  /// epochs were a little behind.
  public static let tabularPPO = ReinforceSettings(
    hiddenUnits: 16, rule: .ppo(clip: 0.2, epochs: 2), candidatesPerUpdate: 1, learningRate: 0.01,
    entropyWeight: 0.01, baselineWeight: 0.9)

  /// REINFORCE with independent logits as the tabular papers use it (Dong et al., NATS-Bench, TPAMI 2021;
  /// AutoDL-Projects, `reinforce.py`): logits start at 1e-3 · N(0, 1), Adam, an update after every candidate, no entropy
  /// bonus, and a moving average of weight 0.9 that takes the reward in before the advantage is taken. Learning rate
  /// 0.01 gives their published numbers.
  public static let independent = ReinforceSettings(
    hiddenUnits: 0, initialization: .normal(deviation: 0.001), rule: .reinforce, candidatesPerUpdate: 1,
    learningRate: 0.01, entropyWeight: 0, baselineWeight: 0.9, baselineOrder: .averageFirst)

  /// The name of the controller with these settings, as on the command line.
  public var controllerName: String { hiddenUnits == 0 ? "reinforce" : "rl" }

  /// Checks every setting.
  /// - Throws: `SettingsError.outOfRange`.
  public func validate() throws {
    try SettingsCheck.atLeast(0, hiddenUnits, "hiddenUnits", "give 100 as published, or 0 for independent logits")
    try SettingsCheck.atLeast(1, candidatesPerUpdate, "candidatesPerUpdate", "give 20 as published")
    let spread =
      switch initialization {
      case .uniform(let range): range
      case .normal(let deviation): deviation
      }
    try SettingsCheck.number(
      spread, "initialization", "a number above 0 and at most 1", "give a range of 0.1 as published"
    ) { $0 > 0 && $0 <= 1 }
    try SettingsCheck.number(
      learningRate, "learningRate", "a number above 0 and at most 1", "give 0.00035 as published"
    ) { $0 > 0 && $0 <= 1 }
    try SettingsCheck.number(
      entropyWeight, "entropyWeight", "a number of at least 0", "give 0.00001 as published"
    ) { $0 >= 0 }
    try SettingsCheck.number(
      baselineWeight, "baselineWeight", "at least 0 and below 1", "give 0.95 as published"
    ) { $0 >= 0 && $0 < 1 }
    try SettingsCheck.number(failureReward, "failureReward", "a finite number", "give 0") { _ in true }
    if case .ppo(let clip, let epochs) = rule {
      try SettingsCheck.number(clip, "clip", "above 0 and below 1", "give 0.2") { $0 > 0 && $0 < 1 }
      try SettingsCheck.atLeast(1, epochs, "epochs", "give 3")
    }
  }
}
