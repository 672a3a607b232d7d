import SearchSpace

extension Planner {
  /// Writes the backward steps, last operation first, except that strided 1×1 convolutions wait for a step that writes the
  /// whole gradient of their operand.
  mutating func planBackward() {
    var waiting: [Int: [Int]] = [:]  // operations, by operand
    for (index, operation) in lowering.operations.enumerated().reversed()
    where lowering.points[operation.output].needsGradient {
      if waitsForWholeGradient(index) {
        waiting[operation.inputs[0].point, default: []].append(index)
        continue
      }
      planBackward(at: index)
      guard writesWholeGradient(operation) else { continue }
      for late in waiting.removeValue(forKey: operation.inputs[0].point) ?? [] { planBackward(at: late) }
    }
  }

  private mutating func planBackward(at index: Int) {
    currentOperation = index
    planBackward(lowering.operations[index])
  }

  /// Whether an operation's gradient reaches a few pixels of its operand only and another one, still to come, writes all of
  /// them: behind that one these are added, and no other need be cleared before or read again. Where a normalisation wants
  /// sums of the gradient, the one that writes all of it comes last, so as to take them.
  private mutating func waitsForWholeGradient(_ index: Int) -> Bool {
    let operation = lowering.operations[index]
    guard readsFewPixels(operation), let input = operation.inputs.first, lowering.points[input.point].needsGradient,
      operand(input).scale < 0, isUnwritten(input.point)
    else { return false }
    return lowering.operations[..<index].contains { $0.inputs.first?.point == input.point && writesWholeGradient($0) }
  }

  /// Whether an operation is a 1×1 convolution that does not read every pixel.
  private func readsFewPixels(_ operation: Lowering.Operation) -> Bool {
    guard case .convolution(let convolution, _) = operation.kind else { return false }
    return convolution.window.kernel == Extent(1) && convolution.window.stride != Extent(1)
  }

  private func writesWholeGradient(_ operation: Lowering.Operation) -> Bool {
    switch operation.kind {
    case .convolution: !readsFewPixels(operation)
    case .depthwise, .separable, .pooling: true
    case .add, .copy, .relayout, .concat, .normalize, .globalAveragePool, .linear, .flatten, .unflatten: false
    }
  }

  private mutating func planBackward(_ operation: Lowering.Operation) {
    switch operation.kind {
    case .convolution, .depthwise, .separable, .pooling:
      planWindow(operation)
    case .add, .copy:
      planAdd(operation)
    case .relayout:
      planRelayout(operation)
    case .concat:
      break  // its parts read their blocks of its gradient
    case .normalize(let index):
      planNormalize(index, output: operation.output)
    case .globalAveragePool:
      planGlobalPool(operation)
    case .linear(let node):
      planLinear(operation, node: node)
    case .flatten:
      planFlatten(operation)
    case .unflatten:
      let input = operation.inputs[0].point
      guard lowering.points[input].needsGradient else { return }
      let rows = gradientRows(of: input)
      flatten(operation.output, gradientSlice(of: operation.output), to: rows)
    }
  }

  private mutating func planWindow(_ operation: Lowering.Operation) {
    guard let kind = windowKind(operation) else { return }
    let input = operation.inputs[0]
    let dy = gradient(of: operation.output)
    let dx = lowering.points[input.point].needsGradient ? sink(for: input.point) : nil
    let x = operand(input)
    emit(
      .windowBackward(
        WindowBackward(
          kind: kind, window: windowGeometry(operation), x: x, dy: dy, dx: dx, kept: keptDepthwise[operation.output])))
    if let dx { noteWriter(of: dx, x) }
  }

  private mutating func planAdd(_ operation: Lowering.Operation) {
    let dy = gradient(of: operation.output)
    for input in operation.inputs where lowering.points[input.point].needsGradient {
      pass(dy, to: input, path: operation.path)
    }
    takeMomentsTogether(operation.inputs.map(\.point))
  }

  private mutating func planRelayout(_ operation: Lowering.Operation) {
    let input = operation.inputs[0].point
    guard lowering.points[input].needsGradient else { return }
    let dy = gradientSlice(of: operation.output)
    let rows = makeRows(like: input)
    flatten(operation.output, dy, to: rows)
    let dx = sink(for: input)
    unflatten(rows, to: input, dx.slice, accumulate: dx.accumulate)
  }

  private mutating func planFlatten(_ operation: Lowering.Operation) {
    let input = operation.inputs[0].point
    guard lowering.points[input].needsGradient else { return }
    let dx = sink(for: input)
    unflatten(gradientRows(of: operation.output), to: input, dx.slice, accumulate: dx.accumulate)
  }

  private mutating func planGlobalPool(_ operation: Lowering.Operation) {
    let input = operation.inputs[0]
    guard lowering.points[input.point].needsGradient else { return }
    let dy = gradient(of: operation.output)
    let dx = sink(for: input.point)
    let x = operand(input)
    let step = GlobalPoolBackward(x: x, dy: dy, dx: dx, pixels: pixels(of: input.point))
    emit(.globalPoolBackward(step))
    noteWriter(of: dx, x)
  }

