import SearchSpace
import Testing

@testable import Evaluator

/// Checkpoints within an epoch of a training with everything that has a state.
@Suite struct ResumptionTests {
  static let shape = Shape(height: 9, width: 9, channels: 3)

  static func plan(_ change: (inout TrainingPlan) -> Void = { _ in }) -> TrainingPlan {
    var plan = TrainingPlan(
      epochs: 2, batch: 12, learningRate: 0.01, validationImages: 17, augmentation: Augmentation(padding: 1, cutout: 3))
    plan.schedule = .exponential(.init(factor: 0.5, epochs: 1))
    plan.warmUpEpochs = 0.5
    plan.rmsProp = RMSProp(decay: 0.9, epsilon: 0.1)
    plan.averageDecay = 0.9
    plan.labelSmoothing = 0.1
    plan.dropout = 0.3
    plan.dropPathKeep = 0.5
    plan.auxiliaryWeight = 0.4
    change(&plan)
    return plan
  }

  /// Random images of four classes.
  private static func dataset() -> Dataset {
    var random = RandomStream(seed: 8)
    func images(_ count: Int) -> ImageSet {
      ImageSet(
        shape: shape, pixels: (0..<(count * shape.count)).map { _ in UInt8(random.integer(below: 256)) },
        labels: (0..<count).map { _ in UInt8(random.integer(below: 4)) })
    }
    let (training, test) = (images(60), images(16))
    return Dataset(
      name: "noise", isSynthetic: true, classes: ["a", "b", "c", "d"], training: training, checksum: "", test: { test })
  }

  static func trainer(_ plan: TrainingPlan = plan(), threads: Int = 1) throws -> Trainer {
    var skeleton = Skeleton(cells: 1, filters: 4, input: shape, classes: 4)
    if plan.auxiliaryWeight != nil {
      skeleton.auxiliaryHead = Skeleton.AuxiliaryHead(projectionFilters: 4, filters: 5)
    }
    return try Trainer(
      network: Network(genotype: KnownCells.nasnetA, skeleton: skeleton), plan: plan,
      data: TrainingData(dataset(), plan: plan, splitSeed: 1), seed: 5, threads: threads, instructions: .underTest())
  }

  private struct Stop: Error {}

  @Test func everyStepIsAPlaceToGoOnFrom() throws {
    let whole = try ResumptionTests.trainer()
    #expect(whole.stepsPerEpoch == 3)
    try whole.train()
    let end = whole.checkpoint()
    for stop in 0..<8 {
      // Step 3 of an epoch is the measurement behind it.
      let first = try ResumptionTests.trainer()
      var calls = 0
      #expect(throws: Stop.self) {
        try first.train(hook: { _, _ in
          defer { calls += 1 }
          if calls == stop { throw Stop() }
        })
      }
      let second = try ResumptionTests.trainer(threads: 2)
      try second.restore(first.checkpoint())
      #expect(second.stepsDone == first.stepsDone)
      try second.train()
      let same = second.checkpoint() == end
      #expect(same, "stopped at call \(stop)")
      #expect(second.epochs == whole.epochs)
    }
  }

  @Test func threadsMakeNoDifference() throws {
    let one = try ResumptionTests.trainer()
    try one.trainEpoch()
    let three = try ResumptionTests.trainer(threads: 3)
    try three.trainEpoch()
    let same = one.checkpoint() == three.checkpoint()
    #expect(same)
  }

  /// Each part of the recipe has an effect on the weights.
  @Test func everyPartCounts() throws {
    let everything = try ResumptionTests.trainer()
    try everything.trainEpoch()
    let changes: [(String, (inout TrainingPlan) -> Void)] = [
      ("schedule", { $0.schedule = .constant }), ("warm-up", { $0.warmUpEpochs = nil }),
      ("rmsProp", { $0.rmsProp = nil }),
      ("smoothing", { $0.labelSmoothing = nil }), ("dropout", { $0.dropout = nil }),
      ("drop-path", { $0.dropPathKeep = nil }), ("cutout", { $0.augmentation.cutout = nil }),
      ("auxiliary weight", { $0.auxiliaryWeight = 0.8 }),
    ]
    for (name, change) in changes {
      let trainer = try ResumptionTests.trainer(ResumptionTests.plan(change))
      try trainer.trainEpoch()
      let same = trainer.parameters == everything.parameters
      #expect(!same, "\(name)")
    }
    let plain = try ResumptionTests.trainer(ResumptionTests.plan { $0.averageDecay = nil })
    try plain.trainEpoch()
    let sameWeights = plain.parameters == everything.parameters
    let sameMeasured = everything.measuredParameters == everything.parameters
    #expect(sameWeights)
    #expect(!sameMeasured)
    let unaveraged = plain.measuredParameters == plain.parameters
    #expect(unaveraged)
  }

  @Test func networkAndRecipeMustFit() throws {
    let plan = ResumptionTests.plan { $0.auxiliaryWeight = nil }
    let data = try TrainingData(ResumptionTests.dataset(), plan: plan, splitSeed: 1)
    var skeleton = Skeleton(cells: 1, filters: 4, input: ResumptionTests.shape, classes: 4)
    func message(_ network: Network, _ plan: TrainingPlan) -> String {
      do {
        _ = try Trainer(network: network, plan: plan, data: data, seed: 1, instructions: .underTest())
        return ""
      } catch {
        return "\(error)"
      }
    }
    let without = try Network(genotype: KnownCells.nasnetA, skeleton: skeleton)
    #expect(
      message(without, ResumptionTests.plan())
        == "The recipe needs a network with an auxiliary head, but this one has none.")
    skeleton.auxiliaryHead = Skeleton.AuxiliaryHead()
    #expect(
      message(try Network(genotype: KnownCells.nasnetA, skeleton: skeleton), plan)
        == "The recipe needs a network with no auxiliary head, having no weight for its loss, but this one has one.")
    let topology = TopologySpace.nasbench201
    var random = RandomStream(seed: 3)
    skeleton.auxiliaryHead = nil
    let network = try topology.network(for: topology.sample(using: &random), skeleton: skeleton)
    #expect(
      message(network, plan)
        == "The recipe needs a network with paths that drop-path may leave out, but this one has none.")
  }

  /// What the optimiser and the average keep counts.
  @Test func memoryCounts() throws {
    let network = try ResumptionTests.trainer().network
    let more = try ResumptionTests.trainer().memoryBytes
    let less = try ResumptionTests.trainer(ResumptionTests.plan { ($0.rmsProp, $0.averageDecay) = (nil, nil) })
      .memoryBytes
    #expect(more - less == 4 * (2 * network.parameterCount + network.bufferCount))
  }
}
