import SearchSpace

/// A network with given parameters, ready to classify images: the door for models that are already trained.
///
/// Batch normalisations use their running statistics. Results do not depend on the number of threads. Not to be used
/// from several threads at once.
public final class Inference {
  /// The network.
  public let network: Network
  /// Images that are worked on at a time.
  public let batch: Int

  private let memory: EngineMemory
  private let executor: Executor
  private let pool: ThreadPool

  /// Plans a network and takes its parameters.
  /// - Parameter memoryLimit: in bytes; compared with what the plan says before anything is allocated.
  /// - Throws: `Failure` of kind `outOfMemory` beyond the limit; `EngineError` when the parameters belong to another
  ///   network or the network cannot be run.
  public init(
    network: Network, parameters: ModelParameters, batch: Int, threads: Int = 1, instructions: InstructionSet,
    memoryLimit: Int? = nil
  ) throws {
    let kernels = try KernelTable(instructions, for: network)
    let plan = try ExecutionPlan(network: network, batch: batch, mode: .inference, kernels: kernels, threads: threads)
    let needed = plan.parameterBytes + plan.arenaBytes
    if let memoryLimit, needed > memoryLimit {
      throw Failure(
        kind: .outOfMemory,
        reason: "The network needs \(needed) bytes at batch \(batch), but the limit is \(memoryLimit) bytes.")
    }
    self.network = network
    self.batch = batch
    memory = EngineMemory(plans: [plan])
    pool = try ThreadPool(threads: threads)
    executor = Executor(plan: plan, memory: memory, kernels: kernels, pool: pool)
    try parameters.write(to: memory)
    executor.prepareInference()
  }

  /// The logits of images, one row of classes for each.
  /// - Parameter images: normalised values, image after image, each height × width × channels (NHWC).
  /// - Throws: `TrainingPlanError` when they are not a whole number of images.
  public func logits(_ images: [Float]) throws -> [Float] {
    let size = network.inputShape.count
    guard images.count % size == 0 else {
      throw TrainingPlanError.dataDoesNotFit(
        expected: "images of \(network.inputShape)", found: "\(images.count) values, no multiple of \(size)")
    }
    let total = images.count / size
    var logits: [Float] = []
    logits.reserveCapacity(total * network.classes)
    for first in stride(from: 0, to: total, by: batch) {
      let count = min(batch, total - first)
      images.withUnsafeBufferPointer { values in
        guard let base = values.baseAddress else { return }
        executor.images.update(from: base + first * size, count: count * size)
      }
      // The loss that comes with it means nothing; there are no labels.
      _ = executor.run(images: count)
      logits.append(contentsOf: UnsafeBufferPointer(start: executor.logits, count: count * network.classes))
    }
    return logits
  }

  /// The share of the test images classified rightly.
  /// - Throws: `TrainingPlanError` when the images have another shape; `Failure` of kind `diverged` when a logit is not
  ///   finite.
  public func testAccuracy(_ test: TestSet, normalization: Normalization) throws -> TestAccuracy {
    try check(test.images, normalization)
    let transform = ImageTransform(shape: test.images.shape, normalization: normalization, augmentation: .none)
    let assembler = BatchAssembler(test.images, transform: transform, memory: memory, capacity: batch, pool: pool)
    var hits = 0
    for first in stride(from: 0, to: test.images.count, by: batch) {
      let count = min(batch, test.images.count - first)
      assembler.assemble((first..<(first + count)).map { $0 }[...], to: executor.images, random: nil)
      guard executor.run(images: count).isFinite else {
        throw Failure(kind: .diverged, reason: "The loss was not finite when measured on the test images.")
      }
      for image in 0..<count { hits += Int(memory.correct[image]) }
    }
    return TestAccuracy(share: Double(hits) / Double(test.images.count), images: test.images.count)
  }

  private func check(_ images: ImageSet, _ normalization: Normalization) throws {
    guard images.shape == network.inputShape, normalization.mean.count == network.inputShape.channels else {
      throw TrainingPlanError.dataDoesNotFit(
        expected: "images of \(network.inputShape) and as many means and deviations as channels",
        found: "images of \(images.shape) and \(normalization.mean.count) means")
    }
  }
}
