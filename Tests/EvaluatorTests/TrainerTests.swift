import Foundation
import SearchSpace
import Testing

@testable import Evaluator

/// A tiny problem: 8×8 images whose class is the brighter quadrant.
func quadrants(count: Int, seed: UInt64 = 3) -> Dataset {
  var random = RandomStream(seed: seed)
  let shape = Shape(height: 8, width: 8, channels: 3)
  func images(_ count: Int) -> ImageSet {
    var pixels: [UInt8] = []
    var labels: [UInt8] = []
    for _ in 0..<count {
      let label = random.integer(below: 4)
      labels.append(UInt8(label))
      for place in 0..<64 {
        let quadrant = place / 8 / 4 * 2 + place % 8 / 4
        for _ in 0..<3 { pixels.append(UInt8(random.integer(below: 100) + (quadrant == label ? 100 : 0))) }
      }
    }
    return ImageSet(shape: shape, pixels: pixels, labels: labels)
  }
  let training = images(count)
  let test = images(16)
  return Dataset(
    name: "quadrants", isSynthetic: true, classes: ["a", "b", "c", "d"], training: training, checksum: "",
    test: { test })
}

@Suite struct TrainerTests {
  static let skeleton = Skeleton(cells: 1, filters: 4, input: Shape(height: 8, width: 8, channels: 3), classes: 4)

  private func trainer(
    epochs: Int = 3, threads: Int = 1, seed: UInt64 = 5, count: Int = 60,
    augmentation: Augmentation = Augmentation(padding: 1),
    genotype: Genotype = KnownCells.nasnetA, limit: Int? = nil
  ) throws -> Trainer {
    let plan = TrainingPlan(epochs: epochs, batch: 12, validationImages: 17, augmentation: augmentation)
    let data = try TrainingData(quadrants(count: count), plan: plan, splitSeed: 1)
    let network = try Network(genotype: genotype, skeleton: TrainerTests.skeleton)
    return try Trainer(
      network: network, plan: plan, data: data, seed: seed, threads: threads, instructions: .underTest(),
      memoryLimit: limit)
  }

  @Test func ownsExactlyTheCountedScalars() throws {
    for genotype in KnownCells.all {
      let trainer = try trainer(genotype: genotype)
      let network = trainer.network
      #expect(trainer.parameters.count == network.parameterCount + network.bufferCount)
      #expect(trainer.parameters.trainableCount == network.parameterCount)
      let declared = network.nodes.flatMap(\.tensors)
      #expect(trainer.parameters.tensors.map(\.shape) == declared.map(\.shape))
      #expect(trainer.parameters.tensors.allSatisfy { $0.values.count == $0.shape.reduce(1, *) })
      #expect(Set(trainer.parameters.tensors.map(\.name)).count == declared.count)
    }
  }

  @Test func threadsMakeNoDifference() throws {
    var results: [(ModelParameters, [EpochRecord])] = []
    for threads in 1...3 {
      let trainer = try trainer(epochs: 1, threads: threads)
      try trainer.train()
      results.append((trainer.parameters, trainer.epochs))
    }
    for threads in 1...2 {
      #expect(results[threads].1 == results[0].1)
      let sameParameters = results[threads].0 == results[0].0
      #expect(sameParameters)
    }
  }

  @Test func differentSeedsDiffer() throws {
    let one = try trainer(epochs: 1)
    let other = try trainer(epochs: 1, seed: 6)
    #expect(one.parameters != other.parameters)
    try one.train()
    try other.train()
    #expect(one.epochs != other.epochs)
  }

  @Test func continuesFromACheckpointBitByBit() throws {
    let whole = try trainer()
    try whole.train()
    let first = try trainer()
    try first.trainEpoch()
    let bytes = first.checkpoint()
    let second = try trainer()
    try second.restore(bytes)
    #expect(second.epochs == first.epochs)
    try second.train()
    #expect(second.epochs == whole.epochs)
    // Compared outside of the expectation, which would print the difference of a hundred thousand numbers.
    let sameParameters = second.parameters == whole.parameters
    let sameState = second.checkpoint() == whole.checkpoint()
    #expect(sameParameters)
    #expect(sameState)
  }

