import SearchSpace

extension Planner {
  /// Writes the forward steps and the loss.
  mutating func planForward() {
    for (index, operation) in lowering.operations.enumerated() {
      currentOperation = index
      planForward(operation)
    }
    currentOperation = -1
    if let auxiliary = lowering.auxiliaryOutput {
      planLoss(auxiliary, losses: fixed.auxiliaryLossesOffset, weight: features.auxiliaryWeight)
    }
    planLoss(lowering.output, losses: fixed.lossesOffset, weight: 1)
  }

  private mutating func planLoss(_ output: Int, losses: Int, weight: Double) {
    let wantsGradient = mode == .training && lowering.points[output].needsGradient
    let gradient = wantsGradient ? gradientRows(of: output) : nil
    emit(
      .loss(
        LossStep(
          logits: storage(of: output), gradient: gradient, classes: network.classes, losses: losses, weight: weight,
          smoothing: features.labelSmoothing)))
  }

  /// The features before the last layer, or their gradient, times their factors.
  mutating func dropFeatures(of operation: Lowering.Operation, _ rows: Slice) {
    guard features.dropsFeatures, operation.output == lowering.output else { return }
    emit(.dropFeatures(DropFeatures(rows: rows, count: droppedFeatures)))
  }

  private mutating func planForward(_ operation: Lowering.Operation) {
    let y = storage(of: operation.output)
    let blocks = lowering.points[operation.output].layout.blocks
    switch operation.kind {
    case .convolution, .depthwise, .separable, .pooling:
      planWindow(operation, y)
    case .add, .copy:
      let operands = operation.inputs.map { operand($0) }
      let step = AddForward(
        path: operation.path, a: operands[0], b: operands.count > 1 ? operands[1] : nil, y: y, blocks: blocks,
        pixels: pixels(of: operation.output))
      emit(.add(step))
    case .relayout:
      planRelayout(operation, y)
    case .concat:
      break
    case .normalize(let index):
      planNormalize(index)
    case .globalAveragePool:
      let x = operand(operation.inputs[0])
      let step = GlobalPoolForward(x: x, y: y, blocks: blocks, pixels: pixels(of: operation.inputs[0].point))
      emit(.globalPoolForward(step))
    case .linear(let node):
      let x = storage(of: operation.inputs[0].point)
      dropFeatures(of: operation, x)
      let step = linearStep(operation, node: node, x: x, y: y)
      emit(.linearForward(step))
    case .flatten:
      flatten(operation.inputs[0].point, storage(of: operation.inputs[0].point), to: y)
    case .unflatten:
      unflatten(storage(of: operation.inputs[0].point), to: operation.output, y, accumulate: false)
    }
  }

  func linearStep(_ operation: Lowering.Operation, node: Int, x: Slice, y: Slice) -> LinearStep {
    LinearStep(
      x: x, weights: layout.offset(node: node, tensor: 0), bias: layout.offset(node: node, tensor: 1), y: y,
      inputs: lowering.points[operation.inputs[0].point].shape.count,
      outputs: lowering.points[operation.output].shape.channels)
  }

  private mutating func planWindow(_ operation: Lowering.Operation, _ y: Slice) {
    guard let kind = windowKind(operation) else { return }
    let x = operand(operation.inputs[0])
    let accumulate = claimBlocks(of: operation.output, y)
    let norm = foldedNormalization(of: operation.output)
    keepDepthwise(operation)
    let step = WindowForward(
      kind: kind, window: windowGeometry(operation), x: x, y: y, accumulate: accumulate,
      bias: norm.map { normalizations[$0].shift } ?? -1, sums: sums[operation.output],
      kept: keptDepthwise[operation.output])
    emit(.windowForward(step))
  }

  /// Makes a place for the depthwise result of a separable convolution if the backward half should have it.
  private mutating func keepDepthwise(_ operation: Lowering.Operation) {
    guard mode == .training, case .separable(let convolution, _, _) = operation.kind,
      convolution.window.kernel.count >= leastKeptTaps
    else { return }
    let blocks = lowering.points[operation.inputs[0].point].layout.blocks
    keptDepthwise[operation.output] = makeFloats(blocks: blocks, like: operation.output)
  }

  /// Notes the blocks of a part of a concat as written. Whether another part has written to some of them, in other lanes,
  /// so that this one is added; the blocks that are its alone are cleared then.
  private mutating func claimBlocks(of point: Int, _ y: Slice) -> Bool {
    let value = lowering.points[point]
    guard value.placement != nil else { return false }
    let wanted = Set(y.block..<(y.block + value.layout.blocks))
    let taken = written[y.buffer, default: []]
    written[y.buffer] = taken.union(wanted)
    guard !taken.isDisjoint(with: wanted) else { return false }
    for block in wanted.subtracting(taken).sorted() {
      let own = Slice(buffer: y.buffer, block: block, plane: y.plane)
      emit(.clear(Clear(slice: own, blocks: 1, pixels: pixels(of: point))))
    }
    return true
  }

  private mutating func planNormalize(_ index: Int) {
    guard mode == .training, let sums = ownMoments[index] else { return }
    let norm = normalizations[index]
    let x = storage(of: lowering.normalizations[index].of)
    let blocks = norm.width / lowering.lanes
    emit(.moments(Moments(x: x, blocks: blocks, pixels: norm.pixels, sums: sums)))
  }

  // MARK: - Dense rows

  /// Where each scalar of an image lies, rows ordered by pixels, then channels. Only the sums have to fit 32 bits: of the
  /// images, which lie in the first block, the plane may be longer. Places that do not fit are noted in `hasFarPlaces`.
  private mutating func places(of point: Int, plane: Int) -> Int {
    let lanes = lowering.lanes
    var result: [Int32] = []
    for pixel in 0..<pixels(of: point) {
      for at in lowering.points[point].layout.at {
        let (block, lane) = Int(at).quotientAndRemainder(dividingBy: lanes)
        guard let place = Int32(exactly: block * plane + pixel * lanes + lane) else {
          hasFarPlaces = true
          return 0
        }
        result.append(place)
      }
    }
    return note(result)
  }

  mutating func flatten(_ point: Int, _ blocked: Slice, to rows: Slice) {
    let step = flattenStep(point, blocked, rows)
    emit(.flatten(step))
  }

  mutating func unflatten(_ rows: Slice, to point: Int, _ blocked: Slice, accumulate: Bool) {
    var step = flattenStep(point, blocked, rows)
    let layout = lowering.points[point].layout
    if !accumulate, layout.hasGaps { step.cleared = layout.blocks }
    emit(.unflatten(step, accumulate: accumulate))
  }

  private mutating func flattenStep(_ point: Int, _ blocked: Slice, _ rows: Slice) -> Flatten {
    Flatten(
      blocked: blocked, rows: rows, at: places(of: point, plane: blocked.plane),
      count: lowering.points[point].shape.count, image: pixels(of: point) * lowering.lanes,
      blocks: lowering.points[point].layout.blocks)
  }

  private mutating func planRelayout(_ operation: Lowering.Operation, _ y: Slice) {
    let input = operation.inputs[0].point
    let rows = makeRows(like: input)
    flatten(input, storage(of: input), to: rows)
    unflatten(rows, to: operation.output, y, accumulate: false)
  }
}
