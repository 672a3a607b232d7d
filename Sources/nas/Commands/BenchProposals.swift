import ArgumentParser
import Foundation
import SearchSpace

extension Nas.Bench {
  /// `nas bench proposals`: what controllers themselves cost.
  struct Proposals: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Time what a controller takes to propose a candidate and to be told of it, behind long histories.",
      discussion: """
        Every controller searches with made-up rewards to the longest history; the candidates behind each length are timed. \
        The hash of the proposals depends on the seed alone: another process, or another machine, must print the same.
        """)

    @Option(help: "The space.") var space = "nasnet"
    @Option(help: "The controllers, separated by commas (default: all, with the settings of nas search).")
    var controllers: String?
    @Option(help: "A JSON file with more controllers: names with settings, as run.json has them.") var variants: String?
    @Option(help: "Lengths of history, separated by commas.") var histories = "0,100,1000"
    @Option(help: "How many candidates are timed behind each.") var samples = 100
    @Option(help: "The seed.") var seed: UInt64 = 0
    @OptionGroup var output: OutputOptions

    func run() throws {
      try SettingError.checkCounts(("--samples", samples))
      let space = try SpaceDescription(argument: space, origin: "--space")
      let lengths = try parsedHistories()
      let chosen = try ComparedController.all(ComparedController.searching, variants: variants).chosen(controllers)
      let terminal = Terminal(quiet: output.quiet)
      terminal.note("\(space.name), \(space.decisions.count) decisions, seed \(seed), \(samples) candidates timed each")
      let timing = ProposalTiming(space: space, seed: seed, samples: samples)
      var costs: [ProposalCost] = []
      for controller in chosen {
        costs += try timing.measure(controller, histories: lengths)
        terminal.note("\(controller.label) done")
      }
      if output.json {
        let report = ProposalReport(space: space.name, seed: seed, samples: samples, costs: costs)
        return terminal.result(try JSONOutput("bench.proposals", report).text())
      }
      let head = ["controller", "history", "propose", "at most", "observe", "at most", "both, mean", "proposals"]
      let rows = costs.map { cost in
        [cost.controller, Wording.count(cost.history)]
          + [
            cost.propose.median, cost.propose.maximum, cost.observe.median, cost.observe.maximum,
            cost.propose.mean + cost.observe.mean,
          ].map { String(format: "%.3f ms", $0 * 1e3) } + [cost.proposals]
      }
      Wording.table([head] + rows, rightAligned: [1, 2, 3, 4, 5, 6]).forEach(terminal.result)
    }

    private func parsedHistories() throws -> [Int] {
      let parts = histories.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
      let found = parts.compactMap { $0 }.filter { (0...10_000_000).contains($0) }.sorted()
      let isApart = zip(found, found.dropFirst()).allSatisfy { $1 - $0 >= samples }
      guard found.count == parts.count, !found.isEmpty, isApart else {
        throw SettingError.malformed(
          origin: "--histories",
          expected: "lengths separated by commas and at least \(samples) apart, such as 0,100,1000", found: histories)
      }
      return found
    }
  }
}

/// What `nas bench proposals --json` says.
private struct ProposalReport: Encodable {
  let space: String
  let seed: UInt64
  let samples: Int
  let costs: [ProposalCost]
}
