import CKernels

/// Stochastic gradient descent with momentum or RMSProp, weight decay on kernels and a bound on the gradient's norm.
///
/// The order is that of PyTorch: the norm is taken of the plain gradients, decay is added after clipping.
final class Optimizer {
  /// Floats per task: a constant, so that sums do not depend on the number of threads.
  private static let chunk = 16_384

  /// The mean squares of RMSProp.
  let meanSquares: FloatRegion?
  private let memory: EngineMemory
  private let pool: ThreadPool
  private let tasks: Int
  private let context: UnsafeMutablePointer<OptimizerContext>
  private let squares: UnsafeMutablePointer<Double>

  /// - Throws: `Failure` when the system refuses the memory for mean squares.
  init(memory: EngineMemory, kernels: KernelTable, pool: ThreadPool, rmsProp: RMSProp? = nil) throws {
    self.memory = memory
    self.pool = pool
    meanSquares = try rmsProp.map { _ in try FloatRegion(count: memory.layout.trainableCount, value: 1) }
    tasks = (memory.layout.trainableCount + Optimizer.chunk - 1) / Optimizer.chunk
    squares = UnsafeMutablePointer.allocate(capacity: max(tasks, 1))
    squares.initialize(repeating: 0, count: max(tasks, 1))
    context = UnsafeMutablePointer.allocate(capacity: 1)
    context.initialize(
      to: OptimizerContext(
        kernels: kernels.functions, weights: memory.trainable, velocity: memory.velocity, gradients: memory.gradients,
        squares: squares, kernelCount: memory.layout.kernelCount, count: memory.layout.trainableCount,
        chunk: Optimizer.chunk, meanSquares: meanSquares?.start))
  }

  deinit {
    context.deallocate()
    squares.deallocate()
  }

  /// The norm of all gradients together.
  func gradientNorm() -> Double {
    pool.run(tasks: tasks, context: context) { context, task, _ in
      context.assumingMemoryBound(to: OptimizerContext.self).pointee.sumSquares(task)
    }
    var total = 0.0
    for task in 0..<tasks { total += squares[task] }
    return total.squareRoot()
  }

  /// One step along gradients of the given norm.
  func step(_ plan: TrainingPlan, rate: Double, norm: Double) {
    // As torch.nn.utils.clip_grad_norm_: max_norm / (norm + 1e-6), at most 1.
    context.pointee.clip = Float(min(1, plan.clipNorm / (norm + 1e-6)))
    context.pointee.rate = Float(rate)
    context.pointee.momentum = Float(plan.momentum)
    context.pointee.decay = Float(plan.weightDecay)
    context.pointee.nesterov = plan.nesterov ? 1 : 0
    context.pointee.kept = Float(plan.rmsProp?.decay ?? 0)
    context.pointee.epsilon = Float(plan.rmsProp?.epsilon ?? 0)
    pool.run(tasks: tasks, context: context) { context, task, _ in
      context.assumingMemoryBound(to: OptimizerContext.self).pointee.update(task)
    }
  }
}

private struct OptimizerContext {
  let kernels: UnsafePointer<nas_kernels>
  let weights: UnsafeMutablePointer<Float>
  let velocity: UnsafeMutablePointer<Float>
  let gradients: UnsafeMutablePointer<Float>
  let squares: UnsafeMutablePointer<Double>
  let kernelCount: Int
  let count: Int
  let chunk: Int
  let meanSquares: UnsafeMutablePointer<Float>?
  var rate: Float = 0
  var momentum: Float = 0
  var decay: Float = 0
  var clip: Float = 1
  var nesterov: Int32 = 0
  var kept: Float = 0
  var epsilon: Float = 0

  func sumSquares(_ task: Int) {
    let first = task * chunk
    squares[task] = kernels.pointee.sum_of_squares(gradients + first, min(chunk, count - first))
  }

  func update(_ task: Int) {
    let first = task * chunk
    let last = min(first + chunk, count)
    let border = min(max(kernelCount, first), last)
    update(first, border, decay)
    update(border, last, 0)
  }

  private func update(_ first: Int, _ last: Int, _ decay: Float) {
    guard first < last else { return }
    if let meanSquares {
      nas_rmsprop_step(
        weights + first, velocity + first, meanSquares + first, gradients + first, last - first, rate, momentum, kept,
        epsilon, decay, clip)
      return
    }
    kernels.pointee.sgd_step(
      weights + first, velocity + first, gradients + first, last - first, rate, momentum, decay, clip, nesterov)
  }
}
