import ArgumentParser
import Foundation
import SearchSpace
import Study

extension Nas {
  /// `nas status`: how far a run is.
  struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show how far a search is; works while it runs.")

    @Argument(help: "The run directory.") var directory: String
    @Flag(help: "Print JSON.") var json = false

    private struct Shown: Encodable {
      let run: String
      let space: String
      let controller: String
      let seed: UInt64
      let evaluations: Int
      let finished: Int
      let failures: [String: Int]
      let bestIndex: Int?
      let bestReward: Double?
      let meanReward: Double?
      let elapsedSeconds: Double
      let meanCandidateSeconds: Double?
      let remainingSeconds: Double?
    }

    func run() throws {
      let run = try RunDirectory.open(at: URL(fileURLWithPath: directory))
      let configuration = try SearchConfiguration(of: run)
      let candidates = try JournalReader(contentsOf: run.journalURL).candidates
      let shown = Status.summary(of: candidates, configuration: configuration, run: directory)
      let terminal = Terminal()
      if json { return terminal.result(try JSONOutput("status", shown).text()) }
      terminal.result("\(directory): \(shown.controller) on \(shown.space), \(configuration.recipe), seed \(shown.seed)")
      terminal.result("\(shown.finished) of \(shown.evaluations) candidates in \(Wording.duration(shown.elapsedSeconds))")
      if let index = shown.bestIndex, let reward = shown.bestReward {
        terminal.result("best: candidate \(index), validation accuracy \(Wording.percent(reward))")
      }
      if let mean = shown.meanReward { terminal.result("mean validation accuracy \(Wording.percent(mean))") }
      for (kind, count) in shown.failures.sorted(by: { $0.key < $1.key }) {
        terminal.result("\(count) failed: \(kind)")
        for record in candidates.filter({ $0.failure?.kind.rawValue == kind }).prefix(3) {
          terminal.result("  #\(record.index) \(record.failure?.reason ?? "")")
        }
      }
      if let seconds = shown.meanCandidateSeconds {
        terminal.result("\(Wording.duration(seconds)) a candidate in its worker")
      }
      if let left = shown.remainingSeconds, shown.finished < shown.evaluations {
        terminal.result("about \(Wording.duration(left)) left; if it is not running, continue with 'nas resume \(directory)'")
      }
    }

    private static func summary(
      of candidates: [CandidateRecord], configuration: SearchConfiguration, run: String
    ) -> Shown {
      let rewards = candidates.compactMap(\.reward)
      let evaluated = candidates.filter { $0.duplicateOf == nil && $0.failure == nil }
      let elapsed = candidates.map(\.timing.elapsed).max() ?? 0
      let perCandidate = candidates.isEmpty ? nil : elapsed / Double(candidates.count)
      return Shown(
        run: run, space: configuration.space.name, controller: configuration.controller.name,
        seed: configuration.seed, evaluations: configuration.evaluations, finished: candidates.count,
        failures: Dictionary(grouping: candidates.compactMap(\.failure), by: \.kind.rawValue).mapValues(\.count),
        bestIndex: candidates.best?.index, bestReward: candidates.best?.reward,
        meanReward: rewards.isEmpty ? nil : rewards.reduce(0, +) / Double(rewards.count), elapsedSeconds: elapsed,
        meanCandidateSeconds: evaluated.isEmpty
          ? nil : evaluated.reduce(0) { $0 + $1.timing.seconds } / Double(evaluated.count),
        remainingSeconds: perCandidate.map { $0 * Double(configuration.evaluations - candidates.count) })
    }
  }

  /// `nas top`: the best candidates of a run.
  struct Top: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the best candidates of a search.")

    @Argument(help: "The run directory.") var directory: String
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
      guard count > 0 else {
        throw SettingError.malformed(origin: "--count", expected: "a whole number of at least 1", found: "\(count)")
      }
      let run = try RunDirectory.open(at: URL(fileURLWithPath: directory))
      let configuration = try SearchConfiguration(of: run)
      let measured = try JournalReader(contentsOf: run.journalURL).candidates.filter { $0.reward != nil }
      // Of equal rewards the earlier candidate stands first, as the search itself decides.
      let ranked = measured.sorted { (-($0.reward ?? 0), $0.index) < (-($1.reward ?? 0), $1.index) }
      let entries = try ranked.prefix(count).map { record in
        Entry(
          index: record.index, reward: record.reward ?? 0, parameters: record.parameters,
          multiplyAdds: record.multiplyAdds, seed: record.seed, fingerprint: record.fingerprint,
          genotype: try configuration.space.genotype(of: record.architecture).description)
      }
      let terminal = Terminal()
      if json { return terminal.result(try JSONOutput("top", Shown(run: directory, candidates: entries)).text()) }
      let rows = entries.map {
        [
          "#\($0.index)", Wording.percent($0.reward), $0.parameters.map(Wording.count) ?? "",
          $0.multiplyAdds.map(Wording.millions) ?? "",
        ]
      }
      Wording.table([["", "validation", "parameters", "multiply-adds"]] + rows, rightAligned: [0, 1, 2, 3])
        .forEach(terminal.result)
      if let first = entries.first { terminal.result("'nas show \(directory)#\(first.index)' draws the first.") }
    }
  }
}
