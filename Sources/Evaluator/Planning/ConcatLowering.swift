import SearchSpace

// Where the parts of a concat lie.
extension Lowering {
  /// Operands that are plainly stored and free are placed in their part of the result; the others are copied there.
  mutating func concat(_ inputs: [View], node: Network.Node) -> View {
    if isPacked(node) { return packedConcat(inputs, shape: node.shape) }
    var parts: [Int] = []
    for view in inputs {
      let point = points[view.point]
      let isFree = isPlain(view) && point.placement == nil && !point.isRows && !parts.contains(view.point)
      parts.append(isFree ? view.point : append(.copy, [view], point.shape, point.layout))
    }
    let layout = ChannelLayout(parts.map { points[$0].layout }, lanes: lanes)
    let output = append(.concat, parts.map { View(point: $0) }, node.shape, layout)
    var block = 0
    for part in parts {
      points[part].placement = (output, block)
      block += points[part].layout.blocks
    }
    return View(point: output)
  }

  /// Whether a concat's parts follow each other without gaps although they do not fill whole blocks: convolutions can write
  /// to any lane, as long as nobody else reads their part. Drop-path cannot: its copies are of whole vectors.
  private func isPacked(_ concat: Network.Node) -> Bool {
    let isGapless = concat.inputs.allSatisfy { network.nodes[$0].shape.channels % lanes == 0 }
    return !isGapless && Set(concat.inputs).count == concat.inputs.count
      && concat.inputs.allSatisfy { input in
        guard case .convolution(let convolution) = network.nodes[input].primitive else { return false }
        let channels = network.nodes[network.nodes[input].inputs[0]].shape.channels
        return consumers[input].count == 1 && !convolution.isDepthwise(inputChannels: channels)
          && !droppedNodes.contains(input)
      }
  }

  /// The lanes of a convolution's result: from lane 0 unless it is a part of a concat without gaps.
  func resultLayout(_ index: Int) -> ChannelLayout {
    let channels = network.nodes[index].shape.channels
    guard consumers[index].count == 1, case .concat = network.nodes[consumers[index][0]].primitive,
      isPacked(network.nodes[consumers[index][0]])
    else { return ChannelLayout(channels: channels, lanes: lanes) }
    let parts = network.nodes[consumers[index][0]].inputs
    let before = parts.prefix { $0 != index }.reduce(0) { $0 + network.nodes[$1].shape.channels }
    return ChannelLayout(channels: channels, lanes: lanes, offset: before % lanes)
  }

  private mutating func packedConcat(_ inputs: [View], shape: Shape) -> View {
    let layout = ChannelLayout(channels: shape.channels, lanes: lanes)
    let output = append(.concat, inputs, shape, layout)
    var channel = 0
    for input in inputs {
      points[input.point].placement = (output, channel / lanes)
      channel += points[input.point].shape.channels
    }
    return View(point: output)
  }
}
