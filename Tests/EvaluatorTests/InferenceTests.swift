import SearchSpace
import Testing

@testable import Evaluator

@Suite struct InferenceTests {
  private let trainer: Trainer
  private let dataset = quadrants(count: 140)
  private let data: TrainingData

  init() throws {
    let plan = TrainingPlan(epochs: 10, batch: 12, validationImages: 17, augmentation: .none)
    data = try TrainingData(dataset, plan: plan, splitSeed: 1)
    let network = try Network(genotype: KnownCells.nasnetA, skeleton: TrainerTests.skeleton)
    trainer = try Trainer(network: network, plan: plan, data: data, seed: 5, instructions: .underTest())
    try trainer.train()
  }

  private func inference(threads: Int = 1) throws -> Inference {
    let parameters = try ModelParameters(
      network: trainer.network, values: trainer.parameters.tensors.map(\.values))
    return try Inference(
      network: trainer.network, parameters: parameters, threads: threads, instructions: .underTest())
  }

  private func images(_ test: TestSet) -> [Float] {
    data.normalization.applied(to: test.images.pixels, channels: 3)
  }

  @Test func theStoredModelTestsAsTheTrainerDid() throws {
    let test = try dataset.loadTest()
    let expected = try trainer.testAccuracy(test)
    for threads in [1, 3] {
      let inference = try inference(threads: threads)
      #expect(try inference.testAccuracy(test, normalization: data.normalization) == expected)
      let logits = try inference.logits(images(test))
      let hits = test.images.labels.enumerated().count { image, label in
        let row = logits[(4 * image)..<(4 * image + 4)]
        return row.max() == row[row.startIndex + Int(label)]
      }
      #expect(Double(hits) / 16 == expected.share)
    }
    #expect(expected.share > 0.3, "a model that knows something tells wrong inputs from right ones")
  }

  @Test func neitherThreadsNorOtherImagesMakeADifference() throws {
    let images = images(try dataset.loadTest())
    let whole = try inference().logits(images)
    #expect(whole.count == 64 && Set(whole).count > 32)
    for threads in [2, 3, 17] {
      let same = try inference(threads: threads).logits(images) == whole
      #expect(same, "\(threads) threads")
    }
    let size = images.count / 16
    #expect(try inference(threads: 2).logits(Array(images[(5 * size)..<(8 * size)])) == Array(whole[20..<32]))
    #expect(try inference().logits([]).isEmpty)
  }

  @Test func pixelsAreNormalisedAsInTraining() throws {
    let test = try dataset.loadTest().images
    let transform = ImageTransform(shape: test.shape, normalization: data.normalization, augmentation: .none)
    var expected = [Float](repeating: 0, count: test.shape.count)
    expected.withUnsafeMutableBufferPointer { buffer in
      if let base = buffer.baseAddress { transform.write(test, at: 3, to: base) }
    }
    let first = 3 * test.shape.count
    #expect(images(try dataset.loadTest())[first..<(first + test.shape.count)] == expected[...])
  }

  @Test func whatDoesNotFitIsRefused() throws {
    #expect(throws: EngineError.self) { try ModelParameters(network: trainer.network, values: []) }
    var values = trainer.parameters.tensors.map(\.values)
    values[0].append(0)
    #expect(throws: EngineError.self) { try ModelParameters(network: trainer.network, values: values) }
    #expect(throws: TrainingPlanError.self) { try inference().logits([1, 2, 3]) }
    let other = Normalization(mean: [1], standardDeviation: [1])
    #expect(throws: TrainingPlanError.self) { try inference().testAccuracy(dataset.loadTest(), normalization: other) }
    #expect {
      try Inference(
        network: trainer.network, parameters: trainer.parameters, instructions: .underTest(),
        memoryLimit: 1000)
    } throws: { ($0 as? Failure)?.kind == .outOfMemory }
  }
}
