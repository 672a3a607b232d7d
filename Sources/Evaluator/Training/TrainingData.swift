import SearchSpace

/// A data set made ready for a recipe: what is trained on, what validates, and how images become numbers.
public struct TrainingData: Sendable {
  /// The data set.
  public let dataset: Dataset
  /// Which images train and which validate.
  public let split: Split
  /// Mean and deviation per channel, of the whole training part (before the recipe's limit).
  public let normalization: Normalization
  let transform: ImageTransform

  /// Splits a data set and measures its training part.
  /// - Throws: `DatasetError` when the data set is too small, `TrainingPlanError` when the recipe is not valid.
  public init(_ dataset: Dataset, plan: TrainingPlan, splitSeed: UInt64) throws {
    try plan.validate()
    let whole = try Split(count: dataset.training.count, validation: plan.validationImages, seed: splitSeed)
    self.dataset = dataset
    normalization = Normalization(of: dataset.training, at: whole.training)
    let limit = min(plan.trainingImages ?? whole.training.count, whole.training.count)
    split = try whole.limited(toTraining: limit)
    guard split.training.count >= plan.batch else {
      throw TrainingPlanError.fewerImagesThanBatch(images: split.training.count, batch: plan.batch)
    }
    transform = ImageTransform(
      shape: dataset.shape, normalization: normalization, augmentation: plan.augmentation)
  }
}

/// Fills batches on all threads; each image has a random stream of its own, so threads make no difference.
final class BatchAssembler {
  private let images: ImageSet
  private let transform: ImageTransform
  private let pool: ThreadPool
  private let memory: EngineMemory
  private let indices: UnsafeMutablePointer<Int>
  private var target: UnsafeMutablePointer<Float>
  private let random: RandomStream
  private var firstStream = 0

  /// - Parameter random: what varies the images.
  init(
    _ images: ImageSet, transform: ImageTransform, random: RandomStream, memory: EngineMemory, capacity: Int,
    pool: ThreadPool
  ) {
    self.random = random
    self.images = images
    self.transform = transform
    self.memory = memory
    self.pool = pool
    target = memory.arena
    indices = UnsafeMutablePointer.allocate(capacity: capacity)
    indices.initialize(repeating: 0, count: capacity)
  }

  deinit { indices.deallocate() }

  /// Writes the images at `chosen` to `target` and their labels to the engine's, varied by streams `firstStream`... of the
  /// randomness.
  func assemble(_ chosen: ArraySlice<Int>, to target: UnsafeMutablePointer<Float>, firstStream: Int) {
    self.target = target
    self.firstStream = firstStream
    for (position, index) in chosen.enumerated() {
      indices[position] = index
      memory.labels[position] = images.labels[index]
    }
    pool.run(tasks: chosen.count, context: Unmanaged.passUnretained(self).toOpaque()) { context, task, _ in
      Unmanaged<BatchAssembler>.fromOpaque(context).takeUnretainedValue().write(task)
    }
  }

  private func write(_ position: Int) {
    var stream = random.split("augmentation", firstStream + position)
    transform.writeAugmented(
      images, at: indices[position], to: target + position * transform.shape.count, random: &stream)
  }
}
