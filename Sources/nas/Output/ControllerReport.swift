import Evaluator
import Export
import Foundation
import Study

/// What the repeats of one controller came to.
struct ControllerResult: Encodable, Sendable {
  /// The answers at one budget.
  struct AtBudget: Encodable, Sendable {
    let seconds: Double
    /// The answers' rewards.
    let reward: SampleSummary
    /// What the table reports of the answers, in the order of its columns.
    let reported: [SampleSummary]
    /// How far the last reported column's mean is below its best value in the table.
    let regret: Double
  }

  /// The mean answer as a function of the budget.
  struct CurvePoint: Encodable, Sendable {
    let seconds: Double
    let reward: Double
    /// Mean and standard deviation of the last reported column.
    let reported: Double
    let deviation: Double
  }

  let label: String
  let budgets: [AtBudget]
  /// Candidates in a search of the largest budget.
  let candidates: SampleSummary
  /// Seconds that the controller itself takes for a candidate; the one part that is measured and not computed.
  let controllerSeconds: Double
  let curve: [CurvePoint]

  /// Points along a curve.
  private static let resolution = 100

  init(
    _ controller: ComparedController, runs: [SimulatedRun], budgets: [Double], benchmark: TabularBenchmark
  ) {
    label = controller.label
    candidates = SampleSummary(runs.map { Double($0.candidates) })
    let thinking = runs.reduce(Duration.zero) { $0 + $1.thinking }
    controllerSeconds = thinking / .seconds(1) / max(1, candidates.mean * Double(runs.count))
    let columns = benchmark.columns.reported.indices
    func answers(_ seconds: Double) -> (rewards: [Double], entries: [TabularBenchmark.Entry]) {
      let found = runs.compactMap { $0.answer(after: seconds) }
      return (found.map(\.reward), found.compactMap { benchmark[$0.architecture] })
    }
    self.budgets = budgets.map { seconds in
      let (rewards, entries) = answers(seconds)
      let reported = columns.map { column in SampleSummary(entries.map { $0.reported[column] }) }
      let best = columns.last.map { benchmark.best(reported: $0) } ?? 0
      return AtBudget(
        seconds: seconds, reward: SampleSummary(rewards), reported: reported,
        regret: best - (reported.last?.mean ?? best))
    }
    let end = budgets.last ?? 0
    curve = (1...ControllerResult.resolution).map { step in
      let seconds = end * Double(step) / Double(ControllerResult.resolution)
      let (rewards, entries) = answers(seconds)
      let reported = SampleSummary(entries.map { $0.reported.last ?? 0 })
      return CurvePoint(
        seconds: seconds, reward: SampleSummary(rewards).mean, reported: reported.mean, deviation: reported.deviation)
    }
  }
}

/// What `nas bench controllers` says.
struct ControllerReport: Encodable, Sendable {
  let table: String
  let checksum: String
  let space: String
  let seed: UInt64
  let repeats: Int
  let budgets: [Double]
  /// The table's columns that were looked up for the answers.
  let reported: [String]
  let controllers: [ControllerResult]
  /// How long all of it took.
  let seconds: Double

  /// Prints it as text or JSON.
  func show(json: Bool) throws {
    let terminal = Terminal()
    if json { return terminal.result(try JSONOutput("bench.controllers", self).text()) }
    for (index, budget) in budgets.enumerated() {
      terminal.result("\(Wording.count(Int(budget))) simulated seconds, \(repeats) searches each:")
      let head = ["controller", "reward"] + reported + ["regret"]
      let rows = controllers.map { controller in
        let result = controller.budgets[index]
        return [controller.label] + ([result.reward] + result.reported).map(ControllerReport.percent)
          + [String(format: "%.2f", result.regret * 100)]
      }
      Wording.table([head] + rows, rightAligned: Set(1..<head.count)).forEach(terminal.result)
      terminal.result("")
    }
    let rows = controllers.map {
      [$0.label, String(format: "%.0f", $0.candidates.mean), String(format: "%.3f ms", $0.controllerSeconds * 1e3)]
    }
    Wording.table([["controller", "candidates", "its own time a candidate"]] + rows, rightAligned: [1, 2])
      .forEach(terminal.result)
    terminal.result("")
    terminal.result("all of it in \(Wording.duration(seconds)), seed \(seed)")
  }

  /// What `write` writes.
  static let files = ["results.json", "curves.csv", "curves.svg"]

  /// Writes the files into a folder.
  /// - Throws: `CommandError`.
  func write(to folder: String) throws {
    let texts = [try JSONOutput("bench.controllers", self).text() + "\n", csv, svg]
    try OutputFile.write(Array(zip(ControllerReport.files, texts)), toFolder: folder)
  }

  private static func percent(_ summary: SampleSummary) -> String {
    String(format: "%.2f ± %.2f", summary.mean * 100, summary.deviation * 100)
  }

  /// The mean answer of every controller as a function of the budget.
  private var csv: String {
    let rows = controllers.flatMap { controller in
      controller.curve.map {
        "\(controller.label),\($0.seconds),"
          + [$0.reward, $0.reported, $0.deviation].map { String(format: "%.6f", $0) }.joined(separator: ",")
      }
    }
    let column = reported.last ?? "reported"
    return (["controller,seconds,reward,\(column),\(column)_deviation"] + rows).joined(separator: "\n") + "\n"
  }

  private var svg: String {
    let series = controllers.map { controller in
      MeanCurves.Series(
        name: controller.label,
        values: controller.curve.map { MeanCurves.Value(x: $0.seconds, middle: $0.reported * 100) })
    }
    // The first tenth of a search would take up most of the picture.
    let low = controllers.flatMap(\.curve).filter { $0.seconds >= (budgets.last ?? 0) / 10 }.map(\.reported).min()
    return MeanCurves(
      series, title: "The answer of a search by its budget, mean of \(repeats)", horizontal: "simulated seconds",
      vertical: "\(reported.last ?? "reported"), %", low: low.map { $0 * 100 }
    ).svg()
  }
}
