/// The mean square that gradients are divided by: ms ← d·ms + (1 − d)·g², v ← m·v + rate · g / √(ms + ε), w ← w − v
/// (Tieleman and Hinton, Coursera lecture 6.5, 2012, in the form of TensorFlow 1's `RMSPropOptimizer`: ε inside the root, the
/// rate inside the velocity, and ms beginning at 1).
public struct RMSProp: Hashable, Sendable, Codable {
  /// d: the share of the old mean square kept at each step.
  public var decay: Double
  /// ε, added to the mean square.
  public var epsilon: Double

  /// Creates the numbers; the defaults are those of NASNet on ImageNet (Zoph et al. 2018, appendix A.7: 0.9 and 1.0).
  public init(decay: Double = 0.9, epsilon: Double = 1) {
    self.decay = decay
    self.epsilon = epsilon
  }

  func validate() throws {
    guard decay >= 0, decay < 1 else {
      throw TrainingPlanError.outOfRange(name: "RMSProp decay", range: "at least 0 and below 1", found: decay)
    }
    guard epsilon > 0, epsilon.isFinite else {
      throw TrainingPlanError.outOfRange(name: "RMSProp epsilon", range: "a finite number above 0", found: epsilon)
    }
  }
}
