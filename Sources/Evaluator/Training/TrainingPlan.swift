/// The recipe of a training: everything that decides its result besides the network, the data and the seed.
public struct TrainingPlan: Hashable, Sendable, Codable {
  /// Passes over the training images.
  public var epochs: Int
  /// Images per step; the last, incomplete batch of an epoch is left out.
  public var batch: Int
  /// The peak of the learning rate.
  public var learningRate: Double
  /// How the learning rate changes.
  public var schedule: Schedule
  /// For how many epochs the learning rate rises from 0 to its peak, nil for none (Goyal et al. 2017, section 2.2). Behind
  /// them it is the schedule's, which has gone on meanwhile.
  public var warmUpEpochs: Double?
  /// The share of the velocity kept at each step.
  public var momentum: Double
  /// Whether the step looks ahead along the velocity (Sutskever et al., ICML 2013). Without effect where `rmsProp` is set.
  public var nesterov: Bool
  /// What the gradients are divided by, nil for nothing: plain descent with momentum.
  public var rmsProp: RMSProp?
  /// λ of the decay λ·w added to the gradients of kernels, after clipping; biases and normalisations do not decay.
  public var weightDecay: Double
  /// The largest norm of all gradients together; longer ones are scaled down to it (Pascanu et al., ICML 2013).
  public var clipNorm: Double
  /// d of the moving average of weights and running statistics that accuracy is measured with and that is exported, nil
  /// for none; see `WeightAverage`.
  public var averageDecay: Double?
  /// ε of label smoothing, nil for none: the target is 1 − ε on the label plus ε / K on each of the K classes (Szegedy et
  /// al., CVPR 2016, section 7).
  public var labelSmoothing: Double?
  /// The share of the features before the last layer that is left out, nil for none (Srivastava et al., JMLR 2014).
  public var dropout: Double?
  /// The probability with which the last cell's paths are kept at the end of the training, nil for 1; see
  /// `ScheduledDropPath`.
  public var dropPathKeep: Double?
  /// The weight of the auxiliary head's loss beside the main one, nil for networks without that head (Szegedy et al.,
  /// CVPR 2015, section 5; slim `nasnet.py`: 0.4).
  public var auxiliaryWeight: Double?
  /// How values between the steps are stored, nil for single precision.
  public var precision: Precision?
  /// At most how many training images are used, nil for all.
  public var trainingImages: Int?
  /// How many of the training images are held out for validation, nil for a tenth (5,000 of CIFAR-10's 50,000).
  public var validationImages: Int?
  /// How training images are varied.
  public var augmentation: Augmentation

  /// Creates a recipe. The defaults are those of the released CIFAR models where they are independent of scale: momentum
  /// 0.9, weight decay 5e-4, gradient norm 5, cosine to zero, crop and flip (slim `nasnet.py`, CIFAR configuration; Zoph
  /// et al. 2018, appendix A.6; 5,000 validation images: appendix A.1). Batch 64 with a peak rate of 0.05 is for
  /// short trainings on a CPU: the paper's 0.025 at batch 32, scaled with the batch (Goyal et al. 2017).
  public init(
    epochs: Int, batch: Int = 64, learningRate: Double = 0.05, schedule: Schedule = .cosine, momentum: Double = 0.9,
    nesterov: Bool = true, weightDecay: Double = 5e-4, clipNorm: Double = 5, trainingImages: Int? = nil,
    validationImages: Int? = nil, augmentation: Augmentation = Augmentation()
  ) {
    self.epochs = epochs
    self.batch = batch
    self.learningRate = learningRate
    self.schedule = schedule
    self.momentum = momentum
    self.nesterov = nesterov
    self.weightDecay = weightDecay
    self.clipNorm = clipNorm
    self.trainingImages = trainingImages
    self.validationImages = validationImages
    self.augmentation = augmentation
  }

  /// Checks every number.
  /// - Throws: `TrainingPlanError`.
  public func validate() throws {
    try validateCounts()
    let positive = [("learningRate", learningRate), ("clipNorm", clipNorm)]
    for (name, value) in positive where !(value > 0 && value.isFinite) {
      throw TrainingPlanError.outOfRange(name: name, range: "a finite number above 0", found: value)
    }
    if !(weightDecay >= 0 && weightDecay.isFinite) {
      throw TrainingPlanError.outOfRange(
        name: "weightDecay", range: "a finite number of at least 0", found: weightDecay)
    }
    if !(momentum >= 0 && momentum < 1) {
      throw TrainingPlanError.outOfRange(name: "momentum", range: "at least 0 and below 1", found: momentum)
    }
    try schedule.validate()
    try rmsProp?.validate()
    try validateRegularization()
  }

