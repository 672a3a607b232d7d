import SearchSpace

extension Network {
  /// Which nodes the last one depends on: not those of an auxiliary head.
  var usedByOutput: [Bool] {
    var used = [Bool](repeating: false, count: nodes.count)
    used[0] = true
    used[nodes.count - 1] = true
    for index in nodes.indices.reversed() where used[index] {
      for input in nodes[index].inputs { used[input] = true }
    }
    return used
  }
}
