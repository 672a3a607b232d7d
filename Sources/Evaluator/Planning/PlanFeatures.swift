/// What a plan for training has steps for besides minimising the cross-entropy of the last output.
struct PlanFeatures: Hashable, Sendable {
  /// ε of label smoothing; 0 for none.
  var labelSmoothing = 0.0
  /// The weight of the auxiliary output's loss; 0 when the auxiliary head is left out.
  var auxiliaryWeight = 0.0
  /// Whether the paths that drop-path may leave out have a factor for every image.
  var dropsPaths = false
  /// Whether the features before the last layer have a factor each.
  var dropsFeatures = false

  /// None but the auxiliary head with its usual weight, where the network has one (slim `nasnet.py`: 0.4).
  static func standard(hasAuxiliaryHead: Bool) -> PlanFeatures {
    var features = PlanFeatures()
    if hasAuxiliaryHead { features.auxiliaryWeight = 0.4 }
    return features
  }
}

extension PlanFeatures {
  /// What a recipe asks for.
  init(_ plan: TrainingPlan) {
    labelSmoothing = plan.labelSmoothing ?? 0
    auxiliaryWeight = plan.auxiliaryWeight ?? 0
    dropsPaths = plan.dropPathKeep != nil
    dropsFeatures = plan.dropout != nil
  }
}
