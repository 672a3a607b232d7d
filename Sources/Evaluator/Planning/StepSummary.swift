import CKernels
import SearchSpace

/// What one step of a plan does and what it costs, for people and for measurements.
public struct StepSummary: Sendable {
  /// The node of the network that the step computes or differentiates, such as `cell0.block2.left.pointwise1`.
  public let name: String
  /// What is fused into the step, such as `relu, depthwise 5×5, 1×1, sums`.
  public let action: String
  /// The part of `action` that it is done for, such as `depthwise 5×5, 1×1`: steps of one kind cost alike.
  public let kind: String
  /// Whether it belongs to the backward half.
  public let isBackward: Bool
  /// Bytes of values and gradients that a whole batch reads and writes; weights and sums are small beside them.
  public let bytesRead: Int
  /// See `bytesRead`.
  public let bytesWritten: Int
  /// Multiply-adds of a whole batch as the network counts them; a backward step counts both of its products.
  public let multiplyAdds: Int
}

extension ExecutionPlan {
  /// The steps that a few images go through together before the next ones do, and how many images.
  public var stretches: [(steps: Range<Int>, images: Int)] { phases.map { ($0.steps, $0.images) } }
}

extension Planner {
  /// The summary of every step, in order.
  func summarize() -> [StepSummary] { steps.indices.map { summary(of: $0) } }

  private func summary(of index: Int) -> StepSummary {
    let operation = stepOperations[index] < 0 ? nil : lowering.operations[stepOperations[index]]
    let access = access(of: steps[index])
    let isBackward = index > (lossStep ?? steps.count)
    let work: Int
    switch steps[index] {
    case .windowForward, .linearForward: work = multiplyAdds(operation)
    case .windowBackward(let step): work = multiplyAdds(operation) * (step.dx == nil ? 1 : 2)
    case .linearBackward(let step): work = multiplyAdds(operation) * (step.dx == nil ? 1 : 2)
    case .add, .passGradient, .moments, .gradientMoments, .globalPoolForward, .globalPoolBackward, .flatten, .unflatten,
      .clear, .dropFeatures, .loss:
      work = 0
    }
    return StepSummary(
      name: operation.map { network.nodes[$0.node].name } ?? "loss", action: action(of: steps[index], operation),
      kind: kind(of: steps[index], operation), isBackward: isBackward, bytesRead: bytes(access.reads),
      bytesWritten: bytes(access.writes),
      multiplyAdds: batch * work)
  }

  private func bytes(_ accesses: [Access]) -> Int { batch * accesses.reduce(0) { $0 + $1.bytes } }

  private var lossStep: Int? {
    steps.lastIndex { step in
      if case .loss = step { return true }
      return false
    }
  }

  private func multiplyAdds(_ operation: Lowering.Operation?) -> Int {
    switch operation?.kind {
    case .convolution(_, let node), .depthwise(_, let node), .linear(let node): network.nodes[node].multiplyAdds
    case .separable(_, let node, let pointwise):
      network.nodes[node].multiplyAdds + network.nodes[pointwise].multiplyAdds
    case .pooling, .add, .copy, .relayout, .concat, .normalize, .globalAveragePool, .flatten, .unflatten, nil: 0
    }
  }

  // MARK: - Words

  private func action(of step: Step, _ operation: Lowering.Operation?) -> String {
    let kind = [kind(of: step, operation)]
    switch step {
    case .windowForward(let step):
      return list(
        words(step.x) + kind + keeping(step.kept) + (step.bias < 0 ? [] : ["folded norm"])
          + (step.accumulate ? ["added"] : []) + (step.sums.offset < 0 ? [] : ["sums"]))
    case .windowBackward(let step):
      let gradients = step.dx.map { words(step.x) + words($0) } ?? ["weights only"]
      return list(norm(step.dy) + kind + keeping(step.kept) + gradients)
    case .add(let step):
      return list(words(step.a) + (step.b.map { words($0) } ?? []) + kind)
    case .passGradient(let step):
      return list(norm(step.dy) + (step.x.map { words($0) } ?? []) + kind + words(step.dx))
    case .globalPoolForward(let step): return list(words(step.x) + kind)
    case .globalPoolBackward(let step): return list(kind + words(step.x) + words(step.dx))
    case .moments, .gradientMoments, .linearForward, .linearBackward, .flatten, .unflatten, .clear, .dropFeatures,
      .loss:
      return list(kind)
    }
  }

  private func kind(of step: Step, _ operation: Lowering.Operation?) -> String {
    switch step {
    case .windowForward, .windowBackward: list(windowWords(operation))
    case .add(let step): step.path >= 0 ? "drop path" : step.b == nil ? "copy" : "add"
    case .passGradient(let step): step.path >= 0 ? "drop path" : "pass on"
    case .moments: "sums"
    case .gradientMoments(let step): step.otherZ == nil ? "norm's sums" : "two norms' sums"
    case .globalPoolForward, .globalPoolBackward: "mean"
    case .linearForward, .linearBackward: "linear"
    case .flatten: "blocks to rows"
    case .unflatten: "rows to blocks"
    case .clear: "clear"
    case .dropFeatures: "dropout"
    case .loss: "softmax, cross entropy"
    }
  }

  /// The depthwise result is kept between the halves.
  private func keeping(_ slice: Slice?) -> [String] { slice == nil ? [] : ["kept"] }

  private func norm(_ dy: Gradient) -> [String] { dy.a < 0 ? [] : ["norm"] }

  private func list(_ words: [String]) -> String { words.joined(separator: ", ") }

  private func words(_ x: Operand) -> [String] { (x.scale < 0 ? [] : ["norm"]) + (x.relu ? ["relu"] : []) }

  private func words(_ dx: Sink) -> [String] {
    (dx.accumulate ? ["added"] : []) + (dx.sums.offset < 0 ? [] : ["norm's sums"])
  }

  private func windowWords(_ operation: Lowering.Operation?) -> [String] {
    switch operation?.kind {
    case .convolution(let convolution, _): [size(convolution.window)]
    case .depthwise(let convolution, _): ["depthwise " + size(convolution.window)]
    case .separable(let convolution, _, _): ["depthwise " + size(convolution.window), "1×1"]
    case .pooling(let pooling):
      ["\(pooling.kind.rawValue) " + size(pooling.window)] + (pooling.countsPadding ? ["padding counted"] : [])
    case .add, .copy, .relayout, .concat, .normalize, .globalAveragePool, .linear, .flatten, .unflatten, nil: []
    }
  }

  /// Such as `3×3 / 2`; a dilation above 1 is told.
  private func size(_ window: Window) -> String {
    let kernel = "\(window.kernel.height)×\(window.kernel.width)"
    let stride = max(window.stride.height, window.stride.width)
    let dilation = max(window.dilation.height, window.dilation.width)
    return kernel + (stride > 1 ? " / \(stride)" : "") + (dilation > 1 ? " dilated \(dilation)" : "")
  }
}
