import Evaluator
import Foundation
import SearchSpace
import Study

/// One random candidate, timed.
struct TimedCandidate: Encodable, Sendable {
  let parameters: Int
  let multiplyAdds: Int
  /// Training images a second.
  let imagesPerSecond: Double
  /// Seconds of its whole evaluation: training and validation.
  let seconds: Double
  /// Memory of activations, gradients and weights.
  let memoryBytes: Int
}

/// Times a few steps of random candidates, as many at once as a search would have workers.
struct CandidateTiming: Sendable {
  private let configuration: SearchConfiguration
  private let data: TrainingData
  private let instructions: InstructionSet
  private let steps: Int
  /// Steps before the clock starts: the first ones touch fresh memory.
  private let warmup = 2

  /// The memory that the images take in every worker.
  var datasetBytes: Int { data.dataset.training.pixels.count }

  /// - Parameter data: the images, prepared by `configuration`.
  init(_ configuration: SearchConfiguration, data: TrainingData, steps: Int) throws {
    self.configuration = configuration
    self.steps = steps
    self.data = data
    instructions = try Machine.instructions()
  }

  /// Times random candidates of the run's space, drawn from its seed.
  func measure(samples: Int) async throws -> [TimedCandidate] {
    let workers = min(configuration.resources.workers, configuration.window, samples)
    return try await withThrowingTaskGroup(of: [(Int, TimedCandidate)].self) { group in
      for worker in 0..<workers {
        group.addTask {
          try stride(from: worker, to: samples, by: workers).map { ($0, try time(sample: $0)) }
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }.sorted { $0.0 < $1.0 }.map(\.1)
    }
  }

  private struct Stop: Error {}

  private func time(sample: Int) throws -> TimedCandidate {
    let network = try configuration.randomNetwork(sample)
    guard configuration.isWithinLimits(network) else {
      throw CommandError(
        .noValidCandidate,
        "None of \(SearchSettings.maximumAttempts) random networks is within --max-parameters and --max-multiply-adds, the "
          + "last with \(Wording.count(network.parameterCount)) parameters and "
          + "\(Wording.millions(network.multiplyAdds)) multiply-adds: raise them, or lower --cells or --filters.")
    }
    let trainer = try Trainer(
      network: network, plan: configuration.training, data: data, seed: configuration.seed,
      threads: configuration.resources.threads, instructions: instructions,
      memoryLimit: Machine.memory)
    let validationBatches = (data.split.validation.count - 1) / configuration.training.batch + 1
    let stepSeconds = try secondsPerBatch(of: trainer.stepsPerEpoch) { tick in
      try trainer.trainEpoch { step, steps in
        try tick()
        // The batches of the validation, which follow, are no steps.
        if step == steps { throw Stop() }
      }
    }
    let validationSeconds = try secondsPerBatch(of: validationBatches) { tick in
      _ = try trainer.validationAccuracy { _, _ in try tick() }
    }
    let batch = Double(configuration.training.batch)
    let epoch = stepSeconds * Double(trainer.stepsPerEpoch) + validationSeconds * Double(validationBatches)
    return TimedCandidate(
      parameters: network.parameterCount, multiplyAdds: network.multiplyAdds, imagesPerSecond: batch / stepSeconds,
      seconds: epoch * Double(configuration.training.epochs), memoryBytes: trainer.memoryBytes)
  }

  /// The mean time of a batch. `body` goes through `batches` of them and calls its argument before each, which throws
  /// `Stop` when enough of them are timed.
  private func secondsPerBatch(of batches: Int, _ body: (() throws -> Void) throws -> Void) throws -> Double {
    var clock = StepClock(warmup: min(warmup, batches - 1), steps: steps)
    do {
      try body {
        clock.tick()
        if clock.isDone { throw Stop() }
      }
      // Fewer batches than were asked for: the last one ends here.
      clock.tick()
    } catch is Stop {}
    return clock.total / Double(clock.times.count)
  }
}
