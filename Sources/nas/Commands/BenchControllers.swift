import ArgumentParser
import Controllers
import Evaluator
import Export
import Foundation
import SearchSpace
import Study

extension Nas.Bench {
  /// `nas bench controllers`: controllers against each other on a table.
  struct ControllersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "controllers",
      abstract: "Repeat simulated searches of several controllers on a table of trained architectures.",
      discussion: """
        TABLE is a CSV file, also compressed by gzip, with a row for every architecture of the space. A search sees the \
        reward and pays the seconds of the table; its answer is the best of its history by the reward, and what the table \
        reports of the answer is what is compared. Unless --columns says otherwise the columns are those of NAS-Bench-201's \
        CIFAR-10 table.
        """)

    @Argument(help: "The table.") var table: String
    @Option(help: "The space of the table's architectures.") var space = "nasbench201"
    @Option(help: "A JSON file that says which columns hold what (see the documentation of TabularColumns).")
    var columns: String?
    @Option(help: "The budgets in simulated seconds, separated by commas.") var budgets = "12000,20000"
    @Option(help: "How often every controller searches.") var repeats = 500
    @Option(help: "The controllers, separated by commas (default: all).") var controllers: String?
    @Option(help: "A JSON file with more controllers: names with settings, as run.json has them.") var variants: String?
    @Option(help: "The seed; repeat r of every controller has the same stream of it.") var seed: UInt64 = 0
    @Option(help: "Searches at once (default: one per core).") var threads: Int?
    @Option(help: "A folder to write results.json, curves.csv and curves.svg to.") var out: String?
    @Flag(help: "Overwrite files that are already there.") var force = false
    @OptionGroup var output: OutputOptions

    func run() async throws {
      if let out { try OutputFile.check(ControllerReport.files, inFolder: out, force: force) }
      try SettingError.checkCounts(("--repeats", repeats), ("--threads", threads ?? 1))
      let budgets = try parsedBudgets()
      let space = try SpaceDescription(argument: space, origin: "--space")
      let chosen = try ComparedController.all(ComparedController.standard, variants: variants).chosen(controllers)
      let benchmark = try TabularBenchmark(
        contentsOf: URL(fileURLWithPath: table), columns: readColumns(), space: space)
      let terminal = Terminal(quiet: output.quiet)
      terminal.note("\(table): \(Wording.count(benchmark.count)) architectures of \(space.name), seed \(seed)")
      let searches = RepeatedSearches(
        space: space, evaluator: TabularEvaluator(benchmark), seed: seed, count: repeats,
        threads: threads ?? Machine.cores)
      let start = ProcessInfo.processInfo.systemUptime
      var results: [ControllerResult] = []
      for controller in chosen {
        let begun = ProcessInfo.processInfo.systemUptime
        let runs = try await searches.runs(of: controller.settings, seconds: budgets.last ?? 0)
        results.append(ControllerResult(controller, runs: runs, budgets: budgets, benchmark: benchmark))
        let seconds = ProcessInfo.processInfo.systemUptime - begun
        terminal.note("\(controller.label): \(repeats) searches in \(String(format: "%.1f", seconds)) s")
      }
      let report = ControllerReport(
        table: table, checksum: benchmark.checksum, space: space.name, seed: seed, repeats: repeats,
        budgets: budgets, reported: benchmark.columns.reported.map(\.name), controllers: results,
        seconds: ProcessInfo.processInfo.systemUptime - start)
      if let out { try report.write(to: out) }
      try report.show(json: output.json)
    }

    private func parsedBudgets() throws -> [Double] {
      let parts = budgets.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
      let found = parts.compactMap { $0 }.filter { $0 > 0 && $0 <= 1e9 }
      guard found.count == parts.count, !found.isEmpty else {
        throw SettingError.malformed(
          origin: "--budgets", expected: "seconds separated by commas, such as 12000,20000", found: budgets)
      }
      return found.sorted()
    }

    private func readColumns() throws -> TabularColumns {
      guard let columns else { return .nasbench201 }
      guard let data = FileManager.default.contents(atPath: columns),
        let decoded = try? JSONDecoder().decode(TabularColumns.self, from: data)
      else {
        throw SettingError.malformed(
          origin: "--columns",
          expected: "a JSON file with architecture, reward, seconds, parameters, multiplyAdds and reported",
          found: columns)
      }
      return decoded
    }
  }
}
