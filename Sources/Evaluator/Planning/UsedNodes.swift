import SearchSpace

extension Network {
  /// Which nodes the last one depends on: not those of an auxiliary head.
  var usedByOutput: [Bool] { Network.needed(for: [0, nodes.count - 1], of: nodes) }
}
