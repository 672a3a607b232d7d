import SearchSpace

/// A network with given parameters, ready to classify images: the door for models that are already trained.
///
/// Batch normalisations use their running statistics. Results do not depend on the number of threads. Not to be used
/// from several threads at once.
public final class Inference {
  /// The network.
  public let network: Network

  private let memory: EngineMemory
  private let workers: ImageWorkers

  /// Plans a network and takes its parameters.
  /// - Parameter memoryLimit: in bytes; compared with what the plan says before anything is allocated.
  /// - Throws: `Failure` of kind `outOfMemory` beyond the limit or where the system refuses; `EngineError` when the
  ///   parameters belong to another network or the network cannot be run.
  public init(
    network: Network, parameters: ModelParameters, threads: Int = 1, instructions: InstructionSet,
    memoryLimit: Int? = nil
  ) throws {
    let kernels = try KernelTable(instructions, for: network)
    let plan = try ImageWorkers.plan(network, kernels: kernels)
    let needed = plan.parameterBytes + plan.arenaBytes * threads
    if let memoryLimit, needed > memoryLimit {
      throw Failure(
        kind: .outOfMemory,
        reason: "The network needs \(needed) bytes on \(threads) threads, but the limit is \(memoryLimit) bytes.")
    }
    self.network = network
    memory = try EngineMemory(parametersOf: plan)
    workers = try ImageWorkers(
      plan: plan, kernels: kernels, parameters: memory, classes: network.classes, pool: try ThreadPool(threads: threads)
    )
    try parameters.write(to: memory)
    workers.prepare()
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
    let count = images.count / size
    var logits = [Float](repeating: 0, count: count * network.classes)
    logits.withUnsafeMutableBufferPointer { rows in
      // The outcome means nothing; there are no labels.
      _ = workers.run(images: count, logits: rows.baseAddress) { image, pixels in
        images.withUnsafeBufferPointer { values in
          guard let base = values.baseAddress else { return }
          pixels.update(from: base + image * size, count: size)
        }
        return 0
      }
    }
    return logits
  }

  /// The share of the test images classified rightly.
  /// - Throws: `TrainingPlanError` when the images have another shape; `Failure` of kind `diverged` when a logit is not
  ///   finite.
  public func testAccuracy(_ test: TestSet, normalization: Normalization) throws -> TestAccuracy {
    try check(test.images, normalization)
    let transform = ImageTransform(shape: test.images.shape, normalization: normalization, augmentation: .none)
    let outcome = workers.run(images: test.images.count) { image, pixels in
      transform.write(test.images, at: image, to: pixels)
      return test.images.labels[image]
    }
    guard outcome.isFinite else {
      throw Failure(kind: .diverged, reason: "The loss was not finite when measured on the test images.")
    }
    return TestAccuracy(share: Double(outcome.correct) / Double(test.images.count), images: test.images.count)
  }

  private func check(_ images: ImageSet, _ normalization: Normalization) throws {
    guard images.shape == network.inputShape, normalization.mean.count == network.inputShape.channels else {
      throw TrainingPlanError.dataDoesNotFit(
        expected: "images of \(network.inputShape) and as many means and deviations as channels",
        found: "images of \(images.shape) and \(normalization.mean.count) means")
    }
  }
}
