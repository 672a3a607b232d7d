import SearchSpace

/// How training images are varied: pad and crop, flip, cutout.
public struct Augmentation: Hashable, Sendable, Codable {
  /// Zeros added on every side before a random crop of the original size (He et al., CVPR 2016, section 4.2: 4).
  public var padding: Int
  /// Whether half of the images are mirrored left to right.
  public var flip: Bool
  /// The side of the square of zeros of cutout, nil for none (DeVries and Taylor, arXiv:1708.04552: 16 for CIFAR-10).
  public var cutout: Int?

  /// Creates an augmentation; the default is the usual one for CIFAR-10, without cutout.
  public init(padding: Int = 4, flip: Bool = true, cutout: Int? = nil) {
    precondition(padding >= 0 && (cutout ?? 1) > 0, "padding is not negative and a cutout has a positive side")
    self.padding = padding
    self.flip = flip
    self.cutout = cutout
  }

  /// Leaves images as they are.
  public static let none = Augmentation(padding: 0, flip: false)
}

/// Turns the bytes of images into the normalised floats a network reads, augmented or plain.
///
/// Padding and cutout write zeros after normalisation, that is the mean colour. Writing does not allocate.
public struct ImageTransform: Sendable {
  /// The shape of the images.
  public let shape: Shape
  /// What `writeAugmented` does.
  public let augmentation: Augmentation
  private let table: [Float]

  /// Creates a transform for images of `shape`, with one mean and deviation for each of its channels.
  public init(shape: Shape, normalization: Normalization, augmentation: Augmentation = Augmentation()) {
    precondition(normalization.mean.count == shape.channels, "a mean and a standard deviation for every channel")
    self.shape = shape
    self.augmentation = augmentation
    table = normalization.table()
  }

  /// Writes image `index`, normalised, to `output`: height × width × channels floats (NHWC).
  public func write(_ images: ImageSet, at index: Int, to output: UnsafeMutablePointer<Float>) {
    write(images, at: index, rowShift: 0, columnShift: 0, mirrored: false, to: output)
  }

  /// Writes image `index`, normalised and varied by `random`, to `output`: height × width × channels floats (NHWC).
  public func writeAugmented(
    _ images: ImageSet, at index: Int, to output: UnsafeMutablePointer<Float>, random: inout RandomStream
  ) {
    let positions = 2 * augmentation.padding + 1
    let rowShift = positions > 1 ? random.integer(below: positions) - augmentation.padding : 0
    let columnShift = positions > 1 ? random.integer(below: positions) - augmentation.padding : 0
    let mirrored = augmentation.flip && random.integer(below: 2) == 1
    write(images, at: index, rowShift: rowShift, columnShift: columnShift, mirrored: mirrored, to: output)
    if let side = augmentation.cutout {
      let row = random.integer(below: shape.height)
      let column = random.integer(below: shape.width)
      cut(side: side, row: row, column: column, from: output)
    }
  }

  /// Output pixel (r, c) is input pixel (r + rowShift, c' + columnShift), zero outside; c' counts from the right when
  /// mirrored.
  func write(
    _ images: ImageSet, at index: Int, rowShift: Int, columnShift: Int, mirrored: Bool,
    to output: UnsafeMutablePointer<Float>
  ) {
    precondition(images.shape == shape && index < images.count, "the image is of the transform's shape")
    let rowLength = shape.width * shape.channels
    images.pixels.withUnsafeBufferPointer { pixels in
      table.withUnsafeBufferPointer { table in
        guard let pixels = pixels.baseAddress, let table = table.baseAddress else { return }
        let image = pixels + index * shape.count
        for row in 0..<shape.height {
          let target = output + row * rowLength
          let source = row + rowShift
          if source < 0 || source >= shape.height {
            target.update(repeating: 0, count: rowLength)
          } else {
            writeRow(image + source * rowLength, shift: columnShift, mirrored: mirrored, table: table, to: target)
          }
        }
      }
    }
  }

  private func writeRow(
    _ source: UnsafePointer<UInt8>, shift: Int, mirrored: Bool, table: UnsafePointer<Float>,
    to target: UnsafeMutablePointer<Float>
  ) {
    let (width, channels) = (shape.width, shape.channels)
    // The output columns (before mirroring) whose source column lies inside the image.
    let first = min(max(0, -shift), width)
    let last = max(min(width, width - shift), first)
    let (before, after) = mirrored ? (width - last, first) : (first, width - last)
    target.update(repeating: 0, count: before * channels)
    (target + (width - after) * channels).update(repeating: 0, count: after * channels)
    var from = source + (first + shift) * channels
    var to = target + (mirrored ? width - 1 - first : first) * channels
    let step = mirrored ? -channels : channels
    for _ in first..<last {
      if channels == 3 {
        // Unrolled, the lookups overlap: twice as fast as the general loop.
        to[0] = table[Int(from[0])]
        to[1] = table[256 | Int(from[1])]
        to[2] = table[512 | Int(from[2])]
      } else {
        for channel in 0..<channels { to[channel] = table[channel << 8 | Int(from[channel])] }
      }
      from += channels
      to += step
    }
  }

  /// Zeroes the square of a side around a centre; it may hang over the border (DeVries and Taylor, section 3.2).
  func cut(side: Int, row: Int, column: Int, from output: UnsafeMutablePointer<Float>) {
    let (top, left) = (row - side / 2, column - side / 2)
    let columns = max(left, 0)..<min(left + side, shape.width)
    for row in max(top, 0)..<min(top + side, shape.height) {
      (output + (row * shape.width + columns.lowerBound) * shape.channels)
        .update(repeating: 0, count: columns.count * shape.channels)
    }
  }
}
