import SearchSpace

/// How wide the blocks of a network's channels should be, where there are kernels for two widths.
///
/// It is a function of the network alone: results must not depend on the batch, the threads or the time. An auxiliary head
/// does not count, so that a trained network has the same blocks without it.
enum BlockWidth {
  /// The time a float takes in narrow blocks, as a multiple of that in blocks that fill a register. Measured with AVX-512
  /// on a Xeon of the Sapphire Rapids generation: separable convolutions of 16 and 32 channels, which leave no lane empty
  /// in either width, took 0.93 to 1.27 times as long, with stride 2 up to 1.4. Near the upper end, so that narrow blocks
  /// are chosen only where they gain.
  static let narrowCost = 1.25

  /// Whether narrow blocks are likely faster.
  static func prefersNarrow(_ network: Network, usual: Int, narrow: Int) -> Bool {
    Double(floats(network, lanes: narrow)) * narrowCost < Double(floats(network, lanes: usual))
  }

  /// The floats of all values that the network's output depends on, for one image, empty lanes included.
  static func floats(_ network: Network, lanes: Int) -> Int {
    zip(network.nodes, network.usedByOutput).reduce(0) { sum, entry in
      let (node, isUsed) = entry
      guard isUsed else { return sum }
      let blocks = (node.shape.channels + lanes - 1) / lanes
      return sum + node.shape.height * node.shape.width * blocks * lanes
    }
  }
}
