import SearchSpace
import Testing

@testable import Evaluator

/// The cells of a topology space are trained through the same door as any other.
@Suite struct TopologyTrainingTests {
  @Test func cellsOfNASBench201AreTrained() async throws {
    let images = try SyntheticData(trainingCount: 100, testCount: 10).dataset()
    var plan = TrainingPlan.quick
    plan.epochs = 1
    plan.batch = 20
    plan.trainingImages = nil
    plan.validationImages = 20
    let evaluator = try TrainingEvaluator(
      space: TopologySpace.nasbench201, skeleton: Skeleton(cells: 1, filters: 4), plan: plan,
      data: TrainingData(images, plan: plan, splitSeed: 0), instructions: InstructionSet.underTest())
    for (index, choices) in [[4, 2, 1, 2, 1, 1], [3, 3, 4, 1, 3, 1], [0, 0, 0, 1, 3, 0]].enumerated() {
      let outcome = try await evaluator.evaluate(
        Candidate(index: index, architecture: Architecture(choices: choices), seed: UInt64(index)))
      guard case .measured(let measurement) = outcome else {
        Issue.record("\(choices): \(outcome)")
        continue
      }
      #expect((0...1).contains(measurement.reward) && measurement.epochs.allSatisfy { $0.loss.isFinite })
    }
    let broken = try await evaluator.evaluate(
      Candidate(index: 3, architecture: Architecture(choices: [3, 0, 0, 0, 0, 0]), seed: 3))
    guard case .failed(let failure) = broken else {
      Issue.record("a cell without a path was trained")
      return
    }
    #expect(failure.kind == .invalid)
  }
}
