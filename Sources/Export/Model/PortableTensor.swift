import SearchSpace

/// A tensor as PyTorch, ONNX and safetensors files lay it out.
public struct PortableTensor: Hashable, Sendable {
  /// Its name.
  public let name: String
  /// Its extents. Convolution kernels: [output channels, input channels / groups, height, width]; fully connected
  /// kernels: [outputs, inputs], the inputs being channels, rows, columns.
  public let shape: [Int]
  /// The scalars, the last extent innermost.
  public let values: [Float]

  /// Creates a tensor; `shape` must multiply to the number of values.
  public init(name: String, shape: [Int], values: [Float]) {
    precondition(shape.reduce(1, *) == values.count, "a value for every place of the tensor")
    self.name = name
    self.shape = shape
    self.values = values
  }
}

/// How a tensor of a network lies in files, and the way there and back.
struct PortableLayout {
  /// The extents in files.
  let shape: [Int]
  /// The extents in the network, by which values are moved, and for each extent in files which of these it is; nil where
  /// the layouts are the same.
  private let order: (extents: [Int], axes: [Int])?

  init(_ tensor: Tensor, of node: Network.Node, in network: Network) {
    switch (tensor.role, node.primitive) {
    case (.kernel, .convolution):
      order = (tensor.shape, [3, 2, 0, 1])
      shape = [3, 2, 0, 1].map { tensor.shape[$0] }
    case (.kernel, .linear):
      // The network flattens rows, columns, channels; the others flatten channels, rows, columns.
      let input = node.inputs.first.map { network.nodes[$0].shape } ?? network.inputShape
      order = ([input.height, input.width, input.channels, tensor.shape[1]], [3, 2, 0, 1])
      shape = [tensor.shape[1], tensor.shape[0]]
    case (.kernel, _), (.bias, _), (.scale, _), (.offset, _), (.runningMean, _), (.runningVariance, _):
      order = nil
      shape = tensor.shape
    }
  }

  /// Values of the network's layout in that of files.
  func toPortable(_ values: [Float]) -> [Float] {
    move(values) { place, source in (place, source) }
  }

  /// Values of the files' layout in the network's.
  func fromPortable(_ values: [Float]) -> [Float] {
    move(values) { place, source in (source, place) }
  }

  /// Visits every place of the files' layout together with its place in the network's.
  private func move(_ values: [Float], places: (Int, Int) -> (to: Int, from: Int)) -> [Float] {
    guard let (extents, axes) = order else { return values }
    var strides = [Int](repeating: 1, count: extents.count)
    for axis in extents.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * extents[axis + 1] }
    let (counts, steps) = (axes.map { extents[$0] }, axes.map { strides[$0] })
    var result = [Float](repeating: 0, count: values.count)
    var place = 0
    for a in 0..<counts[0] {
      for b in 0..<counts[1] {
        for c in 0..<counts[2] {
          for d in 0..<counts[3] {
            let pair = places(place, a * steps[0] + b * steps[1] + c * steps[2] + d * steps[3])
            result[pair.to] = values[pair.from]
            place += 1
          }
        }
      }
    }
    return result
  }
}
