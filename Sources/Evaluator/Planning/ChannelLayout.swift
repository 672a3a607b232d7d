/// Where a value's channels lie among the lanes of its blocks: the kernels keep channels in blocks of as many floats as a
/// vector has, and every part of a concatenation begins with a block of its own.
struct ChannelLayout: Hashable, Sendable {
  /// Floats of a block.
  let lanes: Int
  /// The number of blocks.
  let blocks: Int
  /// `at[channel]` is the channel's lane, counted through all blocks.
  let at: [Int32]

  /// Neighbouring channels from lane `offset` of the first block.
  init(channels: Int, lanes: Int, offset: Int = 0) {
    self.lanes = lanes
    blocks = (offset + channels + lanes - 1) / lanes
    at = (0..<channels).map { Int32(offset + $0) }
  }

  /// Parts that follow each other, each from a block of its own.
  init(_ parts: [ChannelLayout], lanes: Int) {
    var at: [Int32] = []
    var blocks = 0
    for part in parts {
      at += part.at.map { $0 + Int32(blocks * lanes) }
      blocks += part.blocks
    }
    self.lanes = lanes
    self.blocks = blocks
    self.at = at
  }

  /// All lanes, those without a channel included.
  var width: Int { blocks * lanes }
  /// Whether some lanes hold no channel.
  var hasGaps: Bool { at.count < width }

  /// The shortest period of blocks of which only the last is not full, and how many channels that one holds; where there is
  /// none, one full block, which makes kernels multiply with some zeros.
  var parts: (blocks: Int, lastLanes: Int) {
    guard hasGaps else { return (1, lanes) }
    var used = [Int](repeating: 0, count: blocks)
    for lane in at {
      // Channels fill a block from its first lane on.
      guard Int(lane) % lanes == used[Int(lane) / lanes] else { return (1, lanes) }
      used[Int(lane) / lanes] += 1
    }
    guard let period = used.firstIndex(where: { $0 < lanes }).map({ $0 + 1 }), used[period - 1] > 0,
      blocks % period == 0, used.indices.allSatisfy({ used[$0] == used[$0 % period] })
    else { return (1, lanes) }
    return (period, used[period - 1])
  }
}
