import Export
import Foundation
import SearchSpace
import Study

/// What `nas correlate` says.
struct CorrelationReport: Encodable {
  /// A candidate with both of its accuracies.
  struct Pair: Encodable {
    let replay: String
    let run: String?
    let candidate: Int?
    /// The validation accuracy that the search measured.
    let brief: Double
    /// The validation accuracy after the longer training.
    let long: Double
  }

  /// One rank correlation.
  struct Correlation: Encodable {
    let measure: RankCorrelation
    let value: Double?
    let interval: Interval?
    /// How often orders that have nothing to do with each other agree, or disagree, as much.
    let p: Double?
  }

  let briefRecipe: String?
  let longRecipe: String
  /// The candidates, best by the brief training first.
  let pairs: [Pair]
  let correlations: [Correlation]

  /// Reads finished replays.
  /// - Throws: `CommandError`, `RunDirectoryError`.
  init(_ directories: [String]) throws {
    guard directories.count > 2 else {
      throw CommandError(
        .usage, "An order needs at least three replays, but \(directories.count) were given: replay more candidates.")
    }
    let replays = try directories.map { try CorrelationReport.read($0) }
    let settings = try replays.map { try ComparableSettings($0.configuration) }
    for (replay, own) in zip(replays, settings) {
      let found = settings[0].differences(from: own)
      guard found.isEmpty else {
        throw CommandError(
          .usage,
          "The replays must be trained alike, but \(directories[0]) and \(replay.pair.replay) differ in "
            + "\(found.prefix(4).joined(separator: ", ")): leave one out.")
      }
    }
    try CorrelationReport.checkCandidates(replays)
    self.init(
      pairs: replays.map(\.pair).sorted { ($0.brief, $1.replay) > ($1.brief, $0.replay) },
      briefRecipe: replays[0].configuration.provenance?.recipe, longRecipe: replays[0].configuration.recipe)
  }

  /// The report on candidates in their order.
  init(pairs: [Pair], briefRecipe: String? = nil, longRecipe: String = "") {
    self.briefRecipe = briefRecipe
    self.longRecipe = longRecipe
    self.pairs = pairs
    correlations = CorrelationReport.correlations(pairs)
  }

  private typealias Replay = (pair: Pair, configuration: ReplayConfiguration)

  /// Requires different candidates whose brief trainings were alike.
  private static func checkCandidates(_ replays: [Replay]) throws {
    var places: [Provenance: String] = [:]
    for replay in replays {
      guard let provenance = replay.configuration.provenance else { continue }
      if let other = places.updateValue(replay.pair.replay, forKey: provenance) {
        throw CommandError(
          .usage, "\(other) and \(replay.pair.replay) are replays of the same candidate: leave one out.")
      }
      let first = replays[0].configuration.provenance?.recipe
      guard provenance.recipe == first else {
        throw CommandError(
          .usage,
          "The brief trainings must be alike, but the searches of \(replays[0].pair.replay) and \(replay.pair.replay) "
            + "trained with \(first ?? "an unknown recipe") and \(provenance.recipe ?? "an unknown one"): leave one out."
        )
      }
    }
  }

  private static func read(_ path: String) throws -> Replay {
    let directory = ReplayDirectory(url: URL(fileURLWithPath: path).standardizedFileURL)
    guard ReplayDirectory.exists(at: path) else {
      throw CommandError(.usage, "\(path) is no replay: make one with 'nas replay RUN#17'.")
    }
    let configuration = try directory.configuration()
    guard let result = try directory.result() else {
      throw CommandError(.failed, "\(path) is not finished: continue it with 'nas resume \(path)'.")
    }
    guard let brief = configuration.provenance?.reward else {
      throw CommandError(
        .usage, "\(path) is no replay of a search's candidate, so there is nothing to set it against: leave it out.")
    }
    let pair = Pair(
      replay: path, run: configuration.provenance?.run, candidate: configuration.provenance?.candidate, brief: brief,
      long: result.validationAccuracy)
    return (pair, configuration)
  }

  static func correlations(_ pairs: [Pair]) -> [Correlation] {
    let (brief, long) = (pairs.map(\.brief), pairs.map(\.long))
    let random = RandomStream(seed: 0).split("correlation")
    let bootstrap = Bootstrap(count: pairs.count, random: random)
    return RankCorrelation.allCases.map { measure in
      Correlation(
        measure: measure, value: measure.value(brief, long),
        interval: bootstrap.interval { drawn in measure.value(drawn.map { brief[$0] }, drawn.map { long[$0] }) },
        p: RankPermutationTest(measure, brief, long, random: random.split("permutation"))?.p)
    }
  }

  /// What is printed.
  var lines: [String] {
    let rows = pairs.map { pair in
      let origin = pair.run.map { run in pair.candidate.map { "\(run)#\($0)" } ?? run } ?? ""
      return [pair.replay, origin, Wording.percent(pair.brief), Wording.percent(pair.long)]
    }
    var lines = ["brief: \(briefRecipe ?? "unknown")", "long:  \(longRecipe)", ""]
    lines += Wording.table([["replay", "candidate", "brief", "long"]] + rows, rightAligned: [2, 3])
    lines.append("")
    for correlation in correlations {
      let name = correlation.measure == .spearman ? "Spearman's rho" : "Kendall's tau"
      lines.append("\(name): \(CorrelationReport.text(correlation))")
    }
    return lines + [verdict]
  }

  /// Below this p of Spearman's ρ the orders are said to have to do with each other.
  private static let level = 0.05

  /// What can be said, in one line. It is the permutation test that decides: the bootstrap of a few candidates in the same
  /// order has no width at all.
  var verdict: String {
    guard let value = correlations.first?.value, let p = correlations.first?.p else {
      return "no verdict: the accuracies of one of the trainings are all the same"
    }
    guard p < CorrelationReport.level else {
      return "no verdict: so few candidates do not show whether the brief training orders them as the long one does"
    }
    let order = value > 0 ? "as the long one does" : "against the long one"
    return "the brief training orders candidates \(order), more than by chance (p \(Wording.decimal(p, 3)))"
  }

  private static func text(_ correlation: Correlation) -> String {
    guard let value = correlation.value, let interval = correlation.interval else { return "undefined, all are equal" }
    let p = correlation.p.map { ", p \(Wording.decimal($0, 3))" } ?? ""
    return "\(Wording.decimal(value, 2)), 95 % interval over candidates "
      + "[\(Wording.decimal(interval.low, 2)), \(Wording.decimal(interval.high, 2))]\(p)"
  }
}
