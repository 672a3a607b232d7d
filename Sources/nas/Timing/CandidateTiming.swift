import Evaluator
import Foundation
import SearchSpace

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

  /// Times the candidates that a random search with this seed would begin with.
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
    let trainer = try Trainer(
      network: network, plan: configuration.training, data: data, seed: configuration.seed,
      threads: configuration.resources.threads, instructions: instructions,
      memoryLimit: Machine.memory)
    let stepSeconds = try secondsPerBatch { hook in try trainer.trainEpoch(hook: hook) }
    let validationSeconds = try secondsPerBatch { hook in _ = try trainer.validationAccuracy(hook: hook) }
    let batch = Double(configuration.training.batch)
    let validationBatches = (Double(data.split.validation.count) / batch).rounded(.up)
    let epoch = stepSeconds * Double(trainer.stepsPerEpoch) + validationSeconds * validationBatches
    return TimedCandidate(
      parameters: network.parameterCount, multiplyAdds: network.multiplyAdds, imagesPerSecond: batch / stepSeconds,
      seconds: epoch * Double(configuration.training.epochs), memoryBytes: trainer.memoryBytes)
  }

  /// Runs `body` until its hook has seen enough batches, and returns the mean time of one.
  private func secondsPerBatch(_ body: (Trainer.Hook) throws -> Void) throws -> Double {
    var seen = 0
    var start = 0.0
    var end = 0.0
    do {
      try body { _, _ in
        end = ProcessInfo.processInfo.systemUptime
        if seen == warmup { start = end }
        if seen == warmup + steps { throw Stop() }
        seen += 1
      }
      // A training shorter than the steps asked for: what it had is what counts.
      end = ProcessInfo.processInfo.systemUptime
    } catch is Stop {}
    return (end - start) / Double(max(1, seen - warmup))
  }
}
