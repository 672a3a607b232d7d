import ArgumentParser
import Foundation

/// The command line tool.
struct Nas: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "nas",
    abstract: "Searches for convolutional cells, exports what it found, and trains it as a full model.",
    discussion: """
      Results go to standard output, progress to standard error. Exit codes: 0 done, 1 failed, 2 usage, 3 data missing \
      or corrupt, 4 no valid candidate, 5 verification mismatch, 130 and 143 interrupted and resumable.
      """,
    version: Version.text,
    // The hidden command that `search` starts for each of its workers.
    subcommands: [Worker.self],
    groupedSubcommands: [
      CommandGroup(
        name: "Searching", subcommands: [Search.self, Resume.self, Status.self, Top.self, Compare.self, Plan.self]),
      CommandGroup(name: "Cells", subcommands: [Show.self, Sample.self, ExportCommand.self]),
      CommandGroup(name: "Full models", subcommands: [Replay.self, Test.self, Predict.self, Correlate.self]),
      CommandGroup(name: "This machine", subcommands: [DataCommand.self, Doctor.self, Bench.self]),
    ])
}

/// The tool's version, recorded in every run.
enum Version {
  static let text = "0.1.0-dev"
}

@main
enum Main {
  /// Parses, runs, and turns whatever was thrown into one sentence and the documented exit code.
  static func main() async {
    // A reader that had enough (`| head`) ends no search; what else keeps a result from being written is an error.
    signal(SIGPIPE, SIG_IGN)
    // A limit on the size of files is then an error of the write, which is told, instead of a silent end.
    signal(SIGXFSZ, SIG_IGN)
    do {
      try checkArguments()
      var command = try Nas.parseAsRoot(joiningNegativeValues(Array(CommandLine.arguments.dropFirst())))
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
      try Terminal.checkResults()
    } catch {
      ErrorReport(error).exit()
    }
  }

  /// Refuses arguments that would name something else than was meant: an empty path would be the current folder, and what is
  /// no UTF-8 would be changed.
  private static func checkArguments() throws {
    for (place, argument) in CommandLine.arguments.enumerated().dropFirst() {
      guard let bytes = CommandLine.unsafeArgv[place], String(validatingCString: bytes) != nil
      else {
        throw CommandError(.usage, "Argument \(place), \(argument), is no valid UTF-8: rename what it names.")
      }
      guard !argument.isEmpty else {
        throw CommandError(
          .usage, "Argument \(place) is empty, perhaps a shell variable that is not set: give a value, or leave it out."
        )
      }
    }
  }

  /// `--seed -1` as `--seed=-1`: a value that begins with a minus would be taken for an option, and the complaint would
  /// be about a missing value.
  static func joiningNegativeValues(_ arguments: [String]) -> [String] {
    arguments.reduce(into: []) { joined, argument in
      let isNegative = argument.first == "-" && argument.dropFirst().first?.isNumber == true
      if isNegative, let last = joined.last, last.hasPrefix("--"), !last.contains("=") {
        joined[joined.count - 1] = "\(last)=\(argument)"
      } else {
        joined.append(argument)
      }
    }
  }
}
