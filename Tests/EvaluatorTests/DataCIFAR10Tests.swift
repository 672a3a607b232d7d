import Foundation
import SearchSpace
import Testing

@testable import Evaluator

/// Calls `body` with a new folder that is removed afterwards.
func withTemporaryFolder(_ body: (URL) throws -> Void) throws {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent("nas-test-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  try body(folder)
}

/// Small files in the authors' layout: three records a file.
@Suite struct DataCIFAR10Tests {
  let reader = CIFAR10(recordsPerFile: 3)
  let recordSize = 3073

  /// Record r of file f (the test file is the sixth) has the label (3f + r) mod 10 and bytes that follow from f, r and
  /// their place.
  private func bytes(file: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    for record in 0..<3 {
      bytes.append(UInt8((3 * file + record) % 10))
      for place in 0..<3072 { bytes.append(UInt8(truncatingIfNeeded: place * 31 + file * 7 + record)) }
    }
    return bytes
  }

  private func write(to folder: URL) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for (file, name) in (CIFAR10.trainingFiles + [CIFAR10.testFile]).enumerated() {
      try Data(bytes(file: file)).write(to: folder.appendingPathComponent(name))
    }
    // The authors' file ends with an empty line.
    let names = CIFAR10.classes.joined(separator: "\n") + "\n\n"
    try Data(names.utf8).write(to: folder.appendingPathComponent(CIFAR10.namesFile))
  }

  private func archive(_ folder: URL, as file: URL) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["tar", "-czf", file.path, "-C", folder.path, CIFAR10.folderName]
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
  }

  private func check(_ dataset: Dataset) throws {
    #expect(dataset.name == "cifar10" && !dataset.isSynthetic && dataset.classes[6] == "frog")
    #expect(dataset.training.labels == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4])
    var digest = MD5()
    for file in 0..<5 { digest.update(bytes(file: file)) }
    #expect(dataset.checksum == digest.hexadecimal)
    let records = [bytes(file: 0), bytes(file: 4)]
    for (image, record) in [(1, records[0][3073..<6146]), (14, records[1][6146...])] {
      let planes = Array(record.dropFirst())
      for (row, column, channel) in [(0, 0, 0), (0, 1, 0), (1, 0, 2), (31, 31, 2), (17, 5, 1)] {
        let found = dataset.training.pixels[image * 3072 + (row * 32 + column) * 3 + channel]
        #expect(found == planes[channel * 1024 + row * 32 + column])
      }
    }
    #expect(try dataset.loadTest().images.labels == [5, 6, 7])
  }

  @Test func readsFolderParentAndArchive() throws {
    try withTemporaryFolder { parent in
      let folder = parent.appendingPathComponent(CIFAR10.folderName)
      try write(to: folder)
      try check(reader.read(folder))
      try check(reader.read(parent))
      let file = parent.appendingPathComponent("cifar-10-binary.tar.gz")
      try archive(parent, as: file)
      try check(reader.read(file))
    }
  }

  /// A search reads the training files only: it works without the test file, and only a test misses it.
  @Test func searchNeedsNoTestFile() throws {
    try withTemporaryFolder { folder in
      try write(to: folder)
      try FileManager.default.removeItem(at: folder.appendingPathComponent(CIFAR10.testFile))
      let dataset = try reader.read(folder)
      #expect(dataset.training.count == 15)
      #expect(throws: DatasetError.filesMissing(folder: folder.path, missing: ["test_batch.bin"], expected: 1)) {
        try dataset.loadTest()
      }
    }
  }

  @Test func wantsTheAuthorsSizes() throws {
    try withTemporaryFolder { folder in
      try write(to: folder)
      let first = folder.appendingPathComponent("data_batch_1.bin").path
      #expect(throws: DatasetError.wrongSize(file: first, expected: 30_730_000, found: 9219)) {
        try CIFAR10().read(folder)
      }
    }
  }

  @Test(arguments: [0, 9218, 9220])
  func wrongSizesAreReported(size: Int) throws {
    try withTemporaryFolder { folder in
      try write(to: folder)
      let third = folder.appendingPathComponent("data_batch_3.bin")
      try Data(repeating: 1, count: size).write(to: third)
      #expect(throws: DatasetError.wrongSize(file: third.path, expected: 9219, found: size)) { try reader.read(folder) }
    }
  }

  @Test func wrongLabelsAreReported() throws {
    try withTemporaryFolder { folder in
      try write(to: folder)
      let second = folder.appendingPathComponent("data_batch_2.bin")
      var damaged = bytes(file: 1)
      damaged[2 * recordSize] = 11
      try Data(damaged).write(to: second)
      #expect(throws: DatasetError.wrongLabel(file: second.path, record: 2, label: 11, classes: 10)) {
        try reader.read(folder)
      }
    }
  }

  @Test func missingFilesAreReported() throws {
    try withTemporaryFolder { folder in
      let nowhere = folder.appendingPathComponent("nowhere")
      #expect(throws: DatasetError.notFound(path: nowhere.path)) { try reader.read(nowhere) }
      let all = CIFAR10.trainingFiles + [CIFAR10.namesFile]
      #expect(throws: DatasetError.filesMissing(folder: folder.path, missing: all, expected: 6)) {
        try reader.read(folder)
      }
      try write(to: folder)
      try FileManager.default.removeItem(at: folder.appendingPathComponent("data_batch_4.bin"))
      #expect(throws: DatasetError.filesMissing(folder: folder.path, missing: ["data_batch_4.bin"], expected: 6)) {
        try reader.read(folder)
      }
    }
  }

  /// Root may read everything, so a folder in the place of a file stands for a file that cannot be read.
  @Test(arguments: ["data_batch_5.bin", "batches.meta.txt"])
  func unreadableFilesAreReported(name: String) throws {
    try withTemporaryFolder { folder in
      try write(to: folder)
      let file = folder.appendingPathComponent(name)
      try FileManager.default.removeItem(at: file)
      try FileManager.default.createDirectory(at: file, withIntermediateDirectories: false)
      #expect(throws: DatasetError.unreadable(file: file.path, reason: "it is a folder")) { try reader.read(folder) }
    }
  }

  @Test func damagedArchivesAndAMissingTarAreReported() throws {
    try withTemporaryFolder { parent in
      try write(to: parent.appendingPathComponent(CIFAR10.folderName))
      let file = parent.appendingPathComponent("cifar-10-binary.tar.gz")
      try archive(parent, as: file)
      let whole = try Data(contentsOf: file)
      for damaged in [whole.prefix(whole.count / 2), Data("not an archive".utf8), Data()] {
        try damaged.write(to: file)
        let error = try #require(throws: DatasetError.self) { try reader.read(file) }
        guard case .archiveDamaged(file.path, _) = error else {
          Issue.record("\(error)")
          return
        }
      }
      #expect(throws: DatasetError.tarMissing(archive: file.path)) {
        try TarArchive(file: file, searchPath: [parent.path]).withUnpacked([]) { _ in }
      }
    }
  }
}
