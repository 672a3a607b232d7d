import Foundation
import SearchSpace
import Testing

@testable import Evaluator

@Suite struct DataSyntheticTests {
  /// Recorded runs depend on these images: the checksum must never change.
  @Test func imagesOfASeedNeverChange() throws {
    let dataset = try SyntheticData(trainingCount: 200).dataset()
    #expect(dataset.checksum == "c0497e79c6dcd625e37c402f0dd712f8")
    #expect(try dataset.loadTest() == SyntheticData(trainingCount: 50).dataset().loadTest())
  }

  @Test func seedsDifferAndLargerSetsBeginWithSmallerOnes() throws {
    let small = try SyntheticData(trainingCount: 50, testCount: 10).dataset()
    let large = try SyntheticData(trainingCount: 100, testCount: 10).dataset()
    let other = try SyntheticData(trainingCount: 50, testCount: 10, seed: 1).dataset()
    #expect(large.training.pixels.starts(with: small.training.pixels))
    #expect(small.training.pixels != other.training.pixels && small.checksum != other.checksum)
    #expect(try !small.training.pixels.starts(with: small.loadTest().images.pixels))
  }

  @Test func isLabelledSyntheticAndBalanced() throws {
    let dataset = try SyntheticData(trainingCount: 100, testCount: 20).dataset()
    #expect(dataset.isSynthetic && dataset.name == "synthetic" && dataset.classes.count == 10)
    #expect(dataset.shape == Shape(height: 32, width: 32, channels: 3))
    for label in 0..<10 { #expect(dataset.training.labels.filter { $0 == label }.count == 10) }
    #expect(try dataset.loadTest().images.count == 20)
  }

  @Test(arguments: [(0, 10, 0, 50), (60, 10, 60, 50), (-50, 10, -50, 50), (50, 15, 15, 10)])
  func countsThatDoNotFillTheFilesAreRefused(training: Int, test: Int, requested: Int, multiple: Int) {
    #expect(throws: DatasetError.impossibleCount(requested: requested, multiple: multiple)) {
      try SyntheticData(trainingCount: training, testCount: test)
    }
  }

  @Test func moreThanTheMemoryHoldsIsRefused() {
    let expected = DatasetError.tooManyGenerated(requested: 5_000_000_000_000_000_000, largest: 1_000_000)
    #expect(throws: expected) { try SyntheticData(trainingCount: 5_000_000_000_000_000_000) }
    #expect(throws: expected) { try SyntheticData(testCount: 5_000_000_000_000_000_000) }
  }

  /// The files hold the same images, byte for byte, and cannot be taken for CIFAR-10.
  @Test func writtenFilesHoldTheSet() throws {
    try withTemporaryFolder { folder in
      let synthetic = try SyntheticData(trainingCount: 100, testCount: 20)
      let inner = folder.appendingPathComponent("new/folder")
      try synthetic.write(to: inner)
      let dataset = synthetic.dataset()
      var digest = MD5()
      let layout = BinaryBatch(shape: dataset.shape, recordsPerFile: 20, classes: 10)
      let files = CIFAR10.trainingFiles.map { inner.appendingPathComponent($0) }
      #expect(try layout.read(files, digest: &digest) == dataset.training)
      #expect(digest.hexadecimal == dataset.checksum)
      let test = try layout.read([inner.appendingPathComponent(CIFAR10.testFile)], digest: &digest)
      #expect(try dataset.loadTest().images == test)
      #expect(
        throws: DatasetError.wrongClasses(
          file: inner.appendingPathComponent(CIFAR10.namesFile).path, expected: CIFAR10.classes,
          found: SyntheticData.classes)
      ) { try CIFAR10(recordsPerFile: 20).read(inner) }
      #expect(throws: DatasetError.alreadyThere(file: files[0].path)) { try synthetic.write(to: inner) }
    }
  }

  @Test func aFolderThatCannotBeMadeIsReported() throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("file")
      try Data([1]).write(to: file)
      let inner = file.appendingPathComponent("inside")
      let error = try #require(throws: DatasetError.self) {
        try SyntheticData(trainingCount: 50, testCount: 10).write(to: inner)
      }
      guard case .unwritable(inner.path, _) = error else {
        Issue.record("\(error)")
        return
      }
    }
  }

  /// No linear function of the pixels tells the classes apart: softmax regression stays near chance (10 %) on images
  /// it has not seen. (Outside the suite, on all pixels of 8,000 images: 19 %.)
  @Test func aLinearClassifierStaysNearChance() throws {
    let images = try SyntheticData(trainingCount: 700, testCount: 10).dataset().training
    let accuracy = LinearClassifier.heldOutAccuracy(images, training: 400)
    #expect(accuracy < 0.25, "held-out accuracy \(accuracy)")
  }

  /// The control: the same training finds a class that a white band at its own height gives away.
  @Test func theLinearClassifierLearnsWhatIsLinear() throws {
    let images = try SyntheticData(trainingCount: 700, testCount: 10).dataset().training
    var pixels = images.pixels
    for (index, label) in images.labels.enumerated() {
      for position in 0..<288 { pixels[index * 3072 + Int(label) * 288 + position] = 255 }
    }
    let marked = ImageSet(shape: images.shape, pixels: pixels, labels: images.labels)
    #expect(LinearClassifier.heldOutAccuracy(marked, training: 400) > 0.5)
  }
}

/// Softmax regression on 4×4 means of the pixels (8×8×3 inputs: enough for a figure's place, little enough for a test).
private enum LinearClassifier {
  static func heldOutAccuracy(_ images: ImageSet, training: Int) -> Double {
    let inputs = (0..<images.count).map { pooled(images, $0) }
    let size = inputs[0].count
    var weights = [[Float]](repeating: [Float](repeating: 0, count: size + 1), count: 10)
    for epoch in 0..<8 {
      var random = RandomStream(seed: UInt64(epoch))
      for index in random.permutation(training) {
        var scores = scores(weights, inputs[index])
        let highest = scores.max() ?? 0
        scores = scores.map { Float(exp(Double($0 - highest))) }
        let total = scores.reduce(0, +)
        for label in 0..<10 {
          let error = scores[label] / total - (label == Int(images.labels[index]) ? 1 : 0)
          for position in 0..<size { weights[label][position] -= 0.02 * error * inputs[index][position] }
          weights[label][size] -= 0.02 * error
        }
      }
    }
    let held = training..<images.count
    let right = held.filter { index in
      let scores = scores(weights, inputs[index])
      return scores.firstIndex(of: scores.max() ?? 0) == Int(images.labels[index])
    }
    return Double(right.count) / Double(held.count)
  }

  private static func scores(_ weights: [[Float]], _ input: [Float]) -> [Float] {
    weights.map { row in
      var sum = row[input.count]
      for position in 0..<input.count { sum += row[position] * input[position] }
      return sum
    }
  }

  private static func pooled(_ images: ImageSet, _ index: Int) -> [Float] {
    var sums = [Int](repeating: 0, count: 8 * 8 * 3)
    for row in 0..<32 {
      for column in 0..<32 {
        for channel in 0..<3 {
          sums[(row / 4 * 8 + column / 4) * 3 + channel] +=
            Int(images.pixels[index * 3072 + (row * 32 + column) * 3 + channel])
        }
      }
    }
    return sums.map { Float($0) / (16 * 64) - 2 }
  }
}
