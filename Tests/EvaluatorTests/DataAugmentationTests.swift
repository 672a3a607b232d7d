import SearchSpace
import Testing

@testable import Evaluator

@Suite struct DataAugmentationTests {
  let shape = Shape(height: 5, width: 7, channels: 3)

  private func images(_ count: Int) -> ImageSet {
    var random = RandomStream(seed: 1)
    let pixels = (0..<count * shape.count).map { _ in UInt8(random.integer(below: 256)) }
    return ImageSet(shape: shape, pixels: pixels, labels: [UInt8](repeating: 0, count: count))
  }

  /// What `body` writes; guard values behind the image catch writes past its end.
  private func written(_ body: (UnsafeMutablePointer<Float>) -> Void) -> [Float] {
    var output = [Float](repeating: 12345, count: shape.count + 8)
    output.withUnsafeMutableBufferPointer { buffer in
      if let base = buffer.baseAddress { body(base) }
    }
    #expect(output[shape.count...].allSatisfy { $0 == 12345 })
    return Array(output[..<shape.count])
  }

  /// Pixel by pixel: pad with zeros, crop, mirror.
  private func reference(_ plain: [Float], row: Int, column: Int, mirrored: Bool) -> [Float] {
    var result = [Float](repeating: 0, count: shape.count)
    for y in 0..<shape.height {
      for x in 0..<shape.width {
        let (fromY, fromX) = (y + row, (mirrored ? shape.width - 1 - x : x) + column)
        guard (0..<shape.height).contains(fromY), (0..<shape.width).contains(fromX) else { continue }
        for c in 0..<3 {
          result[(y * shape.width + x) * 3 + c] = plain[(fromY * shape.width + fromX) * 3 + c]
        }
      }
    }
    return result
  }

  @Test func everyShiftAndFlipEqualsPadCropMirror() {
    let set = images(2)
    let transform = ImageTransform(shape: shape, normalization: Normalization(of: set, at: [0, 1]))
    let plain = written { transform.write(set, at: 1, to: $0) }
    for row in -8...8 {
      for column in -8...8 {
        for mirrored in [false, true] {
          let found = written {
            transform.write(set, at: 1, rowShift: row, columnShift: column, mirrored: mirrored, to: $0)
          }
          #expect(
            found == reference(plain, row: row, column: column, mirrored: mirrored), "\(row) \(column) \(mirrored)")
        }
      }
    }
  }

  @Test func plainImagesAreCentredAndScaled() {
    let set = images(40)
    let transform = ImageTransform(shape: shape, normalization: Normalization(of: set, at: Array(0..<40)))
    var sums = [Double](repeating: 0, count: 3)
    var squares = sums
    for index in 0..<40 {
      for (position, value) in written({ transform.write(set, at: index, to: $0) }).enumerated() {
        sums[position % 3] += Double(value)
        squares[position % 3] += Double(value * value)
      }
    }
    let count = Double(40 * shape.height * shape.width)
    for channel in 0..<3 {
      #expect(abs(sums[channel] / count) < 1e-6)
      #expect(abs(squares[channel] / count - 1) < 1e-5)
    }
  }

  @Test func statisticsComeFromTheGivenImagesOnly() {
    let small = Shape(height: 1, width: 2, channels: 2)
    let set = ImageSet(shape: small, pixels: [10, 7, 20, 7, 255, 0, 255, 0], labels: [0, 1])
    let normalization = Normalization(of: set, at: [0])
    #expect(normalization == Normalization(mean: [15, 7], standardDeviation: [5, 0]))
    var output = [Float](repeating: 0, count: 4)
    let transform = ImageTransform(shape: small, normalization: normalization)
    output.withUnsafeMutableBufferPointer { if let base = $0.baseAddress { transform.write(set, at: 0, to: base) } }
    #expect(output == [-1, 0, 1, 0])
  }

  @Test func sameStreamSameImageAndEveryShiftOccurs() {
    let set = images(1)
    let transform = ImageTransform(
      shape: shape, normalization: Normalization(of: set, at: [0]), augmentation: Augmentation(padding: 1))
    let plain = written { transform.write(set, at: 0, to: $0) }
    var (first, second) = (RandomStream(seed: 3), RandomStream(seed: 3))
    var seen: Set<[Float]> = []
    for _ in 0..<400 {
      let image = written { transform.writeAugmented(set, at: 0, to: $0, random: &first) }
      #expect(image == written { transform.writeAugmented(set, at: 0, to: $0, random: &second) })
      seen.insert(image)
    }
    var expected: Set<[Float]> = []
    for row in -1...1 {
      for column in -1...1 {
        for mirrored in [false, true] {
          expected.insert(reference(plain, row: row, column: column, mirrored: mirrored))
        }
      }
    }
    #expect(expected.count == 18 && seen == expected)
  }

  @Test func noAugmentationLeavesTheImage() {
    let set = images(1)
    let normalization = Normalization(of: set, at: [0])
    let transform = ImageTransform(shape: shape, normalization: normalization, augmentation: .none)
    let plain = written { transform.write(set, at: 0, to: $0) }
    var random = RandomStream(seed: 4)
    for _ in 0..<20 {
      #expect(plain == written { transform.writeAugmented(set, at: 0, to: $0, random: &random) })
    }
  }

  @Test(arguments: [1, 2, 3, 4, 16])
  func cutoutZeroesTheSquareInsideTheImage(side: Int) {
    let set = images(1)
    let normalization = Normalization(mean: [-1, -1, -1], standardDeviation: [1, 1, 1])
    let transform = ImageTransform(shape: shape, normalization: normalization)
    for centreY in 0..<shape.height {
      for centreX in 0..<shape.width {
        let image = written {
          transform.write(set, at: 0, to: $0)
          transform.cut(side: side, row: centreY, column: centreX, from: $0)
        }
        let (top, left) = (centreY - side / 2, centreX - side / 2)
        for (position, value) in image.enumerated() {
          let (y, x) = (position / 3 / shape.width, position / 3 % shape.width)
          #expect((value == 0) == ((top..<top + side).contains(y) && (left..<left + side).contains(x)))
        }
      }
    }
  }

  @Test func augmentationCutsWhenAsked() {
    let set = images(1)
    let normalization = Normalization(mean: [-1, -1, -1], standardDeviation: [1, 1, 1])
    let transform = ImageTransform(
      shape: shape, normalization: normalization, augmentation: Augmentation(padding: 0, flip: false, cutout: 3))
    var random = RandomStream(seed: 5)
    let zeros = written { transform.writeAugmented(set, at: 0, to: $0, random: &random) }.filter { $0 == 0 }.count
    #expect((4 * 3...9 * 3).contains(zeros))
  }
}
