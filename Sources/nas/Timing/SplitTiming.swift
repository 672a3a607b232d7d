import Evaluator
import Foundation
import SearchSpace

/// Chooses how a search divides the machine, by trying it where that is worth a few seconds.
struct SplitTiming: Sendable {
  /// How often each division is tried, in turns; the best counts, since all that others do on the machine only takes away.
  private static let rounds = 3
  /// How long a trial takes, in seconds, after a first step.
  private static let trialSeconds = 0.3
  /// Trained multiply-adds a second of one core, for rough forecasts: about half of what was measured with AVX2.
  private static let assumedSpeed = 10e9
  /// Below so many forecast seconds of search a trial costs more than it can win.
  private static let shortSearch = 60.0
  /// Above so many forecast seconds of a step a trial would take too long.
  private static let longStep = 1.0
  /// How many random networks are looked at.
  private static let samples = 5
  /// The part of the machine's memory that workers may fill, and what a worker needs besides images and network.
  private static let memoryShare = 0.8
  private static let processBytes = 64 << 20

  private let configuration: SearchConfiguration
  private let data: TrainingData
  private let instructions: InstructionSet
  /// Random networks of the space, by multiply-adds.
  private let networks: [Network]

  /// - Throws: `EngineError`, `NetworkError`.
  init(_ configuration: SearchConfiguration, data: TrainingData) throws {
    self.configuration = configuration
    self.data = data
    instructions = try Machine.instructions()
    networks = try (0..<SplitTiming.samples).map { try configuration.randomNetwork($0) }
      .sorted { $0.multiplyAdds < $1.multiplyAdds }
  }

  /// The choice for a budget. Where the network that is tried diverges, or memory does not suffice for it, that by rule: a search
  /// records such candidates as failures.
  /// - Throws: `EngineError`.
  func choose(_ budget: ThreadBudget) async throws -> SplitChoice {
    var budget = budget
    if budget.workers == nil { budget.fitting = try fittingWorkers() }
    let splits = budget.splits
    guard splits.count > 1, isWorthMeasuring(cores: budget.cores) else { return SplitChoice(budget) }
    var best = [Double](repeating: 0, count: splits.count)
    do {
      for _ in 0..<SplitTiming.rounds {
        for (index, split) in splits.enumerated() { best[index] = max(best[index], try await imagesPerSecond(split)) }
      }
    } catch is Failure {
      return SplitChoice(budget)
    }
    return SplitChoice(zip(splits, best).map { SplitChoice.Trial(split: $0, imagesPerSecond: $1) })
  }

  /// The network of middle size.
  private var network: Network { networks[networks.count / 2] }

  private func fittingWorkers() throws -> Int {
    let largest = networks[networks.count - 1]
    let plan = try ExecutionPlan(
      network: largest, batch: configuration.training.batch, mode: .training, instructions: instructions,
      precision: configuration.training.precision ?? .float32)
    let worker =
      configuration.resources.candidateBytes
      ?? plan.arenaBytes + plan.parameterBytes + data.dataset.training.pixels.count + SplitTiming.processBytes
    return max(1, Int(SplitTiming.memoryShare * Double(Machine.memory)) / worker)
  }

  private func isWorthMeasuring(cores: Int) -> Bool {
    let image = 3 * Double(network.multiplyAdds) / SplitTiming.assumedSpeed
    let images = data.split.training.count * configuration.training.epochs * configuration.evaluations
    let search = min(image * Double(images) / Double(cores), configuration.maximumSeconds ?? .infinity)
    return search > SplitTiming.shortSearch && image * Double(configuration.training.batch) < SplitTiming.longStep
  }

  /// Training images a second of all workers together, tried in this process.
  private func imagesPerSecond(_ split: WorkerSplit) async throws -> Double {
    try await withThrowingTaskGroup(of: Double.self) { group in
      for _ in 0..<split.workers { group.addTask { try speed(threads: split.threads) } }
      return try await group.reduce(0, +)
    }
  }

  private struct Enough: Error {}

  private func speed(threads: Int) throws -> Double {
    let trainer = try Trainer(
      network: network, plan: configuration.training, data: data, seed: 0, threads: threads,
      instructions: instructions, memoryLimit: Machine.memory)
    var clock = StepClock(warmup: min(1, trainer.stepsPerEpoch - 1), steps: .max)
    do {
      try trainer.trainEpoch { step, steps in
        clock.tick()
        // The batches of the validation, which follow, are no steps.
        if step == steps || clock.total > SplitTiming.trialSeconds { throw Enough() }
      }
    } catch is Enough {}
    return Double(configuration.training.batch * clock.times.count) / clock.total
  }
}