  private func validateCounts() throws {
    let counts: [(String, Int?, ClosedRange<Int>)] = [
      ("epochs", epochs, Limits.epochs), ("batch", batch, Limits.batch),
      ("validationImages", validationImages, Limits.validationImages), ("cutout", augmentation.cutout, Limits.cutout),
    ]
    for case (let name, let found?, let range) in counts where !range.contains(found) {
      guard found >= range.lowerBound else { throw TrainingPlanError.notPositive(name: name, found: found) }
      throw TrainingPlanError.tooLarge(name: name, limit: range.upperBound, found: found)
    }
    if let trainingImages, trainingImages < batch {
      throw TrainingPlanError.fewerImagesThanBatch(images: trainingImages, batch: batch)
    }
    if let trainingImages, trainingImages > Limits.trainingImages.upperBound {
      throw TrainingPlanError.tooLarge(
        name: "trainingImages", limit: Limits.trainingImages.upperBound, found: trainingImages)
    }
    guard augmentation.padding >= Limits.padding.lowerBound else {
      throw TrainingPlanError.outOfRange(name: "padding", range: "at least 0", found: Double(augmentation.padding))
    }
    guard augmentation.padding <= Limits.padding.upperBound else {
      throw TrainingPlanError.tooLarge(
        name: "padding", limit: Limits.padding.upperBound, found: augmentation.padding)
    }
  }

  private func validateRegularization() throws {
    let shares = [
      ("averageDecay", averageDecay), ("labelSmoothing", labelSmoothing), ("dropout", dropout),
      ("dropPathKeep", dropPathKeep),
    ]
    for case (let name, let value?) in shares where !(value > 0 && value < 1) {
      throw TrainingPlanError.outOfRange(name: name, range: "above 0 and below 1", found: value)
    }
    for case (let name, let value?) in [("auxiliaryWeight", auxiliaryWeight), ("warmUpEpochs", warmUpEpochs)]
    where !(value > 0 && value.isFinite) {
      throw TrainingPlanError.outOfRange(name: name, range: "a finite number above 0", found: value)
    }
  }
}

extension TrainingPlan {
  /// The ranges of a recipe's whole numbers. Recipes are read from files, and products of larger numbers would overflow.
  /// Our choice, far beyond any published training.
  public enum Limits {
    /// Passes over the training images.
    public static let epochs = 1...100_000
    /// Images per step.
    public static let batch = 1...100_000
    /// Images that are trained on.
    public static let trainingImages = 1...10_000_000
    /// Images that are held out.
    public static let validationImages = 1...1_000_000
    /// Zeros on every side before the crop.
    public static let padding = 0...1000
    /// The side of the square of cutout.
    public static let cutout = 1...1000
  }
}

/// A recipe that cannot be followed.
public enum TrainingPlanError: Error, Equatable, Sendable {
  /// A count is not positive.
  case notPositive(name: String, found: Int)
  /// A count is beyond what can be computed with; see `TrainingPlan.Limits`.
  case tooLarge(name: String, limit: Int, found: Int)
  /// A number lies outside its range.
  case outOfRange(name: String, range: String, found: Double)
  /// There is not one full batch.
  case fewerImagesThanBatch(images: Int, batch: Int)
  /// The network and the data set differ.
  case dataDoesNotFit(expected: String, found: String)
  /// The network lacks what the recipe trains, or has what the recipe does not train.
  case networkDoesNotFit(expected: String, found: String)
}

extension TrainingPlanError: CustomStringConvertible {
  /// One sentence: what was expected, what was found.
  public var description: String {
    switch self {
    case .notPositive(let name, let found): "The recipe's \(name) must be at least 1, but is \(found)."
    case .tooLarge(let name, let limit, let found):
      "The recipe's \(name) must be at most \(limit), but is \(found)."
    case .outOfRange(let name, let range, let found): "The recipe's \(name) must be \(range), but is \(found)."
    case .fewerImagesThanBatch(let images, let batch):
      "Training needs at least one full batch of \(batch) images, but has \(images); use a smaller batch."
    case .dataDoesNotFit(let expected, let found):
      "The network is made for \(expected), but the data set has \(found)."
    case .networkDoesNotFit(let expected, let found):
      "The recipe needs a network with \(expected), but this one has \(found)."
    }
  }
}
