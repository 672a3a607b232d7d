import Foundation
import SearchSpace

/// A generated data set of CIFAR-10's shapes: 32×32×3, ten classes of figures and textures that a small convolutional
/// network learns in minutes and a linear classifier of the pixels does not.
///
/// Image i of a part depends on the seed and i alone: a larger set begins with the smaller one.
public struct SyntheticData: Hashable, Sendable {
  /// The names of the classes, in the order of the labels.
  public static let classes = SyntheticPattern.allCases.map { "\($0)" }
  /// The most images of a part: they are held in memory, 3 KB each.
  public static let largestCount = 1_000_000
  /// Training images.
  public let trainingCount: Int
  /// Test images.
  public let testCount: Int
  /// The seed of the images.
  public let seed: UInt64

  /// Describes a set; nothing is generated yet.
  /// - Throws: `DatasetError.impossibleCount` unless `trainingCount` is a multiple of 50 and `testCount` one of 10: the
  ///   training images fill five files, and every file has as many images of each class; `.tooManyGenerated` above
  ///   `largestCount`.
  public init(trainingCount: Int = 10_000, testCount: Int = 2_000, seed: UInt64 = 0) throws {
    for (count, multiple) in [(trainingCount, 50), (testCount, 10)] {
      guard count <= SyntheticData.largestCount else {
        throw DatasetError.tooManyGenerated(requested: count, largest: SyntheticData.largestCount)
      }
      guard count > 0, count % multiple == 0 else {
        throw DatasetError.impossibleCount(requested: count, multiple: multiple)
      }
    }
    self.trainingCount = trainingCount
    self.testCount = testCount
    self.seed = seed
  }

  /// Generates the training images; the test images wait for `Dataset.loadTest`.
  public func dataset() -> Dataset {
    let training = trainingImages()
    var digest = MD5()
    for file in 0..<CIFAR10.trainingFiles.count {
      digest.update(trainingLayout.records(of: training, in: trainingLayout.range(ofFile: file)))
    }
    return Dataset(
      name: "synthetic", isSynthetic: true, classes: SyntheticData.classes, training: training,
      checksum: digest.hexadecimal, test: { testImages() })
  }

  /// Writes the set as files of CIFAR-10's names and layout; `batches.meta.txt` names the synthetic classes, by which
  /// the set is told from CIFAR-10.
  /// - Parameter folder: created if need be.
  /// - Throws: `DatasetError.alreadyThere` when one of the files exists, `.unwritable` when writing fails.
  public func write(to folder: URL) throws {
    let names = CIFAR10.trainingFiles + [CIFAR10.testFile, CIFAR10.namesFile]
    for name in names where FileManager.default.fileExists(atPath: folder.appendingPathComponent(name).path) {
      throw DatasetError.alreadyThere(file: folder.appendingPathComponent(name).path)
    }
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw DatasetError.unwritable(file: folder.path, reason: systemReason(error))
    }
    let training = trainingImages()
    for (file, name) in CIFAR10.trainingFiles.enumerated() {
      let records = trainingLayout.records(of: training, in: trainingLayout.range(ofFile: file))
      try write(Data(records), to: folder.appendingPathComponent(name))
    }
    let test = layout(recordsPerFile: testCount).records(of: testImages(), in: 0..<testCount)
    try write(Data(test), to: folder.appendingPathComponent(CIFAR10.testFile))
    let classes = SyntheticData.classes.joined(separator: "\n") + "\n"
    try write(Data(classes.utf8), to: folder.appendingPathComponent(CIFAR10.namesFile))
  }

  private func write(_ data: Data, to file: URL) throws {
    do {
      try data.write(to: file, options: .atomic)
    } catch {
      throw DatasetError.unwritable(file: file.path, reason: systemReason(error))
    }
  }

  private var trainingLayout: BinaryBatch {
    layout(recordsPerFile: trainingCount / CIFAR10.trainingFiles.count)
  }

  private func layout(recordsPerFile: Int) -> BinaryBatch {
    BinaryBatch(
      shape: Shape(height: SyntheticScene.side, width: SyntheticScene.side, channels: 3),
      recordsPerFile: recordsPerFile, classes: SyntheticData.classes.count)
  }

  private func trainingImages() -> ImageSet {
    images(trainingCount, of: RandomStream(seed: seed).split("synthetic training images"))
  }

  private func testImages() -> ImageSet {
    images(testCount, of: RandomStream(seed: seed).split("synthetic test images"))
  }

  /// The classes take turns, so that every file and every prefix is balanced.
  private func images(_ count: Int, of stream: RandomStream) -> ImageSet {
    let shape = Shape(height: SyntheticScene.side, width: SyntheticScene.side, channels: 3)
    let patterns = SyntheticPattern.allCases
    var pixels: [UInt8] = []
    pixels.reserveCapacity(count * shape.count)
    for index in 0..<count {
      var random = stream.split("image", index)
      let scene = SyntheticScene(patterns[index % patterns.count], random: &random)
      scene.draw(to: &pixels, random: &random)
    }
    let labels = (0..<count).map { UInt8($0 % patterns.count) }
    return ImageSet(shape: shape, pixels: pixels, labels: labels)
  }
}
