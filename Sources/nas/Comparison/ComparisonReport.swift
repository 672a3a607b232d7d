import Export
import Foundation
import Study

/// What `nas compare` says.
struct ComparisonReport: Encodable {
  let runs: [String]
  let space: String
  let recipe: String
  /// In what the runs differ though they must not.
  let settingDifferences: [String]
  /// What makes the times of the runs say little about their controllers.
  let timeNotes: [String]
  let comparison: RunComparison
  /// Whether the runs allow to say which controller is better.
  let isDecided: Bool
  let verdict: String

  /// - Throws: an `EncodingError` for settings that cannot be written.
  init(_ comparison: RunComparison, input: ComparisonInput) throws {
    let first = input.runs[0].configuration
    let verdict = ComparisonVerdict(comparison)
    runs = input.runs.map(\.name)
    space = first.space.name
    recipe = first.recipe
    settingDifferences = input.differences
    timeNotes = input.timeNotes
    self.comparison = comparison
    isDecided = verdict.isDecided
    let counterpart = try RandomCounterpart(configuration: first).command(seed: first.seed)
    self.verdict =
      (input.differences.isEmpty ? "" : "runs that differ in what must be equal say little of their controllers; ")
      + verdict.words(counterpart: counterpart)
  }

  /// Prints it as text or JSON.
  func show(json: Bool) throws {
    let terminal = Terminal()
    if json { return terminal.result(try JSONOutput("compare", self).text()) }
    lines.forEach(terminal.result)
  }

  /// What is printed.
  var lines: [String] {
    let candidates = Wording.count(comparison.candidates)
    var lines = [
      "\(runs.count) \(runs.count == 1 ? "run" : "runs") on \(space), \(recipe)",
      "at the first \(candidates) candidates (\(comparison.shortest) has no more) and "
        + "\(Wording.duration(comparison.seconds)) of searching; validation accuracy in %, mean [95 % interval over seeds]",
    ]
    lines += settingDifferences.map { "warning: \($0)" }
    if !timeNotes.isEmpty {
      lines.append("warning: the times say little, for the runs have different \(timeNotes.joined(separator: ", "))")
    }
    lines.append("")
    lines += Wording.table([head] + rows, rightAligned: [1])
    if !comparison.differences.isEmpty {
      lines += ["", "paired by seed, difference in points:"]
      lines += Wording.table([ComparisonReport.pairHead] + pairRows, rightAligned: [2, 3, 4, 5, 6])
    }
    return lines + ["", verdict]
  }

  private var head: [String] {
    let time = Wording.duration(comparison.seconds)
    return [
      "controller", "seeds", "best", "mean of the best so far", "best after \(time)", "its mean over that time",
    ]
  }

  private var rows: [[String]] {
    comparison.groups.map { group in
      [group.name, "\(group.seeds.count)"] + group.measures.map { ComparisonReport.text($0.mean, $0.interval) }
    }
  }

  private static let pairHead = ["controller", "minus", "best", "wins", "p", "p of all pairs", "p of the area"]

  private var pairRows: [[String]] {
    comparison.differences.map { difference in
      [
        difference.ahead, difference.behind,
        ComparisonReport.text(difference.test.difference, difference.interval),
        "\(difference.wins) of \(difference.seeds.count)", ComparisonVerdict.text(difference.test.p),
        ComparisonVerdict.text(difference.adjustedP), ComparisonVerdict.text(difference.areaTest.p),
      ]
    }
  }

  private static func text(_ share: Double, _ interval: Interval?) -> String {
    let mean = Wording.decimal(share * 100, 2)
    guard let interval else { return mean }
    return "\(mean) [\(Wording.decimal(interval.low * 100, 2)), \(Wording.decimal(interval.high * 100, 2))]"
  }

  private enum Key: String, CodingKey {
    case runs, space, recipe, settingDifferences, timeNotes, isDecided, verdict
  }

  /// The comparison's members stand beside the others.
  func encode(to encoder: any Encoder) throws {
    try comparison.encode(to: encoder)
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(runs, forKey: .runs)
    try container.encode(space, forKey: .space)
    try container.encode(recipe, forKey: .recipe)
    try container.encode(settingDifferences, forKey: .settingDifferences)
    try container.encode(timeNotes, forKey: .timeNotes)
    try container.encode(isDecided, forKey: .isDecided)
    try container.encode(verdict, forKey: .verdict)
  }
}

extension ComparisonReport {
  /// What `write` writes.
  static let files = ["results.json", "curves.csv", "candidates.svg", "hours.svg"]

  /// Writes the files into a folder.
  /// - Throws: `CommandError`.
  func write(to folder: String) throws {
    let texts = [try JSONOutput("compare", self).text() + "\n", csv, candidatesPicture, hoursPicture]
    try OutputFile.write(Array(zip(ComparisonReport.files, texts)), toFolder: folder)
  }

  /// Every point of every curve.
  var csv: String {
    func rows(_ axis: String, _ unit: Double, _ curve: (RunComparison.Group) -> [RunComparison.CurvePoint]) -> [String]
    {
      comparison.groups.flatMap { group in
        curve(group).map { point in
          let band = [point.interval?.low, point.interval?.high].map { $0.map { Wording.decimal($0, 6) } ?? "" }
          return
            (["\"\(group.name)\"", axis, Wording.decimal(point.x / unit, 6), Wording.decimal(point.mean, 6)] + band)
            .joined(separator: ",")
        }
      }
    }
    let lines = rows("candidates", 1) { $0.byCandidate } + rows("hours", 3600) { $0.byTime }
    return (["controller,axis,x,best,low,high"] + lines).joined(separator: "\n") + "\n"
  }

  var candidatesPicture: String { picture("candidates", 1) { $0.byCandidate } }
  var hoursPicture: String { picture("hours of searching", 3600) { $0.byTime } }

  private func picture(
    _ horizontal: String, _ unit: Double, _ curve: (RunComparison.Group) -> [RunComparison.CurvePoint]
  ) -> String {
    let series = comparison.groups.map { group in
      MeanCurves.Series(
        name: "\(group.name), \(group.seeds.count) \(group.seeds.count == 1 ? "seed" : "seeds")",
        values: curve(group).map { point in
          MeanCurves.Value(
            x: point.x / unit, middle: point.mean * 100, low: point.interval.map { $0.low * 100 },
            high: point.interval.map { $0.high * 100 })
        })
    }
    return MeanCurves(
      series, title: "Best so far, mean and 95 % interval over seeds", horizontal: horizontal,
      vertical: "validation accuracy, %"
    ).svg()
  }
}
