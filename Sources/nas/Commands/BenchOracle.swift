import ArgumentParser
import Foundation
import Study

extension Nas.Bench {
  /// `nas bench oracle`: evolution on a problem whose answers are known.
  struct Oracle: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Repeat the toy problem of regularized evolution and compare with an independent implementation.",
      discussion: """
        100 bits, rewarded by the share of ones plus noise; what counts is the true share of the candidate that measured \
        best. With much noise ageing evolution must be ahead of the non-ageing form, and both of random search. Ends with \
        code 5 when a mean lies further from the other implementation's than one of its standard deviations.
        """)

    @Option(help: "How often every algorithm searches, with the seeds from 0.") var repeats = 30
    @Option(help: "Leave out settings with searches of more candidates.") var most = 5000
    @Option(help: "Searches at once (default: one per core).") var threads: Int?
    @OptionGroup var output: OutputOptions

    func run() async throws {
      try SettingError.checkCounts(("--repeats", repeats), ("--threads", threads ?? 1))
      let smallest = BitsOracle.table.map(\.setting.candidates).min() ?? 0
      guard most >= smallest else {
        throw SettingError.malformed(
          origin: "--most", expected: "at least \(smallest), the candidates of the smallest setting", found: "\(most)")
      }
      let terminal = Terminal(quiet: output.quiet)
      var rows: [OracleRow] = []
      for row in BitsOracle.table where row.setting.candidates <= most {
        let setting = row.setting
        for (algorithm, reference) in zip(BitsOracle.Algorithm.allCases, row.references) {
          let scores = try await setting.scores(
            algorithm, count: repeats, threads: threads ?? Machine.cores)
          rows.append(OracleRow(setting, algorithm, SampleSummary(scores), reference))
        }
        terminal.note("P \(setting.population), S \(setting.tournament), C \(setting.candidates) done")
      }
      try show(rows, terminal)
      let outside = rows.filter { !$0.isWithin }
      guard outside.isEmpty else {
        throw CommandError(
          .verificationMismatch,
          "\(outside.count) of \(rows.count) means lie further from the reference than its standard deviation; with few "
            + "--repeats that can be chance.")
      }
    }

    private func show(_ rows: [OracleRow], _ terminal: Terminal) throws {
      if output.json {
        return terminal.result(
          try JSONOutput("bench.oracle", OracleReport(repeats: repeats, rows: rows)).text())
      }
      let head = ["P", "S", "C", "noise", "algorithm", "here", "reference", "apart"]
      let cells = rows.map { row in
        [
          "\(row.population)", "\(row.tournament)", "\(row.candidates)", "\(row.noise)", row.algorithm.rawValue,
          Wording.decimal(row.score.mean, 3) + " ± " + Wording.decimal(row.score.deviation, 3),
          Wording.decimal(row.referenceMean, 3) + " ± " + Wording.decimal(row.referenceDeviation, 3),
          String(format: "%+.3f", row.score.mean - row.referenceMean),
        ]
      }
      Wording.table([head] + cells, rightAligned: [0, 1, 2, 3, 7]).forEach(terminal.result)
      terminal.result("true share of ones, mean ± deviation of \(repeats) searches; the reference has 30")
    }
  }
}

/// One mean of the toy problem beside the reference.
struct OracleRow: Encodable {
  let population: Int
  let tournament: Int
  let candidates: Int
  let noise: Double
  let algorithm: BitsOracle.Algorithm
  let score: SampleSummary
  let referenceMean: Double
  let referenceDeviation: Double
  /// Whether the means are no further apart than the reference's standard deviation.
  let isWithin: Bool

  init(
    _ setting: BitsOracle, _ algorithm: BitsOracle.Algorithm, _ score: SampleSummary,
    _ reference: BitsOracle.Reference
  ) {
    population = setting.population
    tournament = setting.tournament
    candidates = setting.candidates
    noise = setting.noise
    self.algorithm = algorithm
    self.score = score
    referenceMean = reference.mean
    referenceDeviation = reference.deviation
    isWithin = abs(score.mean - reference.mean) <= reference.deviation
  }
}

/// What `nas bench oracle --json` says.
private struct OracleReport: Encodable {
  let repeats: Int
  let rows: [OracleRow]
}
