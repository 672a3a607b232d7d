import Evaluator
import Foundation
import SearchSpace

/// What one candidate takes from its genotype to its accuracy.
struct WholeCandidateTime: Encodable {
  /// One repetition.
  struct Round: Encodable {
    /// The network, its plan, its memory and its first weights.
    let buildSeconds: Double
    let trainingSeconds: Double
    let validationSeconds: Double
    let loss: Double
    let validationAccuracy: Double

    var seconds: Double { buildSeconds + trainingSeconds + validationSeconds }
  }

  let genotype: String
  let cells, filters, batch, threads: Int
  let instructions: String
  let precision: Precision
  let dataset: String
  /// Images trained on, full batches only, and validated on.
  let images, validationImages: Int
  let parameters, multiplyAdds: Int
  /// Memory of activations, gradients and weights as planned.
  let memoryBytes: Int
  /// By how much the process's memory grew at most; absent where the system does not tell.
  let peakBytes: Int?
  let rounds: [Round]
  /// Medians of the rounds.
  let seconds, buildSeconds, trainingSeconds, validationSeconds: Double
  /// By the median, one candidate after the other.
  let candidatesPerHour: Double

  var lines: [String] {
    [
      "\(genotype), N \(cells), F \(filters), batch \(batch), \(Wording.threads(threads)), "
        + "\(instructions)\(precision.inTitles): \(Wording.decimal(seconds, 2)) s a candidate, "
        + "\(Wording.decimal(candidatesPerHour, 0)) an hour",
      "build \(Wording.decimal(buildSeconds, 3)) s, training on \(Wording.count(images)) images of \(dataset) "
        + "\(Wording.decimal(trainingSeconds, 2)) s, validation on \(Wording.count(validationImages)) "
        + "\(Wording.decimal(validationSeconds, 2)) s",
      "validation accuracy \(Wording.percent(rounds[0].validationAccuracy)), loss \(Wording.decimal(rounds[0].loss, 3))",
      "memory of activations, gradients and weights: \(Wording.bytes(memoryBytes))"
        + (peakBytes.map { "; the process grew by \(Wording.bytes($0))" } ?? ""),
    ]
  }

  /// In a line, for lists.
  var line: String {
    "\(genotype): \(Wording.decimal(seconds, 2)) s, \(Wording.millions(multiplyAdds)) multiply-adds, "
      + "validation \(Wording.percent(rounds[0].validationAccuracy))"
  }
}

/// What `nas bench candidate` prints for a sample.
struct WholeCandidateSample: Encodable {
  let samples: [WholeCandidateTime]
  let medianSeconds: Double
  let candidatesPerHour: Double

  init(samples: [WholeCandidateTime]) {
    self.samples = samples
    medianSeconds = samples.map(\.seconds).median
    candidatesPerHour = 3600 * Double(samples.count) / samples.reduce(0) { $0 + $1.seconds }
  }

  var line: String {
    "\(samples.count) candidates: median \(Wording.decimal(medianSeconds, 2)) s, "
      + "\(Wording.decimal(candidatesPerHour, 0)) an hour"
  }
}

/// Times whole candidates as a search evaluates them.
struct WholeCandidateTiming {
  private let plan: TrainingPlan
  private let data: TrainingData
  private let threads: Int
  private let instructions: InstructionSet

  /// Reads CIFAR-10 from a place, or makes synthetic images.
  /// - Throws: `DatasetError`, `TrainingPlanError`, `EngineError`.
  init(
    place: String?, images: Int, validationImages: Int, batch: Int, threads: Int, precision: Precision
  ) throws {
    var plan = TrainingPlan.search
    plan.epochs = 1
    plan.batch = batch
    plan.precision = precision.inRecipes
    plan.trainingImages = images
    plan.validationImages = validationImages
    let synthetic = TrainingSettings.synthetic(atLeast: images + validationImages)
    let reference = DataReference(
      name: place == nil ? .synthetic : .cifar10, place: place, images: place == nil ? synthetic : nil, checksum: nil)
    data = try reference.prepare(for: plan, splitSeed: 0)
    self.plan = plan
    self.threads = threads
    instructions = try Machine.instructions()
  }

  /// Evaluates one candidate `rounds` times.
  /// - Throws: `NetworkError`, `EngineError`; `Failure` when the training diverges.
  func measure(_ genotype: Genotype, title: String, skeleton: Skeleton, rounds: Int) throws -> WholeCandidateTime {
    ProcessMemory.resetPeak()
    let before = ProcessMemory.resident
    var memoryBytes = 0
    let timed = try (0..<rounds).map { _ in
      try round(genotype, skeleton: skeleton) { memoryBytes = $0 }
    }
    let peakBytes = ProcessMemory.peak.flatMap { peak in before.map { peak - $0 } }
    let network = try Network(genotype: genotype, skeleton: skeleton)
    let seconds = timed.map(\.seconds).median
    return WholeCandidateTime(
      genotype: title, cells: skeleton.cells, filters: skeleton.filters, batch: plan.batch, threads: threads,
      instructions: instructions.rawValue, precision: plan.precision ?? .float32, dataset: data.dataset.name,
      images: data.split.training.count / plan.batch * plan.batch, validationImages: data.split.validation.count,
      parameters: network.parameterCount, multiplyAdds: network.multiplyAdds, memoryBytes: memoryBytes,
      peakBytes: peakBytes, rounds: timed, seconds: seconds, buildSeconds: timed.map(\.buildSeconds).median,
      trainingSeconds: timed.map(\.trainingSeconds).median, validationSeconds: timed.map(\.validationSeconds).median,
      candidatesPerHour: 3600 / seconds)
  }

  private func round(
    _ genotype: Genotype, skeleton: Skeleton, onBuilt: (_ memoryBytes: Int) -> Void
  ) throws -> WholeCandidateTime.Round {
    let clock = { ProcessInfo.processInfo.systemUptime }
    let start = clock()
    let trainer = try Trainer(
      network: Network(genotype: genotype, skeleton: skeleton), plan: plan, data: data, seed: 0, threads: threads,
      instructions: instructions, memoryLimit: Machine.memory)
    let built = clock()
    onBuilt(trainer.memoryBytes)
    var trained: Double?
    // The hook is called with the number of steps before each batch of the validation, which follows the training.
    let record = try trainer.trainEpoch { step, steps in
      if step == steps, trained == nil { trained = clock() }
    }
    let end = clock()
    return WholeCandidateTime.Round(
      buildSeconds: built - start, trainingSeconds: (trained ?? end) - built, validationSeconds: end - (trained ?? end),
      loss: record.loss, validationAccuracy: record.validationAccuracy)
  }
}
