import Evaluator
import Export
import Foundation

/// Which data set a run is on, as recorded with it.
struct DataReference: Codable, Hashable, Sendable {
  enum Name: String, Codable, CaseIterable, Sendable {
    case cifar10, synthetic
  }

  /// The data set.
  let name: Name
  /// The folder or archive of the files; absent for the built-in synthetic images.
  var place: String?
  /// How many synthetic training images are made; absent for files.
  let images: Int?
  /// The checksum of the training images; absent until they have been read.
  var checksum: String?

  /// Reads the training images.
  /// - Throws: `DatasetError`; `CommandError` when they are not the images the run was started with.
  func load() throws -> Dataset {
    let dataset =
      switch name {
      case .synthetic: try synthetic().dataset()
      case .cifar10: try CIFAR10().read(URL(fileURLWithPath: place ?? DataReference.defaultPlace))
      }
    guard checksum == nil || checksum == dataset.checksum else {
      throw CommandError(
        .data,
        "The \(dataset.name) images have the checksum \(dataset.checksum), but the run was started with images of "
          + "\(checksum ?? "none"): give the folder of those with --data.")
    }
    return dataset
  }

  private func synthetic() throws -> SyntheticData {
    guard let images else { return try SyntheticData() }
    return try SyntheticData(trainingCount: images, testCount: images / TrainingSettings.syntheticShare)
  }

  /// Reads the training images and splits them for a recipe.
  /// - Throws: as `load`; `DatasetError` or `TrainingPlanError` when there are not as many images as the recipe wants.
  func prepare(for plan: TrainingPlan, splitSeed: UInt64) throws -> TrainingData {
    let data = try TrainingData(load(), plan: plan, splitSeed: splitSeed)
    // The engine takes the number as an upper limit; whoever gives one here expects to get it.
    if let requested = plan.trainingImages, requested > data.split.training.count {
      throw DatasetError.subsetTooLarge(requested: requested, available: data.split.training.count)
    }
    return data
  }

  /// Looks for the images in another place from now on.
  /// - Throws: `CommandError` for the synthetic images, which are in no place.
  mutating func move(to place: String?) throws {
    guard let place else { return }
    guard name != .synthetic else { throw DataReference.builtIn }
    self.place = URL(fileURLWithPath: place).standardizedFileURL.path
  }

  /// Says why a place was given in vain.
  static var builtIn: CommandError {
    CommandError(
      .usage, "--data is for CIFAR-10, but the data set is synthetic, whose images are built in: leave it out.")
  }

  /// Where CIFAR-10 is looked for, and fetched to, unless told otherwise.
  static let defaultPlace = "data"
}

extension DataReference {
  /// The data set that a model was trained on, in its usual place.
  /// - Throws: `CommandError` when this version does not know it.
  init(_ training: ModelDescription.Training) throws {
    guard let name = Name(rawValue: training.dataset) else {
      throw CommandError(
        .usage,
        "The model was trained on '\(training.dataset)', but this version knows "
          + "\(Name.allCases.map(\.rawValue).joined(separator: " and ")).")
    }
    self.name = name
    place = name == .synthetic ? nil : DataReference.defaultPlace
    images = name == .synthetic ? training.syntheticImages : nil
    checksum = training.checksum
  }
}
