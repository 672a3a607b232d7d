import CKernels

/// Runs the steps of a plan. Nothing is allocated and no object is counted while it runs.
final class Executor {
  let plan: ExecutionPlan
  let memory: EngineMemory
  private let pool: ThreadPool
  private let steps: UnsafeMutablePointer<Step>
  private let stepCount: Int
  private let offsets: UnsafeMutablePointer<Int>
  private let slots: UnsafeMutableBufferPointer<NormalizationSlot>
  private let context: UnsafeMutablePointer<StepContext>

  /// `memory` must have been made for this plan, `pool` have no more threads than it.
  init(plan: ExecutionPlan, memory: EngineMemory, kernels: KernelTable, pool: ThreadPool) {
    self.plan = plan
    self.memory = memory
    self.pool = pool
    steps = UnsafeMutablePointer.allocate(capacity: plan.steps.count)
    stepCount = plan.steps.count
    steps.initialize(from: plan.steps, count: plan.steps.count)
    offsets = UnsafeMutablePointer.allocate(capacity: plan.offsets.count)
    offsets.initialize(from: plan.offsets, count: plan.offsets.count)
    slots = UnsafeMutableBufferPointer.allocate(capacity: plan.normalizations.count)
    _ = slots.initialize(from: plan.normalizations)
    context = UnsafeMutablePointer.allocate(capacity: 1)
    context.initialize(
      to: StepContext(
        kernels: kernels.functions, plan: plan, memory: memory, offsets: UnsafePointer(offsets)))
  }

  deinit {
    steps.deallocate()
    offsets.deallocate()
    slots.deallocate()
    context.deallocate()
  }

  /// Where the images of a batch go: `batch` × height × width × channels floats.
  var images: UnsafeMutablePointer<Float> { context.pointee.pointer(plan.input) }
  /// The logits: `batch` × classes floats.
  var logits: UnsafeMutablePointer<Float> { context.pointee.pointer(plan.output) }
  /// The loss of each image.
  var losses: UnsafeMutablePointer<Float> { memory.arena + plan.fixed.lossesOffset }

  /// Runs all steps over the first `count` images; training needs a full batch. Returns the sum of their losses.
  func run(images count: Int) -> Double {
    context.pointee.images = count
    (memory.arena + plan.fixed.sumsOffset).update(repeating: 0, count: plan.fixed.sumsCount)
    for index in 0..<stepCount { run(steps + index) }
    var total = 0.0
    for image in 0..<count { total += Double(losses[image]) }
    return total
  }

  private func run(_ step: UnsafeMutablePointer<Step>) {
    context.pointee.step = UnsafePointer(step)
    switch step.pointee {
    case .normalize(let index):
      normalize(slots[index])
    case .normalizeBackward(let index):
      normalizeBackward(slots[index])
    case .windowBackward(let window):
      runPieces()
      if window.weights >= 0 { reduce(count: window.weightCount, to: memory.gradients + window.weights, from: 0) }
    case .linearBackward(let linear):
      runPieces()
      let weightCount = linear.inputs * linear.outputs
      reduce(count: weightCount, to: memory.gradients + linear.weights, from: 0)
      reduce(count: linear.outputs, to: memory.gradients + linear.bias, from: weightCount)
    case .windowForward, .add, .passGradient, .moments, .gradientMoments, .globalPoolForward, .globalPoolBackward,
      .linearForward, .clear, .loss:
      runPieces()
    }
  }

  private func runPieces() {
    pool.run(tasks: plan.pieces, context: context) { context, piece, worker in
      context.assumingMemoryBound(to: StepContext.self).pointee.run(piece: piece, worker: worker)
    }
  }

  /// Adds up the pieces' shares of a weight gradient, always in the same order.
  private func reduce(count: Int, to target: UnsafeMutablePointer<Float>, from offset: Int) {
    context.pointee.reduction = Reduction(target: target, offset: offset, count: count)
    // Below this size the threads cost more than they save.
    let tasks = count < 4096 ? 1 : plan.pieces
    context.pointee.reduction.tasks = tasks
    pool.run(tasks: tasks, context: context) { context, task, _ in
      context.assumingMemoryBound(to: StepContext.self).pointee.reduce(task: task)
    }
  }
}

// MARK: - Batch normalisation

extension Executor {
  /// The factors and addends of every normalisation from its running statistics, for inference.
  func useRunningStatistics() {
    for slot in slots {
      for channel in 0..<slot.channels {
        setCoefficients(
          slot, channel, mean: Double(memory.buffers[slot.runningMean + channel]),
          variance: Double(memory.buffers[slot.runningVariance + channel]))
      }
    }
  }

  /// y = γ (x − μ) / √(σ² + ε) + β as one factor and one addend (Ioffe and Szegedy 2015, algorithm 1).
  private func setCoefficients(_ slot: NormalizationSlot, _ channel: Int, mean: Double, variance: Double) {
    let inverse = 1 / (variance + slot.epsilon).squareRoot()
    let scale = Double(memory.trainable[slot.gamma + channel]) * inverse
    memory.arena[slot.scale + channel] = Float(scale)
    memory.arena[slot.shift + channel] = Float(Double(memory.trainable[slot.beta + channel]) - mean * scale)
    memory.arena[slot.mean + channel] = Float(mean)
    memory.arena[slot.inverseDeviation + channel] = Float(inverse)
  }

  /// The batch's mean and variance; the running ones move towards them. Normalisation takes the biased variance, the
  /// running variance the unbiased one, as TensorFlow's fused batch norm and PyTorch do.
  private func normalize(_ slot: NormalizationSlot) {
    let count = Double(plan.batch * slot.pixels)
    let kept = slot.momentum
    for channel in 0..<slot.channels {
      let (sum, squares) = total(slot.forwardSums + channel, channels: slot.channels)
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
      let (sum, sumWithZ) = total(slot.backwardSums + channel, channels: slot.channels)
      let mean = Double(memory.arena[slot.mean + channel])
      let inverse = Double(memory.arena[slot.inverseDeviation + channel])
      let gamma = (sumWithZ - mean * sum) * inverse
      memory.gradients[slot.beta + channel] = Float(sum)
      memory.gradients[slot.gamma + channel] = Float(gamma)
      let scale = Double(memory.trainable[slot.gamma + channel]) * inverse
      let slope = -scale * inverse * gamma / count
      memory.arena[slot.a + channel] = Float(scale)
      memory.arena[slot.b + channel] = Float(slope)
      memory.arena[slot.c + channel] = Float(-scale * sum / count - slope * mean)
    }
  }

  /// Adds up the pieces' sums in order.
  private func total(_ offset: Int, channels: Int) -> (Double, Double) {
    var first = 0.0
    var second = 0.0
    for piece in 0..<plan.pieces {
      let sums = memory.arena + offset + piece * 2 * channels
      first += Double(sums[0])
      second += Double(sums[channels])
    }
    return (first, second)
  }
}
