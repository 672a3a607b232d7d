import Foundation
import SearchSpace

/// The binary layout of CIFAR-10's authors (https://www.cs.toronto.edu/~kriz/cifar.html, "Binary version"): records
/// of one label byte and the image's red, green and blue planes, each row by row.
struct BinaryBatch {
  /// The shape of every image.
  let shape: Shape
  /// Records in a file.
  let recordsPerFile: Int
  /// The number of classes.
  let classes: Int

  /// Bytes of one record.
  var recordSize: Int { 1 + shape.count }
  /// Bytes of one file.
  var fileSize: Int { recordsPerFile * recordSize }

  /// The images that lie in a file, counted from 0.
  func range(ofFile file: Int) -> Range<Int> { file * recordsPerFile..<(file + 1) * recordsPerFile }

  /// Reads files into one set, adding their bytes to `digest`.
  func read(_ files: [URL], digest: inout MD5) throws -> ImageSet {
    var labels: [UInt8] = []
    labels.reserveCapacity(files.count * recordsPerFile)
    var pixels = [UInt8](repeating: 0, count: files.count * recordsPerFile * shape.count)
    for (position, file) in files.enumerated() {
      let bytes = try contents(of: file)
      try bytes.withUnsafeBytes { records in
        digest.update(records)
        try appendLabels(records, of: file, to: &labels)
        pixels.withUnsafeMutableBytes { pixels in
          let size = recordsPerFile * shape.count
          interleave(
            records, to: UnsafeMutableRawBufferPointer(rebasing: pixels[position * size..<(position + 1) * size]))
        }
      }
    }
    return ImageSet(shape: shape, pixels: pixels, labels: labels)
  }

  /// The records of images in this layout.
  func records(of images: ImageSet, in range: Range<Int>) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(range.count * recordSize)
    for index in range {
      bytes.append(images.labels[index])
      for channel in 0..<shape.channels {
        let start = index * shape.count + channel
        for position in stride(from: start, to: (index + 1) * shape.count, by: shape.channels) {
          bytes.append(images.pixels[position])
        }
      }
    }
    return bytes
  }

  private func contents(of file: URL) throws -> Data {
    // The size is looked at before reading: a wrong file may be huge.
    let attributes = try? FileManager.default.attributesOfItem(atPath: file.path)
    if attributes?[.type] as? FileAttributeType == .typeRegular, let found = attributes?[.size] as? Int,
      found != fileSize
    {
      throw DatasetError.wrongSize(file: file.path, expected: fileSize, found: found)
    }
    let data = try Data(reading: file)
    guard data.count == fileSize else {
      throw DatasetError.wrongSize(file: file.path, expected: fileSize, found: data.count)
    }
    return data
  }

  private func appendLabels(_ records: UnsafeRawBufferPointer, of file: URL, to labels: inout [UInt8]) throws {
    for record in 0..<recordsPerFile {
      let label = records[record * recordSize]
      guard label < classes else {
        throw DatasetError.wrongLabel(file: file.path, record: record, label: Int(label), classes: classes)
      }
      labels.append(label)
    }
  }

  private func interleave(_ records: UnsafeRawBufferPointer, to pixels: UnsafeMutableRawBufferPointer) {
    guard let records = records.baseAddress, let pixels = pixels.baseAddress else { return }
    let source = records.assumingMemoryBound(to: UInt8.self)
    let target = pixels.assumingMemoryBound(to: UInt8.self)
    let (plane, channels) = (shape.height * shape.width, shape.channels)
    for record in 0..<recordsPerFile {
      let image = target + record * shape.count
      for channel in 0..<channels {
        let values = source + record * recordSize + 1 + channel * plane
        for position in 0..<plane { image[position * channels + channel] = values[position] }
      }
    }
  }
}
