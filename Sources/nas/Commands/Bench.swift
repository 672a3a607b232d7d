import ArgumentParser
import Evaluator
import Foundation
import SearchSpace

extension Nas {
  /// `nas bench`: how fast this machine is.
  struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Measure how fast this machine trains, how well controllers search, and what they cost.",
      subcommands: [Engine.self, Candidate.self, ControllersCommand.self, Proposals.self, Oracle.self])
  }
}

extension Nas.Bench {
  /// `nas bench engine`: training steps of networks.
  struct Engine: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Time training steps of a pair of cells on synthetic images.",
      discussion: """
        A step is everything a training does per batch: assembling and varying the images, forward, loss, backward, \
        clipping and the update of the weights. Its speed is compared with what the machine can do at most, which is \
        measured first.
        """)

    @OptionGroup var measured: MeasuredCells
    @Option(help: "Images per step.") var batch = 64
    @Option(help: "Threads (default: one per core).") var threads: Int?
    @Option(help: "How many steps are timed, after three that are not.") var steps = 20
    @Option(help: "How activations and their gradients are stored.") var precision = Precision.float32
    @Flag(help: "Time every step of the plan as well, in further training steps.") var profile = false
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
      try SettingError.checkCounts(("--steps", steps), ("--threads", threads ?? 1))
      try SettingError.checkCounts(("--batch", batch), most: 100_000)
      let pairs = try measured.pairs()
      let timing = try EngineTiming(
        batch: batch, threads: threads ?? Machine.cores, steps: steps, precision: precision, isProfiled: profile)
      let terminal = Terminal()
      let isSample = measured.sample != nil
      let speeds = try pairs.map { pair in
        let speed = try timing.measure(pair.genotype, title: pair.title, skeleton: measured.skeleton)
        if !json {
          let lines = isSample ? [speed.line] : speed.lines(timing.machine)
          (lines + (speed.profile.map { [""] + $0.lines } ?? [])).forEach(terminal.result)
        }
        return speed
      }
      if isSample {
        let sample = EngineSample(samples: speeds, machine: timing.machine)
        terminal.result(json ? try JSONOutput("bench.engine.sample", sample).text() : sample.line)
      } else if json {
        terminal.result(
          try JSONOutput("bench.engine", EngineReport(speed: speeds[0], machine: timing.machine)).text())
      }
    }
  }

  /// `nas bench candidate`: whole candidates.
  struct Candidate: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Time whole candidates: building the network, an epoch of training, and validation.",
      discussion: "What a search does for each candidate, in this process; the images are read, or made, before.")

    @OptionGroup var measured: MeasuredCells
    @Option(help: "Training images of the epoch.") var images = 10_000
    @Option(help: "Images to validate on.") var validationImages = 5_000
    @Option(help: "Images per step.") var batch = 64
    @Option(help: "Threads (default: one per core).") var threads: Int?
    @Option(help: "How often each candidate is timed; medians are shown.") var rounds = 1
    @Option(help: "How activations and their gradients are stored.") var precision = Precision.float32
    @Option(help: "The folder or archive of CIFAR-10 (default: synthetic images).") var data: String?
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
      try SettingError.checkCounts(
        ("--images", images), ("--validation-images", validationImages), ("--batch", batch), ("--rounds", rounds),
        ("--threads", threads ?? 1))
      let pairs = try measured.pairs()
      let timing = try WholeCandidateTiming(
        place: data, images: images, validationImages: validationImages, batch: batch,
        threads: threads ?? Machine.cores, precision: precision)
      let terminal = Terminal()
      let isSample = measured.sample != nil
      let times = try pairs.map { pair in
        let time = try timing.measure(pair.genotype, title: pair.title, skeleton: measured.skeleton, rounds: rounds)
        if !json { (isSample ? [time.line] : time.lines).forEach(terminal.result) }
        return time
      }
      if isSample {
        let sample = WholeCandidateSample(samples: times)
        terminal.result(json ? try JSONOutput("bench.candidate.sample", sample).text() : sample.line)
      } else if json {
        terminal.result(try JSONOutput("bench.candidate", times[0]).text())
      }
    }
  }
}
