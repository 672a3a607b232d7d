import SearchSpace

/// Drop-path scheduled by depth and time: every path of every image is left out at random, the more often the deeper its
/// cell lies and the longer the training has gone on (Zoph et al. 2018, section 3.2 and appendix A.5; the numbers are those
/// of slim `nasnet_utils.py`, `_apply_drop_path`, version 3).
struct ScheduledDropPath: Sendable {
  /// The probability with which the last cell's paths are kept at the end.
  let finalKeep: Double
  /// The depth of each path, (c + 1) / T.
  let depths: [Double]

  /// The probability with which a path is kept after a share `progress` of all steps: 1 − progress · (1 − k), where
  /// k = 1 − depth · (1 − final).
  func keep(depth: Double, progress: Double) -> Double {
    let atTheEnd = 1 - depth * (1 - finalKeep)
    return 1 - min(1, progress) * (1 - atTheEnd)
  }

  /// Draws the factor of every path for `count` images: 0, or 1 / keep, so that the mean is 1 and nothing needs to be
  /// changed when the network is used. Image i draws for all paths from stream `firstStream + i`. The factor of a path and
  /// an image lies at path · count + image.
  func draw(
    _ factors: UnsafeMutablePointer<Float>, count: Int, progress: Double, random: RandomStream, firstStream: Int
  ) {
    for image in 0..<count {
      var stream = random.split("drop-path", firstStream + image)
      for (path, depth) in depths.enumerated() {
        let keep = keep(depth: depth, progress: progress)
        // ⌊keep + u⌋ of a uniform u is 1 with probability keep.
        let isKept = keep + stream.uniform() >= 1
        factors[path * count + image] = isKept ? Float(1 / keep) : 0
      }
    }
  }
}

/// Dropout on the features before the last layer (Srivastava et al., JMLR 2014), scaled in training as TensorFlow and PyTorch
/// do.
struct Dropout: Sendable {
  /// The share left out.
  let share: Double

  /// Draws the factor of every feature for `count` images: 0 with the probability `share`, else 1 / (1 − share). Image i
  /// draws from stream `firstStream + i`.
  func draw(
    _ factors: UnsafeMutablePointer<Float>, count: Int, features: Int, random: RandomStream, firstStream: Int
  ) {
    let kept = Float(1 / (1 - share))
    for image in 0..<count {
      var stream = random.split("dropout", firstStream + image)
      for feature in 0..<features { factors[image * features + feature] = stream.uniform() < share ? 0 : kept }
    }
  }
}
