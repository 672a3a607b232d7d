import CKernels

/// Runs the steps of a plan. Nothing is allocated and no object is counted while it runs.
final class Executor {
  let plan: ExecutionPlan
  let memory: EngineMemory
  let tables: PlanTables
  private let pool: ThreadPool
  private let context: UnsafeMutablePointer<StepContext>
  /// The closings of the phase that is closed; nothing else changes what the threads see.
  private var closings = 0..<0

  /// `memory` must have been made for this plan, `pool` have no more threads than it.
  init(plan: ExecutionPlan, memory: EngineMemory, kernels: KernelTable, pool: ThreadPool) {
    self.plan = plan
    self.memory = memory
    self.pool = pool
    tables = PlanTables(plan)
    context = UnsafeMutablePointer.allocate(capacity: 1)
    context.initialize(
      to: StepContext(kernels: kernels.functions, plan: plan, memory: memory, tables: tables))
  }

  deinit {
    // `didSet` does not run here.
    context.pointee.seconds?.deallocate()
    tables.deallocate()
    context.deallocate()
  }

  /// Where the images of a batch go: `batch` × height × width × channels floats.
  var images: UnsafeMutablePointer<Float> { context.pointee.rows(plan.input) }
  /// The logits: `batch` × classes floats.
  var logits: UnsafeMutablePointer<Float> { context.pointee.rows(plan.output) }
  /// The loss of each image.
  var losses: UnsafeMutablePointer<Float> { memory.arena + plan.fixed.lossesOffset }

  /// Where the factors of drop-path go: path after path one for each image of a batch.
  var pathFactors: UnsafeMutablePointer<Float> { memory.arena + plan.fixed.pathFactorsOffset }
  /// Where the factors of dropout go: `batch` × features floats.
  var featureFactors: UnsafeMutablePointer<Float> { memory.arena + plan.fixed.featureFactorsOffset }
  /// The loss of each image at the auxiliary output, without its weight.
  var auxiliaryLosses: UnsafeMutablePointer<Float> { memory.arena + plan.fixed.auxiliaryLossesOffset }

  /// Runs all steps over the first `count` images; training needs a full batch, inference to have been prepared. Returns the
  /// sum of their losses at the last output.
  func run(images count: Int) -> Double {
    context.pointee.images = count
    (memory.arena + plan.fixed.sumsOffset).update(repeating: 0, count: plan.fixed.sumsCount)
    if plan.mode == .training { packWeights() }
    for index in 0..<tables.phaseCount { run(tables.phases[index]) }
    var total = 0.0
    for image in 0..<count { total += Double(losses[image]) }
    return total
  }

  /// Makes inference ready for the parameters as they are: normalisations take the running statistics.
  func prepareInference() {
    useRunningStatistics()
    packWeights()
  }

  private func packWeights() {
    pool.run(tasks: tables.weightCount, context: context) { context, index, _ in
      context.assumingMemoryBound(to: StepContext.self).pointee.pack(weights: index)
    }
  }

  private func run(_ phase: Phase) {
    context.pointee.phase = phase
    pool.run(tasks: plan.pieces, context: context) { context, piece, worker in
      context.assumingMemoryBound(to: StepContext.self).pointee.run(piece: piece, worker: worker)
    }
    closings = phase.closings
    pool.run(tasks: closings.count, context: Unmanaged.passUnretained(self).toOpaque()) { executor, task, _ in
      Unmanaged<Executor>.fromOpaque(executor).takeUnretainedValue().close(task)
    }
  }

  /// One thing that is done with the sums of all images at the end of a phase.
  private func close(_ task: Int) {
    switch tables.closings[closings.lowerBound + task] {
    case .normalize(let index): normalize(tables.normalizations[index])
    case .normalizeBackward(let index): normalizeBackward(tables.normalizations[index])
    case .weights(let index): context.pointee.reduce(weights: index)
    case .linear(let weights, let weightCount, let bias, let biasCount, let partial):
      context.pointee.reduce(
        partial, weights: weights, weightCount: weightCount, bias: bias, biasCount: biasCount)
    }
  }

  // MARK: - Profile

  /// Whether the steps are timed.
  var isProfiled = false {
    didSet {
      context.pointee.seconds?.deallocate()
      context.pointee.seconds = nil
      guard isProfiled else { return }
      let count = pool.threads * tables.stepCount
      let seconds = UnsafeMutablePointer<Double>.allocate(capacity: count)
      seconds.initialize(repeating: 0, count: count)
      context.pointee.seconds = seconds
    }
  }