  private mutating func planLinear(_ operation: Lowering.Operation, node: Int) {
    let input = operation.inputs[0].point
    let dy = gradientRows(of: operation.output)
    var step = linearStep(operation, node: node, x: storage(of: input), y: dy)
    if lowering.points[input].needsGradient { step.dx = gradientRows(of: input) }
    emit(.linearBackward(step))
    if let dx = step.dx { dropFeatures(of: operation, dx) }
  }

  // MARK: - Normalisations

  private mutating func planNormalize(_ index: Int, output: Int) {
    let norm = normalizations[index]
    let stored = lowering.normalizations[index].of
    let g = gradientSlice(of: output)
    let z = storage(of: stored)
    if !gradients.hasMoments.contains(index), !takeMomentsFromWriter(index, g: g) {
      emitMoments([index], g: g)
    }
    guard lowering.points[stored].needsGradient else { return }
    let gradient = Gradient(slice: g, z: z, a: norm.a, b: norm.b, c: norm.c)
    if lowering.points[stored].readers == 1, acceptsNormalized(stored) {
      gradients.normalizedBy[stored] = index
      gradients.aliases[stored] = g
    } else {
      write(gradient, to: Lowering.View(point: stored))
    }
  }

  /// The moments of one or two normalised values that share the gradient `g`.
  private mutating func emitMoments(_ indices: [Int], g: Slice) {
    let zs = indices.map { storage(of: lowering.normalizations[$0].of) }
    let sums = indices.map { Sums(offset: normalizations[$0].backwardSums, width: normalizations[$0].width) }
    var step = GradientMoments(
      g: g, z: zs[0], sums: sums[0], blocks: normalizations[indices[0]].width / lowering.lanes,
      pixels: normalizations[indices[0]].pixels)
    if indices.count > 1 { (step.otherZ, step.otherSums) = (zs[1], sums[1]) }
    emit(.gradientMoments(step))
    gradients.hasMoments.formUnion(indices)
  }

  /// Two normalised operands of an addition have its gradient, which is read once for both.
  private mutating func takeMomentsTogether(_ points: [Int]) {
    guard points.count == 2, points[0] != points[1] else { return }
    let indices = points.compactMap { lowering.points[$0].normalized?.index }
    guard indices.count == 2, let g = gradients.aliases[points[0]], gradients.aliases[points[1]] == g else { return }
    emitMoments(indices, g: g)
  }

  /// Has the step that writes the last part of a normalised value's gradient take its sums too, where it can.
  private mutating func takeMomentsFromWriter(_ index: Int, g: Slice) -> Bool {
    guard let writer = gradients.lastWriter[g.buffer], writer.slice == g, writer.scale == normalizations[index].scale
    else { return false }
    let sums = Sums(offset: normalizations[index].backwardSums, width: normalizations[index].width)
    switch steps[writer.step] {
    case .windowBackward(var step):
      step.dx?.sums = sums
      steps[writer.step] = .windowBackward(step)
    case .globalPoolBackward(var step):
      step.dx.sums = sums
      steps[writer.step] = .globalPoolBackward(step)
    case .passGradient(var step):
      step.dx.sums = sums
      steps[writer.step] = .passGradient(step)
    case .windowForward, .add, .moments, .gradientMoments, .globalPoolForward, .linearForward, .linearBackward,
      .flatten, .unflatten, .clear, .dropFeatures, .loss:
      return false
    }
    return true
  }

  // MARK: - Handing gradients on

  /// Hands a gradient on to an operand that took part unchanged: by sharing it where nobody else reads the operand.
  private mutating func pass(_ dy: Gradient, to view: Lowering.View, path: Int) {
    let point = lowering.points[view.point]
    if dy.a < 0, path < 0, !view.relu, point.readers == 1, point.placement == nil, canShare(view.point) {
      gradients.aliases[view.point] = dy.slice
    } else {
      write(dy, to: view, path: path)
    }
  }

  /// Whether a point's gradient may be another one's: not where parts of the point may have other readers, which would
  /// write to it.
  private func canShare(_ point: Int) -> Bool {
    switch lowering.operations[lowering.points[point].producer].kind {
    case .convolution, .depthwise, .separable, .pooling, .add, .copy, .relayout, .normalize, .globalAveragePool,
      .unflatten:
      true
    case .concat, .linear, .flatten: false
    }
  }

  private mutating func write(_ dy: Gradient, to view: Lowering.View, path: Int = -1) {
    let dx = sink(for: view.point)
    let x = operand(view)
    // A dropped path's operand is mostly normalised and wants the sums.
    let readsOperand = view.relu || path >= 0
    emit(
      .passGradient(
        PassGradient(path: path, x: readsOperand ? x : nil, dy: dy, dx: dx, pixels: pixels(of: view.point))))
    if readsOperand { noteWriter(of: dx, x) }
  }

  /// Whether the producer of a stored point can read its gradient through a normalisation.
  private func acceptsNormalized(_ point: Int) -> Bool {
    let operation = lowering.operations[lowering.points[point].producer]
    switch operation.kind {
    case .convolution, .depthwise, .separable, .pooling, .add, .copy, .globalAveragePool: return true
    case .concat:
      return operation.inputs.allSatisfy { lowering.points[$0.point].readers == 1 && acceptsNormalized($0.point) }
    case .normalize, .linear, .relayout, .flatten, .unflatten: return false
    }
  }
}
