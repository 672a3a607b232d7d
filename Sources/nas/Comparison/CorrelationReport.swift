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
    let pairs = replays.map(\.pair).sorted { ($0.brief, $1.replay) > ($1.brief, $0.replay) }
    briefRecipe = replays[0].configuration.provenance?.recipe
    longRecipe = replays[0].configuration.recipe
    self.pairs = pairs
    correlations = CorrelationReport.correlations(pairs)
  }

  private static func read(_ path: String) throws -> (pair: Pair, configuration: ReplayConfiguration) {
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
    let bootstrap = Bootstrap(count: pairs.count, random: RandomStream(seed: 0).split("correlation"))
    return RankCorrelation.allCases.map { measure in
      Correlation(
        measure: measure, value: measure.value(brief, long),
        interval: bootstrap.interval { drawn in measure.value(drawn.map { brief[$0] }, drawn.map { long[$0] }) })
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

  /// What the interval allows to say, in one line.
  var verdict: String {
    guard let interval = correlations.first?.interval else {
      return "no verdict: the accuracies of one of the trainings are all the same"
    }
    if interval.low > 0 { return "the brief training orders candidates as the long one does, more than by chance" }
    if interval.high < 0 { return "the brief training orders candidates against the long one" }
    return "no verdict: so few candidates do not show whether the brief training orders them as the long one does"
  }

  private static func text(_ correlation: Correlation) -> String {
    guard let value = correlation.value, let interval = correlation.interval else { return "undefined, all are equal" }
    return "\(Wording.decimal(value, 2)), 95 % interval over candidates "
      + "[\(Wording.decimal(interval.low, 2)), \(Wording.decimal(interval.high, 2))]"
  }
}