  /// The seconds that each step has taken so far, of all threads together, while they are wanted.
  var stepSeconds: [Double] {
    guard let seconds = context.pointee.seconds else { return [] }
    return (0..<tables.stepCount).map { step in
      (0..<pool.threads).reduce(0) { $0 + seconds[$1 * tables.stepCount + step] }
    }
  }
}

// MARK: - Batch normalisation

extension Executor {
  /// The factors and addends of every normalisation from its running statistics, for inference.
  private func useRunningStatistics() {
    for index in plan.normalizations.indices {
      let slot = tables.normalizations[index]
      for channel in 0..<slot.channels {
        setCoefficients(
          slot, channel, mean: Double(memory.buffers[slot.runningMean + channel]),
          variance: Double(memory.buffers[slot.runningVariance + channel]))
      }
    }
  }

  /// y = γ (x − μ) / √(σ² + ε) + β as one factor and one addend (Ioffe and Szegedy 2015, algorithm 1).
  private func setCoefficients(_ slot: NormalizationSlot, _ channel: Int, mean: Double, variance: Double) {
    let lane = lane(slot, channel)
    let inverse = 1 / (variance + slot.epsilon).squareRoot()
    let scale = Double(memory.trainable[slot.gamma + channel]) * inverse
    memory.arena[slot.scale + lane] = Float(scale)
    memory.arena[slot.shift + lane] = Float(Double(memory.trainable[slot.beta + channel]) - mean * scale)
    memory.arena[slot.mean + lane] = Float(mean)
    memory.arena[slot.inverseDeviation + lane] = Float(inverse)
  }

  /// The batch's mean and variance; the running ones move towards them. Normalisation takes the biased variance, the
  /// running variance the unbiased one, as TensorFlow's fused batch norm and PyTorch do.
  private func normalize(_ slot: NormalizationSlot) {
    let count = Double(plan.batch * slot.pixels)
    let kept = slot.momentum
    for channel in 0..<slot.channels {
      let (sum, squares) = total(slot.forwardSums + lane(slot, channel), width: slot.width)
      let mean = sum / count
      let variance = max(squares / count - mean * mean, 0)
      setCoefficients(slot, channel, mean: mean, variance: variance)
      let unbiased = variance * count / max(count - 1, 1)
      let (runningMean, runningVariance) = (slot.runningMean + channel, slot.runningVariance + channel)
      memory.buffers[runningMean] = Float(kept * Double(memory.buffers[runningMean]) + (1 - kept) * mean)
      memory.buffers[runningVariance] = Float(
        kept * Double(memory.buffers[runningVariance]) + (1 - kept) * unbiased)
    }
  }

  /// The gradients of γ and β, and the coefficients with which the gradient passes on: with x̂ = (z − μ)/σ and m values,
  /// dz = γ/σ · (g − Σg/m − x̂ Σ(g x̂)/m) (Ioffe and Szegedy 2015, section 3) = a·g + b·z + c.
  private func normalizeBackward(_ slot: NormalizationSlot) {
    let count = Double(plan.batch * slot.pixels)
    for channel in 0..<slot.channels {
      let lane = lane(slot, channel)
      let (sum, sumWithZ) = total(slot.backwardSums + lane, width: slot.width)
      let mean = Double(memory.arena[slot.mean + lane])
      let inverse = Double(memory.arena[slot.inverseDeviation + lane])
      let gamma = (sumWithZ - mean * sum) * inverse
      memory.gradients[slot.beta + channel] = Float(sum)
      memory.gradients[slot.gamma + channel] = Float(gamma)
      let scale = Double(memory.trainable[slot.gamma + channel]) * inverse
      let slope = -scale * inverse * gamma / count
      memory.arena[slot.a + lane] = Float(scale)
      memory.arena[slot.b + lane] = Float(slope)
      memory.arena[slot.c + lane] = Float(-scale * sum / count - slope * mean)
    }
  }

  private func lane(_ slot: NormalizationSlot, _ channel: Int) -> Int { Int(tables.places[slot.at + channel]) }

  /// Adds up the pieces' sums in order.
  private func total(_ offset: Int, width: Int) -> (Double, Double) {
    var first = 0.0
    var second = 0.0
    for piece in 0..<plan.pieces {
      let sums = memory.arena + offset + piece * 2 * width
      first += Double(sums[0])
      second += Double(sums[width])
    }
    return (first, second)
  }
}
