import ArgumentParser
import Foundation
import Study

extension Nas {
  /// `nas compare`: controllers against each other by the runs they made.
  struct Compare: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Compare searches of several controllers, paired by seed.",
      discussion: """
        The runs must have the same space, skeleton, recipe, data, window and budget; they may still be running. They are \
        compared at the same number of candidates and at the same time of searching, the smallest of all: by the best \
        validation accuracy and by the mean of the best so far (the area under the curve), with bootstrap 95 % intervals \
        over seeds and a paired permutation test. The verdict is about the best at the same number of candidates, with p \
        raised for the number of pairs that are tested (Holm). It says so when the runs do not allow one.
        """)

    @Argument(help: ArgumentHelp("The run directories.", valueName: "run")) var directories: [String]
    @Option(help: "A folder to write results.json, curves.csv, candidates.svg and hours.svg to.") var out: String?
    @Flag(help: "Overwrite files that are already there.") var force = false
    @Flag(help: "Compare runs that differ in what must be equal; the result says in what.") var despiteDifferences =
      false
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
      if let out { try OutputFile.check(ComparisonReport.files, inFolder: out, force: force) }
      let input = try ComparisonInput(directories)
      guard input.differences.isEmpty || despiteDifferences else {
        throw CommandError(
          .usage,
          "The runs cannot be compared: \(input.differences.joined(separator: "; ")). Leave out those that do not belong, "
            + "or say --despite-differences.")
      }
      let comparison = try RunComparison(try input.compared())
      let report = try ComparisonReport(comparison, input: input)
      if let out { try report.write(to: out) }
      try report.show(json: json)
    }
  }
}
