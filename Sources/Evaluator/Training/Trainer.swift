import SearchSpace

/// Trains one network by a recipe, epoch by epoch.
///
/// The result depends on the network, the recipe, the data, the seed and the instruction set (which decides how sums are
/// rounded); not on the number of threads, and not on
/// whether the training was interrupted and continued from a checkpoint. Not to be used from several threads at once.
public final class Trainer {
  /// Called before every step with the step's number in the epoch and the number of steps; what it throws ends the
  /// training. The place for deadlines, cancellation and progress.
  public typealias Hook = (_ step: Int, _ steps: Int) throws -> Void

  /// The network.
  public let network: Network
  /// The recipe.
  public let plan: TrainingPlan
  /// The seed of the weights, the order of the images and their variation.
  public let seed: UInt64
  /// What each finished epoch gave.
  public internal(set) var epochs: [EpochRecord] = []
  /// How many steps of the epoch that runs are done.
  public internal(set) var stepsDone = 0
  /// The sum of the losses of these steps.
  var lossOfSteps = 0.0
  /// The memory that activations, gradients, weights, momentum and, where the recipe has them, RMSProp's mean squares and
  /// the average take, in bytes.
  public let memoryBytes: Int

  let memory: EngineMemory
  private let data: TrainingData
  private let random: RandomStream
  private let training: Executor
  private let inference: ImageWorkers
  let optimizer: Optimizer
  let average: WeightAverage?
  private let dropPath: ScheduledDropPath?
  private let assembler: BatchAssembler
  private let pool: ThreadPool

  /// What the steps of one batch do and cost.
  public var steps: [StepSummary] { training.plan.summary }
  /// Floats of a block of channels.
  public var lanes: Int { training.plan.lanes }
  /// The seconds that each of `steps` has taken since `isProfiled` was set, of all threads together.
  public var stepSeconds: [Double] { training.stepSeconds }
  /// How the time of all training steps so far divides.
  public private(set) var parts = StepParts()
  /// Whether the steps are timed, which costs a little.
  public var isProfiled: Bool {
    get { training.isProfiled }
    set { training.isProfiled = newValue }
  }

  /// Steps of one epoch: full batches only.
  public var stepsPerEpoch: Int { data.split.training.count / plan.batch }
  /// Whether all epochs are done.
  public var isFinished: Bool { epochs.count >= plan.epochs }

  /// Plans a network and makes its initial parameters. Images are varied as `data` was made to, which is its own plan's way.
  /// - Parameter memoryLimit: in bytes; compared with what the plan says before anything is allocated.
  /// - Throws: `Failure` of kind `outOfMemory` beyond the limit or where the system refuses; `TrainingPlanError` or
  ///   `EngineError` when recipe, network and data do not fit together.
  public init(
    network: Network, plan: TrainingPlan, data: TrainingData, seed: UInt64, threads: Int = 1,
    instructions: InstructionSet, memoryLimit: Int? = nil
  ) throws {
    try Trainer.check(network, plan, data)
    let kernels = try KernelTable(instructions, for: network)
    let trainingKernels = try KernelTable(instructions, for: network, storing: plan.precision ?? .float32)
    let steps = try ExecutionPlan(
      network: network, batch: plan.batch, mode: .training, kernels: trainingKernels, threads: threads,
      features: PlanFeatures(plan))
    let images = try ImageWorkers.plan(network, kernels: kernels)
    memoryBytes =
      steps.parameterBytes + steps.arenaBytes + images.arenaBytes * threads + Trainer.bytes(of: plan, network)
    // Without what further threads add, so that what a search records does not depend on their number.
    let needed = memoryBytes - (steps.scratchBytesPerThread + images.arenaBytes) * (threads - 1)
    if let memoryLimit, needed > memoryLimit {
      throw Failure(
        kind: .outOfMemory,
        reason: "Training needs \(needed) bytes at batch \(plan.batch), but the limit is \(memoryLimit) bytes.")
    }
    self.network = network
    self.plan = plan
    self.seed = seed
    self.data = data
    random = RandomStream(seed: seed)
    memory = try EngineMemory(steps)
    pool = try ThreadPool(threads: threads)
    training = Executor(plan: steps, memory: memory, kernels: trainingKernels, pool: pool)
    inference = try ImageWorkers(
      plan: images, kernels: kernels, parameters: memory, classes: network.classes, pool: pool)
    optimizer = try Optimizer(memory: memory, kernels: kernels, pool: pool, rmsProp: plan.rmsProp)
    dropPath = plan.dropPathKeep.map {
      ScheduledDropPath(finalKeep: $0, depths: network.droppablePaths.map(\.depth))
    }
    assembler = BatchAssembler(
      data.dataset.training, transform: data.transform, random: random, memory: memory, capacity: plan.batch, pool: pool
    )
    try ModelParameters(network: network, random: random).write(to: memory)
    average = try plan.averageDecay.map { [memory] in try WeightAverage(memory: memory, decay: $0) }
  }

