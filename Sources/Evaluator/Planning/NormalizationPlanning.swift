import SearchSpace

extension Planner {
  /// Gives every normalisation its places, and its sums to the operations that make its operand.
  mutating func planNormalizations() {
    let total = lowering.normalizations.reduce(0) { $0 + lowering.points[$1.of].layout.width }
    fixed.sumsOffset = FixedArea.aligned(NormalizationSlot.kinds * total)
    var coefficients = 0
    var nextSums = fixed.sumsOffset
    for (index, (node, norm, stored)) in lowering.normalizations.enumerated() {
      let value = lowering.points[stored]
      let width = value.layout.width
      let sumsCount = pieces * 2 * width
      normalizations.append(
        NormalizationSlot(
          channels: value.shape.channels, width: width, at: note(value.layout.at), pixels: pixels(of: stored),
          epsilon: norm.epsilon, momentum: norm.momentum, gamma: layout.offset(node: node, tensor: 0),
          beta: layout.offset(node: node, tensor: 1), runningMean: layout.offset(node: node, tensor: 2),
          runningVariance: layout.offset(node: node, tensor: 3), coefficients: coefficients, forwardSums: nextSums,
          backwardSums: nextSums + sumsCount))
      isFolded.append(mode == .inference && canFold(stored))
      if mode == .training { requestSums(of: stored, for: index) }
      coefficients += NormalizationSlot.kinds * width
      nextSums += 2 * sumsCount
    }
    fixed.sumsCount = nextSums - fixed.sumsOffset
  }

  /// Whether the running statistics can be multiplied into the weights that make a stored point: nobody else reads it, and
  /// no other convolution writes into its blocks.
  private func canFold(_ point: Int) -> Bool {
    let value = lowering.points[point]
    guard value.readers == 1, value.producer >= 0, value.layout.at.first == 0 else { return false }
    switch lowering.operations[value.producer].kind {
    case .convolution, .separable: return true
    case .depthwise, .pooling, .add, .copy, .relayout, .concat, .normalize, .globalAveragePool, .linear, .flatten,
      .unflatten:
      return false
    }
  }

  /// Has the sums of a stored point made by the operations that make it, or else by a pass of their own.
  private mutating func requestSums(of point: Int, for index: Int) {
    let norm = normalizations[index]
    var parts: [(point: Int, block: Int)] = []
    if canSum(point, block: 0, into: &parts) {
      for part in parts {
        sums[part.point] = Sums(offset: norm.forwardSums + part.block * lowering.lanes, width: norm.width)
      }
    } else {
      // Two normalisations of one value take the sums twice: rare, and simple this way.
      ownMoments[index] = Sums(offset: norm.forwardSums, width: norm.width)
    }
  }

  private func canSum(_ point: Int, block: Int, into parts: inout [(point: Int, block: Int)]) -> Bool {
    let producer = lowering.points[point].producer
    guard producer >= 0 else { return false }
    let operation = lowering.operations[producer]
    switch operation.kind {
    case .convolution, .depthwise, .separable, .pooling:
      guard sums[point].offset < 0 else { return false }
      parts.append((point, block))
      return true
    case .concat:
      return operation.inputs.allSatisfy { part in
        canSum(part.point, block: block + (lowering.points[part.point].placement?.block ?? 0), into: &parts)
      }
    case .add, .copy, .relayout, .normalize, .globalAveragePool, .linear, .flatten, .unflatten:
      return false
    }
  }
}
