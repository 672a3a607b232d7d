import ArgumentParser
import Foundation
import SearchSpace
import Study

extension Nas {
  /// `nas correlate`: how well a search's brief trainings order candidates.
  struct Correlate: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Set the accuracy that searches measured briefly against that of longer trainings.",
      discussion: """
        REPLAY is the folder of a finished 'nas replay' of a candidate (RUN#17), which has the accuracy that the search \
        measured. All replays must have the same skeleton, recipe, seed and data. Shown are the rank correlations of the two \
        validation accuracies, with bootstrap 95 % intervals over candidates; the test images play no part.
        """)

    @Argument(help: ArgumentHelp("The folders of the replays.", valueName: "replay")) var directories: [String]
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
      let report = try CorrelationReport(directories)
      let terminal = Terminal()
      if json { return terminal.result(try JSONOutput("correlate", report).text()) }
      report.lines.forEach(terminal.result)
    }
  }
}
