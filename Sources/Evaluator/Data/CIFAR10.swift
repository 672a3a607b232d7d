import Foundation
import SearchSpace

/// CIFAR-10 (Krizhevsky, "Learning multiple layers of features from tiny images", 2009): 50,000 training and 10,000
/// test images, 32×32×3, ten classes, read from the authors' binary files or straight from their archive.
public struct CIFAR10: Sendable {
  /// The names of the classes, in the order of the labels.
  public static let classes = [
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
  ]
  /// The folder inside the authors' archive.
  public static let folderName = "cifar-10-batches-bin"
  static let trainingFiles = (1...5).map { "data_batch_\($0).bin" }
  static let testFile = "test_batch.bin"
  static let namesFile = "batches.meta.txt"

  private let recordsPerFile: Int

  /// The data set as its authors published it: 10,000 records in each file.
  public init() {
    self.init(recordsPerFile: 10_000)
  }

  /// Tests read small files; nothing else may.
  init(recordsPerFile: Int) {
    self.recordsPerFile = recordsPerFile
  }

  private var layout: BinaryBatch {
    BinaryBatch(
      shape: Shape(height: 32, width: 32, channels: 3), recordsPerFile: recordsPerFile, classes: CIFAR10.classes.count)
  }

  /// Reads the training images; the test images stay unread until `Dataset.loadTest`.
  /// - Parameter place: the folder with the files, a folder that holds `cifar-10-batches-bin`, or the authors' archive
  ///   `cifar-10-binary.tar.gz`, which is unpacked by the system's `tar` into a temporary folder.
  /// - Throws: `DatasetError`.
  public func read(_ place: URL) throws -> Dataset {
    var digest = MD5()
    let needed = CIFAR10.trainingFiles + [CIFAR10.namesFile]
    let training = try withFiles(needed, in: place) { folder in
      try checkNames(folder.appendingPathComponent(CIFAR10.namesFile))
      return try layout.read(CIFAR10.trainingFiles.map { folder.appendingPathComponent($0) }, digest: &digest)
    }
    return Dataset(
      name: "cifar10", isSynthetic: false, classes: CIFAR10.classes, training: training, checksum: digest.hexadecimal,
      test: { try readTest(place) })
  }

  /// Unpacks the authors' archive into an existing folder, where `cifar-10-batches-bin` appears.
  /// - Throws: `DatasetError.tarMissing` or `.archiveDamaged`.
  public static func unpack(_ archive: URL, into folder: URL) throws {
    try TarArchive(file: archive).unpack([], into: folder)
  }

  private func readTest(_ place: URL) throws -> ImageSet {
    var digest = MD5()
    return try withFiles([CIFAR10.testFile], in: place) { folder in
      try layout.read([folder.appendingPathComponent(CIFAR10.testFile)], digest: &digest)
    }
  }

  /// Calls `body` with the folder that holds the named files, unpacked for the time of the call if need be.
  private func withFiles<Result>(_ names: [String], in place: URL, body: (URL) throws -> Result) throws -> Result {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: place.path, isDirectory: &isFolder) else {
      throw DatasetError.notFound(path: place.path)
    }
    guard isFolder.boolValue else {
      return try TarArchive(file: place).withUnpacked(names.map { "\(CIFAR10.folderName)/\($0)" }) { unpacked in
        try body(unpacked.appendingPathComponent(CIFAR10.folderName))
      }
    }
    let inner = place.appendingPathComponent(CIFAR10.folderName)
    let folder = FileManager.default.fileExists(atPath: inner.path) ? inner : place
    let missing = names.filter { !FileManager.default.fileExists(atPath: folder.appendingPathComponent($0).path) }
    guard missing.isEmpty else {
      throw DatasetError.filesMissing(folder: folder.path, missing: missing, expected: names.count)
    }
    return try body(folder)
  }

  /// The synthetic data set has the same layout; its names keep it from being taken for CIFAR-10.
  private func checkNames(_ file: URL) throws {
    let text = String(decoding: try Data(reading: file), as: UTF8.self)
    let found = text.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { !$0.isEmpty }
    guard found == CIFAR10.classes else {
      throw DatasetError.wrongClasses(file: file.path, expected: CIFAR10.classes, found: found)
    }
  }
}
