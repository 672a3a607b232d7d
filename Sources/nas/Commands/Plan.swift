import ArgumentParser
import Foundation
import SearchSpace

extension Nas {
  /// `nas plan`: what a search will cost, before it is started.
  struct Plan: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Time a few random candidates and say how long and how much memory a search will take.",
      discussion:
        "Takes the settings of 'nas search'. As many candidates train at once as the search would have workers.")

    @OptionGroup(title: "Settings (flag > NAS_* variable > experiment file > default)") var options: SearchOptions
    @Option(help: "How many random candidates are timed.") var samples = 4
    @Option(help: "How many training steps of each are timed, after two that are not.") var steps = 10
    @Flag(help: "Print JSON.") var json = false

    func run() async throws {
      let settings = try ResolvedSettings(
        schema: SearchSchema.all, flags: options.flags, experimentFile: options.training.experimentFile)
      try SettingError.checkCounts(("--samples", samples), ("--steps", steps))
      var configuration = try SearchConfiguration(settings)
      if options.training.printConfig {
        return try SettingsTable(settings, configuration).show(command: "plan", json: json)
      }
      let data = try configuration.prepareData()
      try await configuration.divideMachine(settings, data: data)
      let timing = try CandidateTiming(configuration, data: data, steps: steps)
      let timed = try await timing.measure(samples: samples)
      let estimate = SearchEstimate(timed, configuration: configuration, residentBytes: timing.datasetBytes)
      let terminal = Terminal()
      if json { return terminal.result(try JSONOutput("plan", estimate).text()) }
      estimate.lines(configuration).forEach(terminal.result)
    }
  }
}

/// What a search will cost, extrapolated from timed candidates.
struct SearchEstimate: Encodable {
  let candidates: [TimedCandidate]
  /// Seconds of one candidate: median, least and most of those timed.
  let candidateSeconds: Double
  let leastSeconds: Double
  let mostSeconds: Double
  /// Seconds of the whole search by the mean of those timed, at most those that the search may take.
  let searchSeconds: Double
  let workers: Int
  let threads: Int
  /// Memory of all workers, each with the largest of the networks timed and its copy of the images.
  let memoryBytes: Int

  init(_ timed: [TimedCandidate], configuration: SearchConfiguration, residentBytes: Int) {
    let seconds = timed.map(\.seconds)
    candidates = timed
    candidateSeconds = seconds.median
    leastSeconds = seconds.min() ?? candidateSeconds
    mostSeconds = seconds.max() ?? candidateSeconds
    workers = configuration.resources.workers
    threads = configuration.resources.threads
    let busy = min(workers, configuration.window, configuration.evaluations)
    let mean = seconds.reduce(0, +) / Double(seconds.count)
    searchSeconds = min(
      mean * Double(configuration.evaluations) / Double(busy), configuration.maximumSeconds ?? .infinity)
    memoryBytes = busy * ((timed.map(\.memoryBytes).max() ?? 0) + residentBytes)
  }

  /// The estimate in words.
  func lines(_ configuration: SearchConfiguration) -> [String] {
    let rows = candidates.map {
      [
        Wording.count($0.parameters), Wording.millions($0.multiplyAdds),
        String(format: "%.0f", $0.imagesPerSecond), Wording.duration($0.seconds), Wording.bytes($0.memoryBytes),
      ]
    }
    let head = [["parameters", "multiply-adds", "images/s", "candidate", "memory"]]
    return Wording.table(head + rows, rightAligned: [0, 1, 2, 3, 4]) + [
      "",
      "seed \(configuration.seed); a candidate takes about \(Wording.duration(candidateSeconds)) (\(Wording.duration(leastSeconds)) to "
        + "\(Wording.duration(mostSeconds))): \(configuration.recipe)",
      "the search of \(configuration.evaluations) candidates "
        + (searchSeconds == configuration.maximumSeconds ? "ends at its limit of " : "takes about ")
        + "\(Wording.duration(searchSeconds)) with \(WorkerSplit(workers: workers, threads: threads).words), and \(Wording.bytes(memoryBytes)) of memory",
    ] + (configuration.resources.choice.map { ["division: \($0.words)"] } ?? [])
  }
}