  /// What the optimiser and the average keep besides the momentum.
  private static func bytes(of plan: TrainingPlan, _ network: Network) -> Int {
    FloatRegion.bytes(
      (plan.rmsProp == nil ? 0 : network.parameterCount)
        + (plan.averageDecay == nil ? 0 : network.parameterCount + network.bufferCount))
  }

  private static func check(_ network: Network, _ plan: TrainingPlan, _ data: TrainingData) throws {
    try plan.validate()
    try check(network, fits: data.dataset)
    try check(network, fits: plan)
    guard data.split.training.count >= plan.batch else {
      throw TrainingPlanError.fewerImagesThanBatch(images: data.split.training.count, batch: plan.batch)
    }
  }

  private static func check(_ network: Network, fits dataset: Dataset) throws {
    guard network.inputShape == dataset.shape, network.classes == dataset.classes.count else {
      throw TrainingPlanError.dataDoesNotFit(
        expected: "images of \(network.inputShape) and \(network.classes) classes",
        found: "images of \(dataset.shape) and \(dataset.classes.count) classes")
    }
  }

  private static func check(_ network: Network, fits plan: TrainingPlan) throws {
    let hasHead = network.auxiliaryOutput != nil
    guard hasHead == (plan.auxiliaryWeight != nil) else {
      throw TrainingPlanError.networkDoesNotFit(
        expected: hasHead ? "no auxiliary head, having no weight for its loss" : "an auxiliary head",
        found: hasHead ? "one" : "none")
    }
    guard plan.dropPathKeep == nil || !network.droppablePaths.isEmpty else {
      throw TrainingPlanError.networkDoesNotFit(expected: "paths that drop-path may leave out", found: "none")
    }
    guard plan.dropout == nil || network.endsFullyConnected else {
      throw TrainingPlanError.networkDoesNotFit(
        expected: "a fully connected last layer, whose features dropout leaves out", found: "another")
    }
  }

  /// The parameters as they are now; `load` replaces them.
  public var parameters: ModelParameters { ModelParameters(memory: memory) }

  /// The parameters that accuracies are measured with: the moving average where the recipe has one, else `parameters`.
  public var measuredParameters: ModelParameters { average?.inPlace { parameters } ?? parameters }

  /// Replaces the parameters; an average begins anew with them.
  /// - Throws: `EngineError.foreignParameters` when they belong to another network.
  public func load(_ parameters: ModelParameters) throws {
    try parameters.write(to: memory)
    average?.restart()
  }

  /// Trains all remaining epochs.
  /// - Throws: as `trainEpoch`.
  public func train(hook: Hook = { _, _ in }, onEpoch: (EpochRecord) -> Void = { _ in }) throws {
    while !isFinished { onEpoch(try trainEpoch(hook: hook)) }
  }

  /// Trains one epoch, or what is left of the one that runs, and measures the validation accuracy.
  /// - Throws: `Failure` of kind `diverged`; whatever `hook` throws. After an error of `hook` the trainer stands between
  ///   two steps: a checkpoint may be taken, and the next call goes on.
  @discardableResult
  public func trainEpoch(hook: Hook = { _, _ in }) throws -> EpochRecord {
    let epoch = epochs.count
    var orderStream = random.split("order", epoch)
    var order = data.split.training
    orderStream.shuffle(&order)
    let steps = stepsPerEpoch
    while stepsDone < steps {
      let step = stepsDone
      try hook(step, steps)
      let first = step * plan.batch
      StepParts.time(&parts.assembling) {
        assembler.assemble(
          order[first..<(first + plan.batch)], to: training.images,
          firstStream: augmentationStream(epoch: epoch, step: step))
      }
      drawFactors(epoch: epoch, step: step)
      lossOfSteps += try self.step(at: epoch * steps + step)
      stepsDone += 1
    }
    let record = EpochRecord(
      epoch: epoch + 1, loss: lossOfSteps / Double(steps), validationAccuracy: try validationAccuracy(hook: hook))
    epochs.append(record)
    stepsDone = 0
    lossOfSteps = 0
    return record
  }

