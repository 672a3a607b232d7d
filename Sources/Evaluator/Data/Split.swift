import SearchSpace

/// Which of a data set's training images are trained on and which validate.
///
/// The images are drawn uniformly without regard to their class, as in the searches of Zoph et al. (CVPR 2018, appendix
/// A.1), which held back 5,000 random images of the 50,000; classes are therefore only roughly balanced.
public struct Split: Hashable, Sendable, Codable {
  /// Indices of the images to train on, in random order.
  public let training: [Int]
  /// Indices of the images to validate on, in random order.
  public let validation: [Int]

  /// Splits `count` images by a seed: `validation` of them (a tenth unless told otherwise: 5,000 of CIFAR-10's 50,000)
  /// for validation, the others for training. The same seed gives the same split everywhere.
  /// - Throws: `DatasetError.splitTooLarge` unless both parts get at least one image.
  public init(count: Int, validation: Int? = nil, seed: UInt64) throws {
    let held = validation ?? count / 10
    guard held > 0, held < count else { throw DatasetError.splitTooLarge(requested: held, available: count) }
    var stream = RandomStream(seed: seed).split("validation split")
    let order = stream.permutation(count)
    self.validation = Array(order[..<held])
    training = Array(order[held...])
  }

  private init(training: [Int], validation: [Int]) {
    self.training = training
    self.validation = validation
  }

  /// The same split with only the first `limit` training images, which are a random subset of them.
  /// - Throws: `DatasetError.subsetTooLarge` when there are fewer, or when `limit` is not positive.
  public func limited(toTraining limit: Int) throws -> Split {
    guard limit > 0, limit <= training.count else {
      throw DatasetError.subsetTooLarge(requested: limit, available: training.count)
    }
    return Split(training: Array(training[..<limit]), validation: validation)
  }
}