  @Test func refusesForeignAndDamagedCheckpoints() throws {
    let trainer = try trainer()
    try trainer.trainEpoch()
    let bytes = trainer.checkpoint()
    #expect(throws: CheckpointError.foreign(what: "seed")) { try self.trainer(seed: 9).restore(bytes) }
    #expect(throws: CheckpointError.foreign(what: "recipe")) { try self.trainer(epochs: 4).restore(bytes) }
    #expect(throws: CheckpointError.foreign(what: "network")) {
      try self.trainer(genotype: KnownCells.amoebanetA).restore(bytes)
    }
    var damaged = bytes
    damaged[bytes.count / 2] ^= 1
    #expect(throws: CheckpointError.damaged(reason: "its hash does not match its content")) {
      try self.trainer().restore(damaged)
    }
    #expect(throws: CheckpointError.self) { try self.trainer().restore([]) }
    // The number of the first epoch, behind the magic and four words, with a hash that fits.
    damaged = bytes
    damaged[8 + 4 * 8 + 7] = 0x80
    let hash = Trainer.checkpointHash(damaged.dropLast(8))
    damaged = damaged.dropLast(8) + (0..<8).map { UInt8(truncatingIfNeeded: hash >> UInt64(8 * $0)) }
    #expect(throws: CheckpointError.damaged(reason: "its record of epoch 1 cannot be")) {
      try self.trainer().restore(damaged)
    }
  }

  /// Data that was split for another recipe may hold less than a batch of this one.
  @Test func lessThanABatchIsRefused() throws {
    var plan = TrainingPlan(epochs: 1, batch: 12, validationImages: 17)
    let data = try TrainingData(quadrants(count: 60), plan: plan, splitSeed: 1)
    plan.batch = 44
    let network = try Network(genotype: KnownCells.nasnetA, skeleton: TrainerTests.skeleton)
    #expect(throws: TrainingPlanError.fewerImagesThanBatch(images: 43, batch: 44)) {
      try Trainer(network: network, plan: plan, data: data, seed: 0, instructions: .underTest())
    }
  }

  @Test func learnsATinyProblem() throws {
    let trainer = try trainer(epochs: 12, count: 140, augmentation: .none)
    try trainer.train()
    let last = try #require(trainer.epochs.last)
    #expect(last.loss < 0.15, "\(trainer.epochs)")
    #expect(last.validationAccuracy > 0.85, "\(trainer.epochs)")
  }

  @Test func divergenceIsAFailure() throws {
    let trainer = try trainer()
    var parameters = trainer.parameters
    parameters.tensors[0].values[0] = .nan
    try trainer.load(parameters)
    let failure = try #require(throws: Failure.self) { try trainer.train() }
    #expect(failure.kind == .diverged)
  }

  @Test func memoryLimitIsCheckedBeforeAllocating() throws {
    let needed = try trainer().memoryBytes
    _ = try trainer(limit: needed)
    let failure = try #require(throws: Failure.self) { try trainer(limit: needed - 1) }
    #expect(failure.kind == .outOfMemory)
    #expect(failure.reason == "Training needs \(needed) bytes at batch 12, but the limit is \(needed - 1) bytes.")
  }

  @Test func hookEndsTheTraining() throws {
    struct Stop: Error {}
    let trainer = try trainer()
    #expect(throws: Stop.self) { try trainer.train(hook: { step, _ in if step == 2 { throw Stop() } }) }
    #expect(trainer.epochs.isEmpty)
  }

  @Test func everyImageOfEveryEpochHasAStreamOfItsOwn() throws {
    let trainer = try trainer()
    let streams = (0..<3).flatMap { epoch in (0..<3).map { trainer.augmentationStream(epoch: epoch, step: $0) } }
    #expect(zip(streams, streams.dropFirst()).allSatisfy { $1 - $0 >= trainer.plan.batch })
  }

  @Test func rateFollowsACosineToZero() throws {
    let trainer = try trainer(epochs: 2)
    let steps = 2 * trainer.stepsPerEpoch
    #expect(trainer.stepsPerEpoch == 3)
    #expect(trainer.learningRate(at: 0) == 0.05)
    #expect(abs(trainer.learningRate(at: steps / 2) - 0.025) < 1e-15)
    #expect(abs(trainer.learningRate(at: steps)) < 1e-15)
  }

  /// Two steps against the update rule written out in double precision.
  @Test func optimizerFollowsItsRule() throws {
    let trainer = try trainer()
    let kernels = try KernelTable(InstructionSet.underTest())
    let optimizer = try Optimizer(memory: trainer.memory, kernels: kernels, pool: try ThreadPool(threads: 2))
    let layout = trainer.memory.layout
    var random = RandomStream(seed: 4)
    var weights = (0..<layout.trainableCount).map { Double(trainer.memory.trainable[$0]) }
    var velocity = [Double](repeating: 0, count: weights.count)
    for _ in 0..<2 {
      var square = 0.0
      for index in weights.indices {
        trainer.memory.gradients[index] = Float(random.uniform() - 0.4)
        square += Double(trainer.memory.gradients[index]) * Double(trainer.memory.gradients[index])
      }
      let norm = optimizer.gradientNorm()
      #expect(abs(norm - square.squareRoot()) < 1e-4 * norm)
      #expect(norm > 5)
      optimizer.step(trainer.plan, rate: 0.05, norm: norm)
      for index in weights.indices {
        let clipped = Double(trainer.memory.gradients[index]) * 5 / (norm + 1e-6)
        let gradient = clipped + (index < layout.kernelCount ? 5e-4 * weights[index] : 0)
        velocity[index] = 0.9 * velocity[index] + gradient
        weights[index] -= 0.05 * (gradient + 0.9 * velocity[index])
      }
    }
    let worst = weights.indices.map { abs(weights[$0] - Double(trainer.memory.trainable[$0])) }.max() ?? 1
    #expect(worst < 1e-6)
    let roles = layout.entries.filter { $0.tensor.role == .kernel }
    #expect(roles.reduce(0) { $0 + $1.tensor.count } == layout.kernelCount)
  }

  /// Without a fully connected layer at the end the factors of dropout would be drawn for nothing.
  @Test func dropoutNeedsAFullyConnectedLastLayer() throws {
    var builder = NetworkBuilder(input: TrainerTests.skeleton.input)
    let window = Window(kernel: Extent(3))
    let scores = try builder.add(
      .convolution(Convolution(outputChannels: 4, window: window)), [builder.input], name: "scores")
    let mean = try builder.add(.globalAveragePool, [scores], name: "mean")
    let network = builder.network(output: mean)
    var plan = TrainingPlan(epochs: 1, batch: 12, validationImages: 17)
    let data = try TrainingData(quadrants(count: 60), plan: plan, splitSeed: 1)
    func make() throws -> Trainer {
      try Trainer(network: network, plan: plan, data: data, seed: 5, instructions: .underTest())
    }
    _ = try make()
    plan.dropout = 0.5
    let error = try #require(throws: TrainingPlanError.self) { try make() }
    #expect(
      error.description
        == "The recipe needs a network with a fully connected last layer, whose features dropout leaves out, but this one "
        + "has another.")
  }

  /// After one step the running statistics are a tenth of the batch's and nine tenths of what was there.
  @Test func runningStatisticsMoveTowardsTheBatch() throws {
    var builder = NetworkBuilder(input: Shape(height: 3, width: 2, channels: 4))
    let norm = try builder.add(.batchNorm(BatchNorm()), [builder.input], name: "norm")
    let mean = try builder.add(.globalAveragePool, [norm], name: "mean")
    let logits = try builder.add(.linear(Linear(outputs: 3)), [mean], name: "linear")
    let run = try EngineRun(builder.network(output: logits), batch: 5)
    _ = run.loss()
    let parameters = ModelParameters(memory: run.memory)
    for channel in 0..<4 {
      let values = stride(from: channel, to: run.images.count, by: 4).map { Double(run.images[$0]) }
      let mean = values.reduce(0, +) / 30
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 29
      #expect(abs(Double(parameters.tensors[2].values[channel]) - 0.1 * mean) < 1e-6)
      #expect(abs(Double(parameters.tensors[3].values[channel]) - (0.9 + 0.1 * variance)) < 1e-6)
    }
  }
}
