import Evaluator
import Foundation

/// The settings of a training, shared by `search` and `replay`; their defaults are a preset of `TrainingPlan`.
enum TrainingSettings {
  /// One of how many synthetic training images is held out, and one test image for how many of them there is.
  static let syntheticShare = 5
  /// How many of CIFAR-10's 50,000 training images are held out (Zoph et al. 2018, appendix A.1).
  static let cifar10ValidationImages = 5000

  /// The smallest number of synthetic training images that is not below `count`: they come in multiples of 50.
  static func synthetic(atLeast count: Int) -> Int { (count + 49) / 50 * 50 }

  /// The settings with the defaults of `preset`.
  static func schema(_ preset: TrainingPlan) -> [Setting] {
    [
      Setting(key: "epochs", defaultValue: "\(preset.epochs)", help: "Passes over the training images."),
      Setting(
        key: "train-images", defaultValue: preset.trainingImages.map(String.init) ?? "all",
        help: "How many training images are used, or all that are not held out; of the synthetic ones all."),
      Setting(
        key: "validation-images", defaultValue: "",
        help: "How many training images are held out: 5000 or the preset's number; of the synthetic ones a fifth."),
      Setting(key: "split-seed", defaultValue: "0", help: "The seed that decides which images are held out."),
      Setting(key: "batch", defaultValue: "\(preset.batch)", help: "Images per step."),
      Setting(
        key: "learning-rate", defaultValue: "\(preset.learningRate)", help: "The peak of the learning rate."),
    ] + RecipeSettings.schema(preset) + [
      Setting(key: "weight-decay", defaultValue: "\(preset.weightDecay)", help: "Decay of the kernels' weights."),
      Setting(
        key: "clip-norm", defaultValue: "\(preset.clipNorm)", help: "The largest norm of all gradients together."),
      Setting(
        key: "cutout", defaultValue: preset.augmentation.cutout.map(String.init) ?? "none",
        help: "The side of the square that is cut out of every training image, or none."),
      Setting(
        key: "dataset", defaultValue: "cifar10",
        help: "cifar10, or synthetic: ten built-in classes of shapes, for trying the tool without data."),
      Setting(
        key: "synthetic-images", defaultValue: "10000",
        help: "How many synthetic training images are made: a multiple of 50; a fifth as many test images."),
      Setting(
        key: "data", defaultValue: DataReference.defaultPlace,
        help: "The folder with CIFAR-10's binary files, or the authors' archive."),
    ]
  }

  /// The recipe that settings describe, on top of a preset.
  /// - Throws: `SettingError`, `TrainingPlanError`.
  static func plan(_ settings: ResolvedSettings, preset: TrainingPlan) throws -> TrainingPlan {
    var plan = preset
    let isSynthetic = settings["dataset"].value == DataReference.Name.synthetic.rawValue
    plan.epochs = try settings.integer("epochs", in: TrainingPlan.Limits.epochs)
    plan.validationImages =
      try settings.optionalInteger("validation-images", in: TrainingPlan.Limits.validationImages)
      ?? (isSynthetic
        ? settings.integer("synthetic-images", in: 50...SyntheticData.largestCount) / syntheticShare
        : preset.validationImages ?? cifar10ValidationImages)
    // The synthetic data set is small; unless told otherwise, all of it is used.
    let usesAll = settings["train-images"].value == "all" || isSynthetic && settings["train-images"].source == .default
    plan.trainingImages =
      usesAll ? nil : try settings.integer("train-images", in: TrainingPlan.Limits.trainingImages)
    plan.batch = try settings.integer("batch", in: TrainingPlan.Limits.batch)
    plan.learningRate = try settings.number("learning-rate")
    try RecipeSettings.apply(settings, to: &plan)
    plan.weightDecay = try settings.number("weight-decay", orZero: true)
    plan.clipNorm = try settings.number("clip-norm")
    plan.augmentation.cutout =
      settings["cutout"].value == "none" ? nil : try settings.integer("cutout", in: TrainingPlan.Limits.cutout)
    try plan.validate()
    return plan
  }
}

extension DataReference {
  /// The data set that settings name.
  /// - Throws: `SettingError`, `CommandError`.
  init(_ settings: ResolvedSettings) throws {
    name = try settings.choice("dataset", Name.self)
    if name == .synthetic, settings["data"].source == .flag { throw DataReference.builtIn }
    if name == .cifar10, settings["synthetic-images"].source == .flag {
      throw SettingError.malformed(
        origin: "--synthetic-images", expected: "the data set synthetic", found: "--dataset cifar10")
    }
    images = name == .synthetic ? try settings.integer("synthetic-images", in: 50...SyntheticData.largestCount) : nil
    place = name == .synthetic ? nil : URL(fileURLWithPath: settings["data"].value).standardizedFileURL.path
    checksum = nil
  }
}

extension TrainingPlan {
  /// The recipe in a line, as exports and progress carry it.
  func summary(dataset: DataReference) -> String {
    let images = trainingImages.map { "\(Wording.count($0)) images" } ?? "all images"
    return
      "\(epochs) \(epochs == 1 ? "epoch" : "epochs") of \(images) of \(dataset.name.rawValue), batch \(batch), learning rate \(learningRate)"
      + extras.map { ", \($0)" }.joined()
  }

  /// What the recipe has besides the usual, in words.
  private var extras: [String] {
    let schedule: String? =
      switch schedule {
      case .cosine: nil
      case .constant: "constant"
      case .exponential(let decay): "times \(decay.factor) in \(decay.epochs) epochs"
      case .step(let decay): "times \(decay.factor) every \(decay.epochs) epochs"
      }
    return [
      schedule, warmUpEpochs.map { "warm-up of \($0) epochs" }, rmsProp.map { "RMSProp \($0.decay), \($0.epsilon)" },
      averageDecay.map { "averaged with \($0)" }, labelSmoothing.map { "label smoothing \($0)" },
      dropout.map { "dropout \($0)" }, dropPathKeep.map { "drop-path to \($0)" },
      auxiliaryWeight.map { "auxiliary weight \($0)" }, precision.map { "activations in \($0.rawValue)" },
    ].compactMap(\.self)
  }
}
