import SearchSpace
import Testing

@testable import Evaluator

/// Trainings that store values as bf16, beside those in single precision.
@Suite struct PrecisionTests {
  /// Cosine of the angle between two gradients.
  private func agreement(_ one: [[Float]], _ other: [[Float]]) -> Double {
    var (product, square, otherSquare) = (0.0, 0.0, 0.0)
    for (a, b) in zip(one.joined(), other.joined()) {
      product += Double(a) * Double(b)
      square += Double(a) * Double(a)
      otherSquare += Double(b) * Double(b)
    }
    return product / (square * otherSquare).squareRoot()
  }

  /// In small graphs rounding turns the gradient a little; an operation that reads or leaves its values wrongly turns it
  /// away. The loss differs, or nothing was rounded.
  @Test(arguments: GradientTests.cases + OddGraphs.cases) func gradientsAgree(_ example: GradientTests.Case) throws {
    let network = try example.network()
    let kernels = try KernelTable(InstructionSet.underTest(), for: network, storing: .bf16)
    let exact = try EngineRun(network, batch: 19)
    let rounded = try EngineRun(network, batch: 19, kernels: kernels)
    let (expected, found) = (exact.loss(), rounded.loss())
    #expect(abs(found - expected) < 0.01 * expected && found != expected, "\(found) beside \(expected)")
    #expect(agreement(rounded.gradients, exact.gradients) > 0.995)
  }

  /// In whole networks with random weights the least change of the images turns the gradient as much as rounding does,
  /// while the loss stays.
  @Test(arguments: [CellSpace.nasnet, CellSpace.amoebanet]) func lossesAgree(_ space: CellSpace) throws {
    let skeleton = Skeleton(cells: 1, filters: 8, input: Shape(height: 17, width: 18, channels: 3), classes: 4)
    for index in 0..<20 {
      var random = RandomStream(seed: 14).split("architecture", index)
      let architecture = space.sample(using: &random)
      let network = try space.network(for: architecture, skeleton: skeleton)
      let kernels = try KernelTable(InstructionSet.underTest(), for: network, storing: .bf16)
      let expected = try EngineRun(network, batch: 16, seed: UInt64(index)).loss()
      let found = try EngineRun(network, batch: 16, seed: UInt64(index), kernels: kernels).loss()
      #expect(abs(found - expected) < 0.04 * expected && found != expected, "\(architecture.choices)")
    }
  }

  /// What a recipe can leave out and add goes through the same stores.
  @Test func regularizedGradientsAgree() throws {
    var skeleton = Skeleton(cells: 1, filters: 4, input: Shape(height: 9, width: 9, channels: 3), classes: 5)
    skeleton.auxiliaryHead = Skeleton.AuxiliaryHead(projectionFilters: 6, filters: 7)
    let network = try Network(genotype: KnownCells.nasnetA, skeleton: skeleton)
    let features = RegularizationTests.everything
    let kernels = try KernelTable(InstructionSet.underTest(), for: network, storing: .bf16)
    let exact = try EngineRun(network, batch: 16, features: features)
    let rounded = try EngineRun(network, batch: 16, kernels: kernels, features: features)
    let (expected, found) = (exact.loss(), rounded.loss())
    #expect(abs(found - expected) < 0.04 * expected && found != expected)
    #expect(agreement(rounded.gradients, exact.gradients) > 0.98)
  }

  @Test func valuesTakeHalfTheMemory() throws {
    let network = try Network(genotype: KnownCells.amoebanetA, skeleton: Skeleton(cells: 1, filters: 16))
    let plans = try Precision.allCases.map {
      try ExecutionPlan(
        network: network, batch: 64, mode: .training, instructions: .underTest(), precision: $0)
    }
    #expect(plans.map(\.valueBytes) == [4, 2])
    #expect(Double(plans[1].arenaBytes) < 0.55 * Double(plans[0].arenaBytes))
    let traffic = plans.map { $0.summary.reduce(0) { $0 + $1.bytesRead + $1.bytesWritten } }
    #expect(Double(traffic[1]) < 0.51 * Double(traffic[0]), "but for the rows before the last layer")
    let inference = try ExecutionPlan(
      network: network, batch: 64, mode: .inference, instructions: .underTest(), precision: .bf16)
    #expect(inference.valueBytes == 4, "accuracy is measured in single precision")
  }

  private func trained(_ precision: Precision?, threads: Int) throws -> (ModelParameters, [EpochRecord]) {
    var plan = TrainingPlan(epochs: 4, batch: 12, validationImages: 40, augmentation: Augmentation(padding: 1))
    plan.precision = precision
    let data = try TrainingData(quadrants(count: 280), plan: plan, splitSeed: 1)
    let network = try Network(genotype: KnownCells.nasnetA, skeleton: TrainerTests.skeleton)
    let trainer = try Trainer(
      network: network, plan: plan, data: data, seed: 5, threads: threads, instructions: .underTest())
    try trainer.train()
    return (trainer.parameters, trainer.epochs)
  }

  @Test func itLearnsAndThreadsMakeNoDifference() throws {
    let one = try trained(.bf16, threads: 1)
    let three = try trained(.bf16, threads: 3)
    let areEqual = one.0 == three.0 && one.1 == three.1
    #expect(areEqual)
    let exact = try trained(nil, threads: 1)
    #expect(try trained(.float32, threads: 1).1 == exact.1)
    #expect(one.1 != exact.1)
    let (found, expected) = (one.1.last?.loss ?? .nan, exact.1.last?.loss ?? .nan)
    #expect(abs(found - expected) < 0.15 && found < 1, "\(found) beside \(expected); ln 4 is 1.39")
  }
}
