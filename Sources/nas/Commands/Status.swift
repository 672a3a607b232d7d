import ArgumentParser
import Foundation
import SearchSpace
import Study

extension Nas {
  /// `nas status`: how far a run is.
  struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show how far a search is; works while it runs.")

    @Argument(help: ArgumentHelp("The run directory.", valueName: "run")) var directory: String
    @Flag(help: "Print JSON.") var json = false

    private struct Shown: Encodable {
      let run: String
      let space: String
      let controller: String
      let seed: UInt64
      let evaluations: Int
      let finished: Int
      let duplicates: Int
      let failures: [RunSummary.FailureCount]
      let bestIndex: Int?
      let bestReward: Double?
      let meanReward: Double?
      let elapsedSeconds: Double
      let meanCandidateSeconds: Double?
      let remainingSeconds: Double?
      let health: HealthReport
    }

    func run() throws {
      let run = try RunDirectory.open(at: URL(fileURLWithPath: directory))
      let configuration = try SearchConfiguration(of: run)
      let candidates = try JournalReader(contentsOf: run.journalURL).candidates
      let summary = RunSummary(candidates)
      let rewards = candidates.compactMap(\.reward)
      let shown = Shown(
        run: directory, space: configuration.space.name, controller: configuration.controller.name,
        seed: configuration.seed, evaluations: configuration.evaluations, finished: summary.candidates,
        duplicates: summary.duplicates, failures: summary.failures, bestIndex: summary.best?.index,
        bestReward: summary.best?.reward,
        meanReward: rewards.isEmpty ? nil : rewards.reduce(0, +) / Double(rewards.count),
        elapsedSeconds: summary.elapsed, meanCandidateSeconds: summary.meanSeconds,
        remainingSeconds: summary.remainingSeconds(until: configuration.evaluations),
        health: HealthReport(
          try SearchHealth(
            candidates, space: configuration.space, controller: configuration.controller, seed: configuration.seed)))
      let terminal = Terminal()
      if json { return terminal.result(try JSONOutput("status", shown).text()) }
      lines(shown, recipe: configuration.recipe, candidates: candidates).forEach(terminal.result)
    }

    private func lines(_ shown: Shown, recipe: String, candidates: [CandidateRecord]) -> [String] {
      var lines = [
        "\(directory): \(shown.controller) on \(shown.space), \(recipe), seed \(shown.seed)",
        "\(shown.finished) of \(shown.evaluations) candidates in \(Wording.duration(shown.elapsedSeconds))",
      ]
      if let index = shown.bestIndex, let reward = shown.bestReward {
        lines.append("best: candidate \(index), validation accuracy \(Wording.percent(reward))")
      }
      if let mean = shown.meanReward { lines.append("mean validation accuracy \(Wording.percent(mean))") }
      for failures in shown.failures {
        lines.append("\(failures.count) failed: \(failures.kind.rawValue)")
        for record in candidates.filter({ $0.failure?.kind == failures.kind }).prefix(3) {
          lines.append("  #\(record.index) \(record.failure?.reason ?? "")")
        }
      }
      if let seconds = shown.meanCandidateSeconds {
        lines.append("\(Wording.duration(seconds)) a candidate in its worker")
      }
      lines += shown.health.lines
      if shown.finished < shown.evaluations {
        let left = shown.remainingSeconds.map { "about \(Wording.duration($0)) left; " } ?? ""
        lines.append("\(left)if it is not running, continue with 'nas resume \(directory)'")
      }
      return lines
    }
  }

  /// `nas top`: the best candidates of a run.
  struct Top: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the best candidates of a search.")

    @Argument(help: ArgumentHelp("The run directory.", valueName: "run")) var directory: String
    @Option(help: "How many.") var count = 10
    @Flag(help: "Print JSON.") var json = false

    private struct Entry: Encodable {
      let index: Int
      let reward: Double
      let parameters: Int?
      let multiplyAdds: Int?
      let seed: UInt64
      let fingerprint: String
      let genotype: String
    }

    private struct Shown: Encodable {
      let run: String
      let candidates: [Entry]
    }

    func run() throws {
      try SettingError.checkCounts(("--count", count))
      let run = try RunDirectory.open(at: URL(fileURLWithPath: directory))
      let configuration = try SearchConfiguration(of: run)
      let candidates = try JournalReader(contentsOf: run.journalURL).candidates
      let entries = try RunSummary.top(count, of: candidates).map { record in
        Entry(
          index: record.index, reward: record.reward ?? 0, parameters: record.parameters,
          multiplyAdds: record.multiplyAdds, seed: record.seed, fingerprint: record.fingerprint,
          genotype: try run.reading(record) { try configuration.space.text(of: $0) })
      }
      let terminal = Terminal()
      if json { return terminal.result(try JSONOutput("top", Shown(run: directory, candidates: entries)).text()) }
      guard let first = entries.first else {
        return terminal.result("none of the \(candidates.count) finished candidates has a result")
      }
      let rows = entries.map {
        [
          "#\($0.index)", Wording.percent($0.reward), $0.parameters.map(Wording.count) ?? "",
          $0.multiplyAdds.map(Wording.millions) ?? "",
        ]
      }
      Wording.table([["", "validation", "parameters", "multiply-adds"]] + rows, rightAligned: [0, 1, 2, 3])
        .forEach(terminal.result)
      if case .cells = configuration.space {
        terminal.result("'nas show \(directory)#\(first.index)' draws the first")
      } else {
        terminal.result(first.genotype)
      }
    }
  }
}