  /// The number of the random stream that varies the first image of a step; the others follow.
  func augmentationStream(epoch: Int, step: Int) -> Int {
    epoch * data.split.training.count + step * plan.batch
  }

  /// Draws what drop-path and dropout leave out in a step.
  private func drawFactors(epoch: Int, step: Int) {
    let firstStream = augmentationStream(epoch: epoch, step: step)
    if let dropPath {
      dropPath.draw(
        training.pathFactors, count: plan.batch,
        progress: Double(epoch * stepsPerEpoch + step) / Double(plan.epochs * stepsPerEpoch), random: random,
        firstStream: firstStream)
    }
    if let share = plan.dropout {
      Dropout(share: share).draw(
        training.featureFactors, count: plan.batch, features: training.plan.droppedFeatures, random: random,
        firstStream: firstStream)
    }
  }

  /// The learning rate of a step, counted from 0 through all epochs.
  func learningRate(at step: Int) -> Double { plan.learningRate(at: step, stepsPerEpoch: stepsPerEpoch) }

  /// One step on the batch that lies in memory; returns its mean loss.
  private func step(at number: Int) throws -> Double {
    let loss = StepParts.time(&parts.propagating) { training.run(images: plan.batch) } / Double(plan.batch)
    let norm = StepParts.time(&parts.updating) { optimizer.gradientNorm() }
    guard loss.isFinite, norm.isFinite else {
      throw Failure(
        kind: .diverged, reason: "The loss was \(loss) and the gradient's norm \(norm) at step \(number + 1).")
    }
    StepParts.time(&parts.updating) {
      optimizer.step(plan, rate: learningRate(at: number), norm: norm)
      average?.update(after: number + 1)
    }
    return loss
  }

  /// The share of the validation images classified rightly with the running statistics.
  /// - Throws: what `hook` throws; `Failure` of kind `diverged` when a logit is not finite.
  public func validationAccuracy(hook: Hook = { _, _ in }) throws -> Double {
    try accuracy(of: data.split.validation, from: data.dataset.training, hook: hook)
  }

  /// The share of the test images classified rightly with the running statistics; for the end of a full training.
  /// - Throws: `TrainingPlanError` when the images have another shape; else as `validationAccuracy`.
  public func testAccuracy(_ test: TestSet, hook: Hook = { _, _ in }) throws -> TestAccuracy {
    guard test.images.shape == network.inputShape else {
      throw TrainingPlanError.dataDoesNotFit(
        expected: "images of \(network.inputShape)", found: "test images of \(test.images.shape)")
    }
    return TestAccuracy(
      share: try accuracy(of: Array(0..<test.images.count), from: test.images, hook: hook), images: test.images.count)
  }

  private func accuracy(of chosen: [Int], from images: ImageSet, hook: Hook) throws -> Double {
    guard let average else { return try plainAccuracy(of: chosen, from: images, hook: hook) }
    return try average.inPlace { try plainAccuracy(of: chosen, from: images, hook: hook) }
  }

  private func plainAccuracy(of chosen: [Int], from images: ImageSet, hook: Hook) throws -> Double {
    inference.prepare()
    let transform = data.transform
    var correct = 0
    for first in stride(from: 0, to: chosen.count, by: plan.batch) {
      try hook(stepsPerEpoch, stepsPerEpoch)
      let outcome = inference.run(images: min(plan.batch, chosen.count - first)) { position, pixels in
        transform.write(images, at: chosen[first + position], to: pixels)
        return images.labels[chosen[first + position]]
      }
      guard outcome.isFinite else {
        throw Failure(kind: .diverged, reason: "The loss was not finite when measured after epoch \(epochs.count + 1).")
      }
      correct += outcome.correct
    }
    return Double(correct) / Double(chosen.count)
  }
}

extension Network {
  /// Whether the last node is a fully connected layer: only before one does dropout act.
  fileprivate var endsFullyConnected: Bool {
    guard case .linear = nodes[nodes.count - 1].primitive else { return false }
    return true
  }
}
