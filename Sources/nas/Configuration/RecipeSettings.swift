import ArgumentParser
import Evaluator

/// The settings of how a network is trained, besides those of `TrainingSettings` that every user needs.
enum RecipeSettings {
  /// What `--optimizer` names.
  enum Optimizer: String, CaseIterable {
    case nesterov, momentum, rmsprop
  }

  /// What `--schedule` names.
  enum ScheduleName: String, CaseIterable {
    case cosine, constant, exponential, step
  }

  /// The decay that the exponential schedule and the steps begin with: NASNet's on ImageNet (slim `nasnet.py`: 0.97 every
  /// 2.4 epochs).
  static let decay = TrainingPlan.Schedule.Decay(factor: 0.97, epochs: 2.4)

  /// The settings that `search` and `replay` share, with the defaults of `preset`.
  static func schema(_ preset: TrainingPlan) -> [Setting] {
    let decay = preset.schedule.decay ?? decay
    let rmsProp = preset.rmsProp ?? RMSProp()
    return [
      Setting(
        key: "schedule", defaultValue: preset.schedule.name.rawValue,
        help: "cosine (to zero), constant, exponential, or step (the same in stairs)."),
      Setting(
        key: "decay-factor", defaultValue: "\(decay.factor)",
        help: "exponential, step: what the learning rate is multiplied by."),
      Setting(key: "decay-epochs", defaultValue: "\(decay.epochs)", help: "exponential, step: in how many epochs."),
      Setting(
        key: "warm-up", defaultValue: optional(preset.warmUpEpochs),
        help: "For how many epochs the learning rate rises from zero, or none."),
      Setting(key: "optimizer", defaultValue: preset.optimizer.rawValue, help: "nesterov, momentum or rmsprop."),
      Setting(
        key: "momentum", defaultValue: "\(preset.momentum)", help: "The share of the velocity kept at each step."),
      Setting(
        key: "rms-decay", defaultValue: "\(rmsProp.decay)", help: "rmsprop: the share of the mean square that is kept."),
      Setting(
        key: "rms-epsilon", defaultValue: "\(rmsProp.epsilon)", help: "rmsprop: what is added to the mean square."),
      Setting(
        key: "average-decay", defaultValue: optional(preset.averageDecay),
        help: "The decay of the moving average of the weights that is measured and exported, or none."),
      Setting(
        key: "label-smoothing", defaultValue: optional(preset.labelSmoothing),
        help: "The share of the target that is spread over all classes, or none."),
      Setting(
        key: "dropout", defaultValue: optional(preset.dropout),
        help: "The share of the features before the last layer that is left out, or none."),
      Setting(
        key: "precision", defaultValue: (preset.precision ?? .float32).rawValue,
        help: "float32, or bf16: activations and their gradients are stored in half the memory while training."),
    ]
  }

  /// The settings of full trainings alone, with the defaults of `preset`.
  static func replaySchema(_ preset: TrainingPlan) -> [Setting] {
    [
      Setting(
        key: "drop-path-keep", defaultValue: optional(preset.dropPathKeep),
        help: "The probability with which drop-path keeps the last cell's paths at the end, or none."),
      Setting(
        key: "auxiliary-weight", defaultValue: optional(preset.auxiliaryWeight),
        help: "The weight of an auxiliary head's loss; none trains without that head."),
    ]
  }

  private static func optional(_ number: Double?) -> String { number.map { "\($0)" } ?? "none" }

  /// Puts the values of settings into a recipe.
  /// - Throws: `SettingError`.
  static func apply(_ settings: ResolvedSettings, to plan: inout TrainingPlan) throws {
    plan.schedule = try schedule(settings)
    plan.warmUpEpochs = try settings.numberOrNone("warm-up")
    plan.momentum = try settings.number("momentum", orZero: true)
    let optimizer = try settings.choice("optimizer", Optimizer.self)
    plan.nesterov = optimizer == .nesterov
    plan.rmsProp =
      optimizer == .rmsprop
      ? RMSProp(decay: try settings.number("rms-decay", orZero: true), epsilon: try settings.number("rms-epsilon"))
      : nil
    if optimizer != .rmsprop {
      try settings.expectUnset(
        ["rms-decay", "rms-epsilon"], expected: "the optimizer rmsprop", found: optimizer.rawValue)
    }
    plan.averageDecay = try settings.numberOrNone("average-decay")
    plan.labelSmoothing = try settings.numberOrNone("label-smoothing")
    plan.dropout = try settings.numberOrNone("dropout")
    plan.precision = try settings.choice("precision", Precision.self).inRecipes
  }

  /// Puts the values of the settings of full trainings into a recipe.
  /// - Throws: `SettingError`.
  static func applyReplay(_ settings: ResolvedSettings, to plan: inout TrainingPlan) throws {
    plan.dropPathKeep = try settings.numberOrNone("drop-path-keep")
    plan.auxiliaryWeight = try settings.numberOrNone("auxiliary-weight")
  }

  private static func schedule(_ settings: ResolvedSettings) throws -> TrainingPlan.Schedule {
    let name = try settings.choice("schedule", ScheduleName.self)
    switch name {
    case .cosine, .constant:
      try settings.expectUnset(
        ["decay-factor", "decay-epochs"], expected: "the schedule exponential or step", found: name.rawValue)
      return name == .cosine ? .cosine : .constant
    case .exponential, .step:
      let decay = TrainingPlan.Schedule.Decay(
        factor: try settings.number("decay-factor"), epochs: try settings.number("decay-epochs"))
      return name == .step ? .step(decay) : .exponential(decay)
    }
  }
}

extension ResolvedSettings {
  /// A finite number above 0, or nil for `none`.
  func numberOrNone(_ key: String) throws -> Double? { self[key].value == "none" ? nil : try number(key) }

  /// Requires that no flag sets what would have no effect. Experiment files and the environment may hold more than a command
  /// needs: `--print-config` lists every setting.
  func expectUnset(_ keys: [String], expected: String, found: String) throws {
    for key in keys where self[key].source == .flag {
      throw SettingError.malformed(origin: self[key].origin, expected: expected, found: found)
    }
  }
}

extension TrainingPlan.Schedule {
  fileprivate var name: RecipeSettings.ScheduleName {
    switch self {
    case .constant: .constant
    case .cosine: .cosine
    case .exponential: .exponential
    case .step: .step
    }
  }

  fileprivate var decay: Decay? {
    switch self {
    case .constant, .cosine: nil
    case .exponential(let decay), .step(let decay): decay
    }
  }
}

extension TrainingPlan {
  fileprivate var optimizer: RecipeSettings.Optimizer {
    if rmsProp != nil { return .rmsprop }
    return nesterov ? .nesterov : .momentum
  }
}

extension Precision {
  /// As recipes have it: nothing for single precision, so that those without it keep their identity.
  var inRecipes: Precision? { self == .float32 ? nil : self }

  /// As titles have it, behind what else they name: nothing for single precision.
  var inTitles: String { self == .float32 ? "" : ", \(rawValue)" }
}

extension Precision: ExpressibleByArgument {}
