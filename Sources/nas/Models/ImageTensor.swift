import Export
import Foundation
import SearchSpace

/// Normalised images as a tensor in a file: `images`, [batch, channels, rows, columns].
enum ImageTensor {
  /// The tensor's name.
  static let name = "images"
  /// The name of the answer: [batch, classes].
  static let answer = "logits"

  /// The images of a file in the engine's order: image after image, each rows × columns × channels.
  /// - Throws: `SafetensorsError`; `CommandError` when the file has no such tensor or one of another shape.
  static func read(_ path: String, for input: Shape) throws -> [Float] {
    let file = try SafetensorsFile(contentsOf: URL(fileURLWithPath: path))
    guard let tensor = file.tensors.first(where: { $0.name == name }) else {
      throw CommandError(.usage, "\(path) should have a tensor '\(name)', but has \(file.tensors.count) others.")
    }
    guard tensor.shape.count == 4, tensor.shape.dropFirst() == [input.channels, input.height, input.width] else {
      throw CommandError(
        .usage,
        "The tensor '\(name)' of \(path) should have the shape [any, \(input.channels), \(input.height), "
          + "\(input.width)], but has \(tensor.shape).")
    }
    return channelsLast(tensor.values, of: input)
  }

  /// Images [batch, channels, rows, columns] in the engine's order.
  static func channelsLast(_ values: [Float], of input: Shape) -> [Float] {
    move(values, input) { channelsFirst, channelsLast in (channelsLast, channelsFirst) }
  }

  /// Images in the engine's order as a tensor.
  static func tensor(_ images: [Float], of input: Shape) -> PortableTensor {
    PortableTensor(
      name: name, shape: [images.count / input.count, input.channels, input.height, input.width],
      values: move(images, input) { channelsFirst, channelsLast in (channelsFirst, channelsLast) })
  }

  private static func move(_ values: [Float], _ input: Shape, places: (Int, Int) -> (to: Int, from: Int)) -> [Float] {
    let pixels = input.height * input.width
    var result = [Float](repeating: 0, count: values.count)
    for image in stride(from: 0, to: values.count, by: input.count) {
      for channel in 0..<input.channels {
        for pixel in 0..<pixels {
          let pair = places(image + channel * pixels + pixel, image + pixel * input.channels + channel)
          result[pair.to] = values[pair.from]
        }
      }
    }
    return result
  }
}
