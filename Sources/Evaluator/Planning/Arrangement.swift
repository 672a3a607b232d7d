/// The steps of a plan in phases, and where everything lies.
struct Arrangement {
  private(set) var steps: [Step] = []
  /// The place of each step in the order in which the planner wrote them.
  private(set) var order: [Int]
  private(set) var phases: [Phase] = []
  private(set) var closings: [Closing] = []
  private(set) var weights: [PackedWeights]
  /// Floats of one piece's shares of the weight gradients of a phase, at most.
  private(set) var partialStride = 0
  /// The buffers with the first and the last phase that touches them.
  private(set) var buffers: [ArenaLayout.Buffer]

  /// The memory that the values of a phase's images should take together, in bytes: about half of a core's second-level
  /// cache, which has 1 or 2 MB on current servers.
  static let cachedBytes = 1 << 20

  private let schedule: Schedule

  init(_ planner: Planner) {
    let accesses = planner.steps.map { planner.access(of: $0) }
    let schedule = Schedule(
      accesses, planner.normalizations, pieces: planner.pieces, together: planner.mode == .training)
    self.schedule = schedule
    order = planner.steps.indices.sorted { (schedule.phaseOfStep[$0], $0) < (schedule.phaseOfStep[$1], $1) }
    weights = planner.weights
    buffers = planner.buffers
    for (step, access) in accesses.enumerated() {
      for place in access.reads + access.writes { touch(place.buffer, schedule.phaseOfStep[step]) }
    }
    touch(planner.storage(of: 0).buffer, 0)
    touch(planner.storage(of: planner.lowering.output).buffer, schedule.count - 1)
    for phase in 0..<schedule.count { append(phase, of: planner, accesses) }
  }

  private mutating func touch(_ buffer: Int, _ phase: Int) {
    buffers[buffer].first = min(buffers[buffer].first, phase)
    buffers[buffer].last = max(buffers[buffer].last, phase)
  }

  private mutating func append(_ phase: Int, of planner: Planner, _ accesses: [StepAccess]) {
    let firstStep = steps.count
    let firstClosing = closings.count
    var partial = 0
    let chosen = order[firstStep...].prefix { schedule.phaseOfStep[$0] == phase }
    for index in chosen { append(planner.steps[index], &partial) }
    for norm in planner.normalizations.indices {
      if schedule.forwardPhase(of: norm) == phase { closings.append(.normalize(norm)) }
      if schedule.backwardPhase(of: norm) == phase { closings.append(.normalizeBackward(norm)) }
    }
    partialStride = max(partialStride, partial)
    phases.append(
      Phase(
        steps: firstStep..<steps.count, closings: firstClosing..<closings.count,
        images: Arrangement.imagesAtATime(chosen.map { accesses[$0] }, batch: planner.batch)))
  }

  /// Adds a step; what has a weight gradient gets a place for its pieces' shares and is closed at the end of the phase.
  private mutating func append(_ step: Step, _ partial: inout Int) {
    switch step {
    case .windowBackward(let window):
      switch window.kind {
      case .convolution(let index):
        close(index, &partial)
      case .separable(let depthwise, let pointwise):
        close(depthwise, &partial)
        if pointwise >= 0 { close(pointwise, &partial) }
      case .pooling:
        break
      }
      steps.append(step)
    case .linearBackward(var linear):
      linear.partial = partial
      let count = linear.inputs * linear.outputs
      partial += FixedArea.aligned(count + linear.outputs)
      closings.append(
        .linear(
          weights: linear.weights, weightCount: count, bias: linear.bias, biasCount: linear.outputs,
          partial: linear.partial))
      steps.append(.linearBackward(linear))
    case .windowForward, .add, .passGradient, .moments, .gradientMoments, .globalPoolForward, .globalPoolBackward,
      .linearForward, .flatten, .unflatten, .clear, .dropFeatures, .loss:
      steps.append(step)
    }
  }

  private mutating func close(_ index: Int, _ partial: inout Int) {
    weights[index].partial = partial
    partial += FixedArea.aligned(weights[index].packedCount)
    closings.append(.weights(index))
  }

  /// As many images as have room in the cache together, with all that the phase's steps touch of them.
  private static func imagesAtATime(_ accesses: [StepAccess], batch: Int) -> Int {
    guard accesses.count > 1 else { return batch }
    var places: Set<Access> = []
    for access in accesses { places.formUnion((access.reads + access.writes).filter { !$0.isStreamed }) }
    let bytes = places.reduce(0) { $0 + $1.bytes }
    return min(batch, max(1, cachedBytes / max(bytes, 1)))
  }
}
