import SearchSpace

/// What has to be known of a model besides its weights: how its network is built, how images become its input, what its
/// outputs mean, and how it was made. Files of weights carry it as JSON.
public struct ModelDescription: Hashable, Sendable, Codable {
  /// The JSON's format.
  public static let format = "nas-model"
  /// The JSON's version.
  public static let version = 1

  /// The pair of cells.
  public var genotype: Genotype
  /// The network around them.
  public var skeleton: Skeleton
  /// The names of the classes, in the order of the outputs.
  public var classes: [String]
  /// The mean of each channel's pixels, 0...255, which is subtracted from them.
  public var pixelMean: [Double]
  /// The deviation of each channel's pixels, by which they are divided then.
  public var pixelDeviation: [Double]
  /// The version of the tool that made the weights.
  public var toolVersion: String
  /// Where the cells come from, when that is known.
  public var provenance: Provenance?
  /// How the weights were trained; nil for the random ones a training begins with.
  public var training: Training?

  /// How weights were trained and what they reached.
  public struct Training: Hashable, Sendable, Codable {
    /// The data set's name.
    public var dataset: String
    /// How many training images were generated, nil for a data set that was not.
    public var syntheticImages: Int?
    /// The checksum of the training images.
    public var checksum: String?
    /// The recipe in a line.
    public var recipe: String
    /// The seed of the weights and the order and variation of the images.
    public var seed: UInt64
    /// The seed of the choice of validation images.
    public var splitSeed: UInt64
    /// Images per step.
    public var batch: Int
    /// The kernels' instruction sets, which decide how sums are rounded.
    public var instructions: String
    /// The share of the validation images classified rightly, in 0...1.
    public var validationAccuracy: Double
    /// The share of the test images classified rightly, in 0...1; nil when it was not measured.
    public var testAccuracy: Double?
    /// How many test images there were.
    public var testImages: Int?

    /// Creates a record.
    public init(
      dataset: String, syntheticImages: Int? = nil, checksum: String? = nil, recipe: String, seed: UInt64,
      splitSeed: UInt64, batch: Int, instructions: String, validationAccuracy: Double, testAccuracy: Double? = nil,
      testImages: Int? = nil
    ) {
      self.dataset = dataset
      self.syntheticImages = syntheticImages
      self.checksum = checksum
      self.recipe = recipe
      self.seed = seed
      self.splitSeed = splitSeed
      self.batch = batch
      self.instructions = instructions
      self.validationAccuracy = validationAccuracy
      self.testAccuracy = testAccuracy
      self.testImages = testImages
    }
  }

  /// Creates a description.
  public init(
    genotype: Genotype, skeleton: Skeleton, classes: [String], pixelMean: [Double], pixelDeviation: [Double],
    toolVersion: String, provenance: Provenance? = nil, training: Training? = nil
  ) {
    self.genotype = genotype
    self.skeleton = skeleton
    self.classes = classes
    self.pixelMean = pixelMean
    self.pixelDeviation = pixelDeviation
    self.toolVersion = toolVersion
    self.provenance = provenance
    self.training = training
  }

  /// The network, without weights.
  /// - Throws: `GenotypeError`, `UnknownName`, `NetworkError`.
  public func network() throws -> Network { try Network(genotype: genotype, skeleton: skeleton) }
}
