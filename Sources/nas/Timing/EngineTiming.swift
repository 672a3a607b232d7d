import Evaluator
import Foundation
import SearchSpace

/// How fast one network trains.
struct EngineSpeed: Encodable {
  let genotype: String
  let cells, filters, batch, threads, steps: Int
  let instructions: String
  /// Channels lie in blocks of as many floats.
  let lanes: Int
  /// How activations and their gradients are stored.
  let precision: Precision
  /// The median, least and most seconds of a step.
  let medianSeconds, leastSeconds, mostSeconds: Double
  /// Images a second by the median.
  let imagesPerSecond: Double
  /// Memory of activations, gradients and weights as planned.
  let memoryBytes: Int
  /// By how much the process's memory grew at most; absent where the system does not tell.
  let peakBytes: Int?
  let parameters: Int
  /// Of one image, forward.
  let multiplyAdds: Int
  /// Useful floating-point operations a second: two for each multiply-add, of which training needs three times as many
  /// as the network has, one forward and two for the gradients.
  let operationsPerSecond: Double
  /// Of what the machine can do at most.
  let shareOfArithmetic: Double
  /// Bytes of values and gradients that the steps read and write in a second, in memory or in a cache.
  let bytesPerSecond: Double
  /// Of what the machine's memory can do at most; above 1 where caches serve.
  let shareOfBandwidth: Double
  let profile: StepProfile?
}

/// Times training steps on synthetic images: everything that a training does per batch.
struct EngineTiming {
  let machine: MachineSpeed
  let instructions: InstructionSet
  private let steps: Int
  private let isProfiled: Bool
  private let plan: TrainingPlan
  private let data: TrainingData
  private static let warmup = 3
  private static let validationImages = 50

  /// Measures the machine and makes the images.
  /// - Throws: `EngineError`; `CommandError` for more images than are made.
  init(batch: Int, threads: Int, steps: Int, precision: Precision, isProfiled: Bool) throws {
    // One step more than timed, because a step's end is the next one's beginning.
    let batches = (isProfiled ? 2 : 1) * steps + EngineTiming.warmup + 2
    guard batches <= (SyntheticData.largestCount - EngineTiming.validationImages) / batch else {
      throw CommandError(
        .usage,
        "\(batches.grouped) batches of \(batch.grouped) images are needed, but at most \(SyntheticData.largestCount.grouped) "
          + "images are made: lower --steps or --batch.")
    }
    instructions = try Machine.instructions()
    machine = try MachineSpeed(measuring: threads, instructions: instructions)
    self.steps = steps
    self.isProfiled = isProfiled
    var plan = TrainingPlan.quick
    plan.batch = batch
    plan.trainingImages = nil
    plan.precision = precision.inRecipes
    plan.validationImages = EngineTiming.validationImages
    let needed = batches * batch + EngineTiming.validationImages
    data = try TrainingData(
      SyntheticData(trainingCount: TrainingSettings.synthetic(atLeast: needed), testCount: 10).dataset(), plan: plan,
      splitSeed: 0)
    self.plan = plan
  }

  private struct Enough: Error {}

  /// Times one network; with a profile, as many steps again are profiled.
  /// - Throws: `NetworkError`, `EngineError`; `Failure` when the training diverges.
  func measure(_ genotype: Genotype, title: String, skeleton: Skeleton) throws -> EngineSpeed {
    let network = try Network(genotype: genotype, skeleton: skeleton)
    ProcessMemory.resetPeak()
    let before = ProcessMemory.resident
    let trainer = try Trainer(
      network: network, plan: plan, data: data, seed: 0, threads: machine.threads, instructions: instructions,
      memoryLimit: Machine.memory)
    var clock = StepClock(warmup: EngineTiming.warmup, steps: steps)
    var batches: [StepProfile.Batch] = []
    var last: (seconds: [Double], parts: StepParts)?
    do {
      try trainer.trainEpoch { _, _ in
        clock.tick()
        guard clock.isDone else { return }
        guard isProfiled else { throw Enough() }
        if let last {
          batches.append(
            StepProfile.Batch(
              seconds: zip(trainer.stepSeconds, last.seconds).map { $0 - $1 }, parts: trainer.parts - last.parts))
        } else {
          trainer.isProfiled = true
        }
        last = (trainer.stepSeconds, trainer.parts)
        if batches.count == steps { throw Enough() }
      }
    } catch is Enough {}
    let profile = isProfiled ? StepProfile(trainer.steps, batches: batches, threads: machine.threads) : nil
    return speed(
      trainer, title: title, skeleton: skeleton, times: clock.times, profile: profile,
      peakBytes: ProcessMemory.peak.flatMap { peak in before.map { peak - $0 } })
  }

