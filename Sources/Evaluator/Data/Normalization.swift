/// The mean and standard deviation of every channel, by which pixels are centred and scaled.
public struct Normalization: Hashable, Sendable, Codable {
  /// The mean of each channel, in pixel values 0...255.
  public let mean: [Double]
  /// The (population) standard deviation of each channel, in pixel values 0...255.
  public let standardDeviation: [Double]

  /// Creates a normalization from known statistics, in pixel values 0...255.
  public init(mean: [Double], standardDeviation: [Double]) {
    precondition(mean.count == standardDeviation.count, "a mean and a standard deviation for every channel")
    self.mean = mean
    self.standardDeviation = standardDeviation
  }

  /// The statistics of the images at `indices` (the training part of a split, so that nothing of the validation images
  /// leaks in). Exact: the sums are integers.
  public init(of images: ImageSet, at indices: [Int]) {
    let channels = images.shape.channels
    var sums = [UInt64](repeating: 0, count: channels)
    var squares = sums
    images.pixels.withUnsafeBufferPointer { pixels in
      for index in indices {
        let start = index * images.shape.count
        for channel in 0..<channels {
          var sum: UInt32 = 0
          var square: UInt64 = 0
          for position in stride(from: start + channel, to: start + images.shape.count, by: channels) {
            let value = UInt32(pixels[position])
            sum &+= value
            square &+= UInt64(value &* value)
          }
          sums[channel] += UInt64(sum)
          squares[channel] += square
        }
      }
    }
    let count = Double(max(indices.count * images.shape.height * images.shape.width, 1))
    mean = sums.map { Double($0) / count }
    standardDeviation = zip(sums, squares).map { sum, square in
      let mean = Double(sum) / count
      return max(Double(square) / count - mean * mean, 0).squareRoot()
    }
  }

  /// The normalised values of images given as bytes, channels innermost. A channel that never varies is only centred.
  public func applied(to pixels: [UInt8], channels: Int) -> [Float] {
    precondition(channels == mean.count, "a mean and a standard deviation for every channel")
    let table = table()
    return pixels.enumerated().map { table[$0 % channels * 256 + Int($1)] }
  }

  /// The normalised value of every pixel value, 256 for each channel in turn. A channel that never varies is only
  /// centred.
  func table() -> [Float] {
    zip(mean, standardDeviation).flatMap { mean, deviation in
      (0..<256).map { Float((Double($0) - mean) / (deviation > 0 ? deviation : 1)) }
    }
  }
}
