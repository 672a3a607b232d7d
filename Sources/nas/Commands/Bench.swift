import ArgumentParser
import Evaluator
import Foundation
import SearchSpace

extension Nas {
  /// `nas bench`: how fast this machine is.
  struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Measure how fast this machine trains.", subcommands: [Engine.self])

    /// `nas bench engine`: training steps of one network.
    struct Engine: ParsableCommand {
      static let configuration = CommandConfiguration(
        abstract: "Time training steps of a pair of cells on synthetic images.",
        discussion: """
          A step is everything a training does per batch: assembling and varying the images, forward, loss, backward, \
          clipping and the update of the weights. CELLS is a genotype file, a run, RUN#17 or a known cell.
          """)

      @Argument(help: "The cells.") var genotype: String
      @Option(help: "N: normal cells per stack.") var cells = 1
      @Option(help: "F: filters of the first stack's cells.") var filters = 16
      @Option(help: "Images per step.") var batch = 64
      @Option(help: "Threads (default: one per core).") var threads: Int?
      @Option(help: "How many steps are timed, after three that are not.") var steps = 20
      @Flag(help: "Print JSON.") var json = false

      private struct Shown: Encodable {
        let genotype: String
        let cells, filters, batch, threads, steps: Int
        let instructions: String
        /// The median, least and most seconds of a step.
        let medianSeconds, leastSeconds, mostSeconds: Double
        /// Images a second by the median.
        let imagesPerSecond: Double
        let memoryBytes: Int
        let multiplyAdds: Int
      }

      func run() throws {
        try SettingError.checkCounts(("--batch", batch), ("--steps", steps), ("--threads", threads ?? 1))
        let shown = try measure(GenotypeArgument(genotype))
        let terminal = Terminal()
        if json { return terminal.result(try JSONOutput("bench.engine", shown).text()) }
        terminal.result(
          "\(shown.genotype), N \(cells), F \(filters), batch \(batch), \(shown.threads) threads, \(shown.instructions): "
            + "\(String(format: "%.1f", shown.imagesPerSecond)) images/s")
        let times = [shown.medianSeconds, shown.leastSeconds, shown.mostSeconds].map {
          String(format: "%.1f", $0 * 1e3)
        }
        terminal.result("step: median \(times[0]) ms, least \(times[1]) ms, most \(times[2]) ms over \(steps) steps")
        terminal.result("memory of activations, gradients and weights: \(Wording.bytes(shown.memoryBytes))")
      }

      private func measure(_ argument: GenotypeArgument) throws -> Shown {
        let warmup = 3
        var plan = TrainingPlan.quick
        plan.batch = batch
        plan.trainingImages = nil
        let validationImages = 50
        plan.validationImages = validationImages
        // One step more than timed, because a step's end is the next one's beginning.
        let needed = (steps + warmup + 1) * batch + validationImages
        // The synthetic data set comes in multiples of 50.
        let images = (needed + 49) / 50 * 50
        let data = try TrainingData(
          SyntheticData(trainingCount: images, testCount: 10).dataset(), plan: plan, splitSeed: 0)
        let network = try Network(genotype: argument.genotype, skeleton: Skeleton(cells: cells, filters: filters))
        let instructions = try Machine.instructions()
        let used = threads ?? ProcessInfo.processInfo.activeProcessorCount
        let trainer = try Trainer(
          network: network, plan: plan, data: data, seed: 0, threads: used, instructions: instructions)
        var clock = StepClock(warmup: warmup, steps: steps)
        do {
          try trainer.trainEpoch { _, _ in try clock.tick() }
        } catch is StepClock.Enough {}
        let times = clock.times.sorted()
        let median = (times[times.count / 2] + times[(times.count - 1) / 2]) / 2
        return Shown(
          genotype: argument.title, cells: cells, filters: filters, batch: batch, threads: used, steps: steps,
          instructions: instructions.rawValue, medianSeconds: median, leastSeconds: times[0],
          mostSeconds: times[times.count - 1], imagesPerSecond: Double(batch) / median,
          memoryBytes: trainer.memoryBytes, multiplyAdds: network.multiplyAdds)
      }
    }
  }
}

/// Times the steps of a training from its hook, which is called before each of them.
struct StepClock {
  /// Thrown when all steps are timed, to end the training.
  struct Enough: Error {}

  /// The seconds of each timed step.
  private(set) var times: [Double] = []
  private let warmup: Int
  private let steps: Int
  private var seen = 0
  private var last = 0.0

  init(warmup: Int, steps: Int) {
    self.warmup = warmup
    self.steps = steps
  }

  /// Before every step.
  mutating func tick() throws {
    let now = ProcessInfo.processInfo.systemUptime
    if seen > warmup { times.append(now - last) }
    if times.count == steps { throw Enough() }
    last = now
    seen += 1
  }
}
