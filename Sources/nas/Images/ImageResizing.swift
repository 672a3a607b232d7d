import SearchSpace

extension ImageFile {
  /// The bytes of the picture as a network of that input reads it: the largest centred part with the input's proportions,
  /// resized; for a network of one channel, its brightness.
  /// - Throws: `CommandError` when the network reads neither one channel nor three.
  func pixels(for input: Shape) throws -> [UInt8] {
    guard input.channels == 1 || input.channels == 3 else {
      throw CommandError(
        .usage, "The network reads \(input.channels) channels, but images have 3 (or 1, their brightness).")
    }
    let part = centredPart(rows: input.height, columns: input.width)
    let resized = self.resized(part, rows: input.height, columns: input.width)
    guard input.channels == 1 else { return resized }
    // Brightness as in ITU-R BT.601, section 2.5.1.
    return (0..<input.height * input.width).map { pixel in
      let values = resized[(3 * pixel)..<(3 * pixel + 3)].map(Double.init)
      return UInt8((0.299 * values[0] + 0.587 * values[1] + 0.114 * values[2]).rounded())
    }
  }

  /// A part of the picture, in pixels.
  struct Part: Equatable {
    let top: Double
    let left: Double
    let height: Double
    let width: Double
  }

  /// The largest part in the middle with the proportions of so many rows and columns.
  func centredPart(rows: Int, columns: Int) -> Part {
    let scale = min(Double(height) / Double(rows), Double(width) / Double(columns))
    let (partHeight, partWidth) = (scale * Double(rows), scale * Double(columns))
    return Part(
      top: (Double(height) - partHeight) / 2, left: (Double(width) - partWidth) / 2, height: partHeight,
      width: partWidth)
  }

  /// A part of the picture with so many rows and columns, by a triangular filter: linear interpolation when it grows, and
  /// when it shrinks the mean over as many pixels as fall on a new one, with weights that fall off linearly. A part that
  /// keeps its size keeps its pixels.
  func resized(_ part: Part, rows: Int, columns: Int) -> [UInt8] {
    let across = Resampling(from: width, start: part.left, extent: part.width, to: columns)
    let down = Resampling(from: height, start: part.top, extent: part.height, to: rows)
    // Columns first, only in the rows that are read.
    let used = down.first...down.last
    var narrow = [Double](repeating: 0, count: used.count * columns * 3)
    for (line, row) in used.enumerated() {
      for column in 0..<columns {
        let taps = across.taps[column]
        for (offset, weight) in taps.weights.enumerated() {
          let source = 3 * (row * width + taps.first + offset)
          for channel in 0..<3 {
            narrow[3 * (line * columns + column) + channel] += weight * Double(pixels[source + channel])
          }
        }
      }
    }
    var result: [UInt8] = []
    result.reserveCapacity(rows * columns * 3)
    for row in 0..<rows {
      let taps = down.taps[row]
      for place in 0..<columns * 3 {
        var value = 0.0
        for (offset, weight) in taps.weights.enumerated() {
          value += weight * narrow[(taps.first - down.first + offset) * columns * 3 + place]
        }
        result.append(UInt8(min(max(value.rounded(), 0), 255)))
      }
    }
    return result
  }
}

/// Along one axis: which pixels each new pixel is made of.
private struct Resampling {
  /// The pixels from `first` on and their shares, which add up to 1.
  struct Taps {
    let first: Int
    let weights: [Double]
  }

  let taps: [Taps]
  /// The first and the last pixel that is read.
  let first: Int
  let last: Int

  init(from size: Int, start: Double, extent: Double, to count: Int) {
    let scale = extent / Double(count)
    let reach = max(scale, 1)
    taps = (0..<count).map { index in
      let centre = start + (Double(index) + 0.5) * scale
      let first = min(max(Int((centre - reach + 0.5).rounded(.down)), 0), size - 1)
      let last = min(max(Int((centre + reach + 0.5).rounded(.down)) - 1, first), size - 1)
      let weights = (first...last).map { max(0, 1 - abs((Double($0) + 0.5 - centre) / reach)) }
      let sum = weights.reduce(0, +)
      return Taps(
        first: first, weights: sum > 0 ? weights.map { $0 / sum } : weights.map { _ in 1 / Double(weights.count) })
    }
    first = taps.map(\.first).min() ?? 0
    last = taps.map { $0.first + $0.weights.count - 1 }.max() ?? 0
  }
}
