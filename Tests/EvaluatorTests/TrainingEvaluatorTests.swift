import SearchSpace
import Testing

@testable import Evaluator

@Suite struct TrainingEvaluatorTests {
  static let plan = TrainingPlan(epochs: 2, batch: 8, validationImages: 20, augmentation: .none)

  private func evaluator(
    space: any Space = CellSpace.amoebanet, threads: Int = 1, memoryLimit: Int? = nil, timeLimit: Duration? = nil
  ) throws -> TrainingEvaluator {
    try TrainingEvaluator(
      space: space, skeleton: TrainerTests.skeleton, plan: TrainingEvaluatorTests.plan,
      data: TrainingData(quadrants(count: 52), plan: TrainingEvaluatorTests.plan, splitSeed: 2), threads: threads,
      instructions: .underTest(), memoryLimit: memoryLimit, timeLimit: timeLimit)
  }

  private func candidate(seed: UInt64 = 3) -> Candidate {
    var random = RandomStream(seed: 8)
    return Candidate(index: 0, architecture: CellSpace.amoebanet.sample(using: &random), seed: seed)
  }

  @Test func measuresACandidate() async throws {
    let outcome = try await evaluator().evaluate(candidate())
    guard case .measured(let measurement) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    let network = try CellSpace.amoebanet.network(for: candidate().architecture, skeleton: TrainerTests.skeleton)
    #expect(measurement.epochs.map(\.epoch) == [1, 2])
    #expect(measurement.reward == measurement.epochs[1].validationAccuracy)
    #expect(measurement.parameters == network.parameterCount)
    #expect(measurement.multiplyAdds == network.multiplyAdds)
  }

  @Test func sameCandidateSameOutcome() async throws {
    let first = try await evaluator().evaluate(candidate())
    #expect(try await evaluator(threads: 2).evaluate(candidate()) == first)
    #expect(try await evaluator().evaluate(candidate(seed: 4)) != first)
  }

  @Test func architecturesThatDoNotFitAreFailures() async throws {
    let short = Candidate(index: 0, architecture: Architecture(choices: [1]), seed: 1)
    let outcome = try await evaluator().evaluate(short)
    guard case .failed(let failure) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(failure.kind == .invalid)
    let expected = CellSpace.amoebanet.decisions.count
    #expect(failure.reason == "An architecture of this space has \(expected) choices, but 1 were given.")
  }

  @Test func limitsAreFailures() async throws {
    let large = try await evaluator(memoryLimit: 1000).evaluate(candidate())
    guard case .failed(let memory) = large else {
      Issue.record("\(large)")
      return
    }
    #expect(memory.kind == .outOfMemory)
    #expect(memory.reason.hasSuffix("but the limit is 1000 bytes."))
    let slow = try await evaluator(timeLimit: .zero).evaluate(candidate())
    guard case .failed(let time) = slow else {
      Issue.record("\(slow)")
      return
    }
    #expect(time.kind == .timedOut)
  }

  @Test func cancellationIsNotAFailure() async throws {
    let evaluator = try evaluator()
    let candidate = candidate()
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return try await evaluator.evaluate(candidate)
    }
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  @Test func dataMustFitTheSkeleton() throws {
    let plan = TrainingEvaluatorTests.plan
    let data = try TrainingData(quadrants(count: 52), plan: plan, splitSeed: 2)
    #expect(
      throws: TrainingPlanError.dataDoesNotFit(
        expected: "images of 32×32×3 and 10 classes", found: "images of 8×8×3 and 4 classes")
    ) {
      try TrainingEvaluator(
        space: CellSpace.nasnet, skeleton: Skeleton(cells: 1, filters: 4), plan: plan, data: data,
        instructions: .reference)
    }
  }
}
