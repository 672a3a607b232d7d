import SearchSpace

/// Evaluates candidates by training them for a short while; the reward is the validation accuracy after the last epoch.
public struct TrainingEvaluator: Evaluating {
  /// What the candidates are points of.
  public let space: any Space
  /// The network around the cells.
  public let skeleton: Skeleton
  /// The recipe.
  public let plan: TrainingPlan
  /// The images.
  public let data: TrainingData
  /// Threads inside one evaluation; they do not change its result.
  public let threads: Int
  /// The kernels' instruction set.
  public let instructions: InstructionSet
  /// The most memory a training may need, in bytes, nil for no limit.
  public let memoryLimit: Int?
  /// The longest a training may take, nil for no limit.
  public let timeLimit: Duration?
  /// Called after every epoch, with the candidate.
  public let onEpoch: @Sendable (Candidate, EpochRecord) -> Void

  /// Creates an evaluator and checks that recipe, skeleton and data fit together.
  /// - Throws: `TrainingPlanError`, `NetworkError`.
  public init(
    space: any Space, skeleton: Skeleton, plan: TrainingPlan, data: TrainingData, threads: Int = 1,
    instructions: InstructionSet, memoryLimit: Int? = nil, timeLimit: Duration? = nil,
    onEpoch: @escaping @Sendable (Candidate, EpochRecord) -> Void = { _, _ in }
  ) throws {
    try plan.validate()
    try skeleton.validate()
    guard skeleton.input == data.dataset.shape, skeleton.classes == data.dataset.classes.count else {
      throw TrainingPlanError.dataDoesNotFit(
        expected: "images of \(skeleton.input) and \(skeleton.classes) classes",
        found: "images of \(data.dataset.shape) and \(data.dataset.classes.count) classes")
    }
    self.space = space
    self.skeleton = skeleton
    self.plan = plan
    self.data = data
    self.threads = threads
    self.instructions = instructions
    self.memoryLimit = memoryLimit
    self.timeLimit = timeLimit
    self.onEpoch = onEpoch
  }

  /// Trains one candidate.
  /// - Throws: `CancellationError` when the task is cancelled; `EngineError` when this machine cannot train at all.
  public func evaluate(_ candidate: Candidate) async throws -> Outcome {
    let network: Network
    do {
      network = try space.network(for: candidate.architecture, skeleton: skeleton)
    } catch let error as ArchitectureError {
      return .failed(Failure(kind: .invalid, reason: error.description))
    } catch let error as NetworkError {
      return .failed(Failure(kind: .invalid, reason: error.description))
    }
    do {
      return .measured(try train(network, candidate))
    } catch let failure as Failure {
      return .failed(failure)
    }
  }

  private func train(_ network: Network, _ candidate: Candidate) throws -> Measurement {
    let deadline = timeLimit.map { ContinuousClock.now + $0 }
    let trainer = try Trainer(
      network: network, plan: plan, data: data, seed: candidate.seed, threads: threads, instructions: instructions,
      memoryLimit: memoryLimit)
    try trainer.train { _, _ in
      try Task.checkCancellation()
      if let deadline, let timeLimit, ContinuousClock.now > deadline {
        throw Failure(kind: .timedOut, reason: "Training took longer than the limit of \(timeLimit).")
      }
    } onEpoch: {
      onEpoch(candidate, $0)
    }
    return Measurement(
      reward: trainer.epochs.last?.validationAccuracy ?? 0, epochs: trainer.epochs, parameters: network.parameterCount,
      multiplyAdds: network.multiplyAdds)
  }
}
