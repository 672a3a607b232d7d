import SearchSpace
import Synchronization

/// Runs a trained network image by image: each thread takes whole images through all steps, in memory of its own that is
/// small enough to stay in the core's cache, and waits for nobody.
///
/// An image's result depends neither on the others nor on the number of threads. Not to be used from several threads at once.
final class ImageWorkers {
  /// Writes the normalised pixels of an image, height × width × channels floats, and returns its label.
  typealias Load = (_ image: Int, _ pixels: UnsafeMutablePointer<Float>) -> UInt8

  /// What came of some images.
  struct Outcome {
    /// How many were classified rightly.
    let correct: Int
    /// Whether every loss, and with it every logit, was finite.
    let isFinite: Bool
  }

  private let executors: [Executor]
  private let pool: ThreadPool
  private let classes: Int

  /// The plan that every thread has: of one image.
  static func plan(_ network: Network, kernels: KernelTable) throws -> ExecutionPlan {
    try ExecutionPlan(network: network, batch: 1, mode: .inference, kernels: kernels, threads: 1)
  }

  /// One executor for each thread of `pool`, all with the parameters that lie in `memory`, which are read in `prepare`.
  init(plan: ExecutionPlan, kernels: KernelTable, parameters memory: EngineMemory, classes: Int, pool: ThreadPool)
    throws
  {
    self.pool = pool
    self.classes = classes
    executors = try (0..<pool.threads).map { _ in
      Executor(
        plan: plan, memory: try EngineMemory(plan, parametersOf: memory), kernels: kernels,
        pool: try ThreadPool(threads: 1)
      )
    }
  }

  /// Takes the parameters as they are now.
  func prepare() {
    pool.run(tasks: executors.count, context: Unmanaged.passUnretained(self).toOpaque()) { context, index, _ in
      Unmanaged<ImageWorkers>.fromOpaque(context).takeUnretainedValue().executors[index].prepareInference()
    }
  }

  /// Classifies `count` images. `load` is called from all threads; `logits` takes a row of classes for each image.
  func run(images count: Int, logits: UnsafeMutablePointer<Float>? = nil, load: @escaping Load) -> Outcome {
    let pass = Pass(executors: executors, classes: classes, logits: logits, load: load)
    pool.run(tasks: count, context: Unmanaged.passUnretained(pass).toOpaque()) { context, image, worker in
      Unmanaged<Pass>.fromOpaque(context).takeUnretainedValue().classify(image, worker)
    }
    return pass.outcome
  }
}

/// What the threads share while they classify some images.
private final class Pass {
  private let executors: [Executor]
  private let classes: Int
  private let logits: UnsafeMutablePointer<Float>?
  private let load: ImageWorkers.Load
  private let correct = Atomic<Int>(0)
  private let isFinite = Atomic<Bool>(true)

  init(
    executors: [Executor], classes: Int, logits: UnsafeMutablePointer<Float>?, load: @escaping ImageWorkers.Load
  ) {
    self.executors = executors
    self.classes = classes
    self.logits = logits
    self.load = load
  }

  var outcome: ImageWorkers.Outcome {
    ImageWorkers.Outcome(correct: correct.load(ordering: .relaxed), isFinite: isFinite.load(ordering: .relaxed))
  }

  func classify(_ image: Int, _ worker: Int) {
    let executor = executors[worker]
    executor.memory.labels[0] = load(image, executor.images)
    if !executor.run(images: 1).isFinite { isFinite.store(false, ordering: .relaxed) }
    correct.add(Int(executor.memory.correct[0]), ordering: .relaxed)
    (logits.map { $0 + image * classes })?.update(from: executor.logits, count: classes)
  }
}
