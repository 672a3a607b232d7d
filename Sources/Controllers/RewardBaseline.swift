/// The exponential moving average of rewards that is subtracted from a reward to give its advantage.
public struct RewardBaseline: Hashable, Sendable {
  /// The two orders found in published controllers.
  public enum Order: String, Codable, Hashable, Sendable, CaseIterable {
    /// The advantage is taken against the average of the rewards before this one; the first advantage is zero.
    /// The baseline is then independent of the action, as the policy gradient theorem asks (Williams 1992).
    case advantageFirst
    /// The average takes the reward in first, then the advantage is taken (ENAS, Pham et al., ICML 2018;
    /// NAS-Bench-201, Dong and Yang, ICLR 2020): every advantage shrinks by the average's weight.
    case averageFirst
  }

  /// The weight of the past, in 0..<1.
  public let weight: Double
  /// Which comes first.
  public let order: Order
  private var sum = 0.0
  private var decay = 1.0

  /// Creates a baseline that has seen nothing.
  public init(weight: Double, order: Order) {
    self.weight = weight
    self.order = order
  }

  /// The average, nil before the first reward. It starts at zero and is divided by 1 − weight^n after n rewards, so
  /// that it is a true weighted mean from the first reward on (as in Adam; Kingma and Ba, ICLR 2015, section 3).
  public var value: Double? {
    decay < 1 ? sum / (1 - decay) : nil
  }

  /// Takes in the next reward and gives its advantage.
  public mutating func advantage(of reward: Double) -> Double {
    let before = value ?? reward
    sum = weight * sum + (1 - weight) * reward
    decay *= weight
    switch order {
    case .advantageFirst: return reward - before
    case .averageFirst: return reward - (value ?? reward)
    }
  }
}
