/// How the time of training steps divides, in seconds.
public struct StepParts: Hashable, Sendable {
  /// Assembling and varying the images.
  public var assembling = 0.0
  /// Packing the weights, forward, loss and backward.
  public var propagating = 0.0
  /// The gradient's norm, clipping and the update of the weights.
  public var updating = 0.0

  /// Creates a division.
  public init(assembling: Double = 0, propagating: Double = 0, updating: Double = 0) {
    self.assembling = assembling
    self.propagating = propagating
    self.updating = updating
  }

  /// Adds the time that `body` takes to a part.
  static func time<Result>(_ part: inout Double, _ body: () -> Result) -> Result {
    let start = ContinuousClock.now
    let result = body()
    part += (ContinuousClock.now - start) / .seconds(1)
    return result
  }

  /// What has been added since an earlier state.
  public static func - (later: StepParts, earlier: StepParts) -> StepParts {
    StepParts(
      assembling: later.assembling - earlier.assembling, propagating: later.propagating - earlier.propagating,
      updating: later.updating - earlier.updating)
  }
}