  private func speed(
    _ trainer: Trainer, title: String, skeleton: Skeleton, times: [Double], profile: StepProfile?, peakBytes: Int?
  ) -> EngineSpeed {
    let median = times.median
    let operations = 6 * Double(trainer.network.multiplyAdds * plan.batch) / median
    let bytes = Double(trainer.steps.reduce(0) { $0 + $1.bytesRead + $1.bytesWritten }) / median
    return EngineSpeed(
      genotype: title, cells: skeleton.cells, filters: skeleton.filters, batch: plan.batch, threads: machine.threads,
      steps: steps, instructions: instructions.rawValue, lanes: trainer.lanes, precision: plan.precision ?? .float32,
      medianSeconds: median, leastSeconds: times.min() ?? median, mostSeconds: times.max() ?? median,
      imagesPerSecond: Double(plan.batch) / median, memoryBytes: trainer.memoryBytes, peakBytes: peakBytes,
      parameters: trainer.network.parameterCount, multiplyAdds: trainer.network.multiplyAdds,
      operationsPerSecond: operations, shareOfArithmetic: operations / (2 * machine.multiplyAddsPerSecond),
      bytesPerSecond: bytes, shareOfBandwidth: bytes / machine.bytesPerSecond, profile: profile)
  }
}

extension EngineSpeed {
  /// In words; the profile apart.
  func lines(_ machine: MachineSpeed) -> [String] {
    let times = [medianSeconds, leastSeconds, mostSeconds].map { Wording.decimal($0 * 1e3, 1) }
    func rate(_ perSecond: Double) -> String { Wording.decimal(perSecond / 1e9, 1) }
    return [
      "\(genotype), N \(cells), F \(filters), batch \(batch), \(Wording.threads(threads)), \(instructions), "
        + "blocks of \(lanes)\(precision.inTitles): \(Wording.decimal(imagesPerSecond, 1)) images/s",
      "step: median \(times[0]) ms, least \(times[1]) ms, most \(times[2]) ms over \(steps) steps",
      "arithmetic: \(rate(operationsPerSecond)) GF/s that count, \(Wording.percent(shareOfArithmetic)) of the "
        + "\(rate(2 * machine.multiplyAddsPerSecond)) GF/s measured on registers",
      "traffic of the steps: \(rate(bytesPerSecond)) GB/s, \(Wording.percent(shareOfBandwidth)) of the "
        + "\(rate(machine.bytesPerSecond)) GB/s measured in memory",
      "memory of activations, gradients and weights: \(Wording.bytes(memoryBytes))"
        + (peakBytes.map { "; the process grew by \(Wording.bytes($0))" } ?? ""),
    ]
  }

  /// In a line, for lists.
  var line: String {
    "\(genotype): \(Wording.decimal(imagesPerSecond, 1)) images/s, \(Wording.percent(shareOfArithmetic)) of the "
      + "arithmetic, \(Wording.millions(multiplyAdds)) multiply-adds, \(Wording.bytes(memoryBytes))"
  }
}

/// What `nas bench engine --json` prints for one pair of cells: its speed's members and the machine's.
struct EngineReport: Encodable {
  let speed: EngineSpeed
  let machine: MachineSpeed

  private enum Key: String, CodingKey {
    case machine
  }

  func encode(to encoder: any Encoder) throws {
    try speed.encode(to: encoder)
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(machine, forKey: .machine)
  }
}

/// What it prints for a sample.
struct EngineSample: Encodable {
  let samples: [EngineSpeed]
  let machine: MachineSpeed
  let medianImagesPerSecond: Double
  let leastShareOfArithmetic: Double

  init(samples: [EngineSpeed], machine: MachineSpeed) {
    self.samples = samples
    self.machine = machine
    medianImagesPerSecond = samples.map(\.imagesPerSecond).median
    leastShareOfArithmetic = samples.map(\.shareOfArithmetic).min() ?? 0
  }

  var line: String {
    let shares = samples.map(\.shareOfArithmetic)
    return "\(samples.count) networks: median \(Wording.decimal(medianImagesPerSecond, 1)) images/s; of the arithmetic "
      + "(\(Wording.decimal(2 * machine.multiplyAddsPerSecond / 1e9, 0)) GF/s) median \(Wording.percent(shares.median)), "
      + "least \(Wording.percent(leastShareOfArithmetic))"
  }
}
