import ArgumentParser
import Controllers
import Evaluator
import Export
import SearchSpace
import Study
import Testing

@testable import nas

@Suite struct ErrorReportTests {
  /// One of every error that a command can end with, and the documented code.
  private static let errors: [(any Error, nas.ExitStatus)] = [
    (SettingError.malformed(origin: "--x", expected: "y", found: "z"), .usage),
    (SettingError.experimentFile(path: "e", problem: "p"), .usage),
    (SettingsError.nothingToDecide(space: "s"), .usage),
    (UnknownName(kind: "space", found: "x", known: ["y"]), .usage),
    (GenotypeError.noBlocks(cell: "normal"), .usage),
    (NetworkError.notPositive(what: "number", found: 0), .usage),
    (CellSpaceError.missing(space: "s", what: "block"), .usage),
    (TrainingPlanError.fewerImagesThanBatch(images: 1, batch: 2), .usage),
    (DatasetError.notFound(path: "p"), .data),
    (DatasetError.wrongLabel(file: "f", record: 0, label: 11, classes: 10), .data),
    (DatasetError.wrongSize(file: "f", expected: 2, found: 1), .data),
    (DatasetError.splitTooLarge(requested: 9, available: 8), .usage),
    (DatasetError.subsetTooLarge(requested: 9, available: 8), .usage),
    (DatasetError.tooManyGenerated(requested: 9, largest: 8), .usage),
    (DatasetError.alreadyThere(file: "f"), .failed),
    (SimulationError.failed(reason: "r"), .data),
    (DownloadError.refused(url: "u", status: 404), .data),
    (GenotypeFileError.wrongContent(path: "p", reason: "r"), .usage),
    (GenotypeFileError.unwritable(path: "p", reason: "r"), .failed),
    (EngineError.unknownInstructionSet(found: "x"), .usage),
    (EngineError.threadNotStarted(code: 1), .failed),
    (CheckpointError.damaged(reason: "r"), .failed),
    (RunDirectoryError.notARunDirectory(path: "p"), .usage),
    (RunDirectoryError.locked(path: "p", owner: 1), .failed),
    (RunDirectoryError.diskFull(path: "p"), .failed),
    (JournalError.missingHeader(path: "p"), .failed),
    (SearchError.noValidCandidate(index: 0, attempts: 1, limits: CandidateLimits(parameters: 1)), .noValidCandidate),
    (SearchError.settingsDiffer(what: "w", recorded: "1", given: "2"), .failed),
    (WorkerFailure(message: "m", exitCode: 3), .data),
    (WorkerFailure(message: "m", exitCode: 77), .failed),
    (WorkerError.setupTimedOut(seconds: 1), .failed),
    (Failure(kind: .diverged, reason: "r"), .failed),
    (CancellationError(), .failed),
    (CommandError(.verificationMismatch, "The model differs."), .verificationMismatch),
  ]

  @Test func everyErrorHasItsCode() {
    for (error, status) in Self.errors {
      #expect(ErrorReport(error, arguments: []).status == status, "\(error)")
    }
  }

  @Test func allSentencesReadAlike() throws {
    for (error, _) in Self.errors {
      let sentence = try #require(ErrorReport(error, arguments: []).sentence)
      #expect(!sentence.hasSuffix("."), "\(sentence)")
      #expect(!sentence.contains("\n"), "\(sentence)")
      let ordinary = ["The ", "A ", "There ", "None ", "Block ", "Node ", "Training ", "Interrupted"]
      #expect(!ordinary.contains { sentence.hasPrefix($0) }, "\(sentence)")
    }
  }

  @Test func namesAndPathsStayAsTheyAre() {
    #expect(ErrorReport.uniform("NAS_MAX_ISA must be x.") == "NAS_MAX_ISA must be x")
    #expect(ErrorReport.uniform("Data/x is damaged.") == "Data/x is damaged")
    #expect(ErrorReport.uniform("The run.") == "the run")
    #expect(ErrorReport.uniform("Is it?") == "Is it?")
  }

  @Test func theParsersErrorsAreOneSentence() throws {
    func report(_ arguments: String...) throws -> ErrorReport {
      do {
        // Help is a command of the parser's own.
        var command = try Nas.parseAsRoot(arguments)
        if !(command is any AsyncParsableCommand) { try command.run() }
      } catch { return ErrorReport(error, arguments: arguments) }
      Issue.record("\(arguments) was taken")
      return ErrorReport(CancellationError(), arguments: [])
    }
    #expect(try report("serch").sentence == "there is no command 'serch': did you mean 'search'?")
    #expect(try report("frobnicate").sentence == "there is no command 'frobnicate': see 'nas --help'")
    let flag = try report("search", "--filterz", "4")
    #expect(flag.status == .usage)
    #expect(flag.sentence == "unknown option '--filterz'. Did you mean '--filters'? see 'nas search --help'")
    #expect(try report("export").sentence == "missing expected argument '<cells>'; see 'nas export --help'")
    #expect(
      try report("data", "fetch").sentence == "missing expected argument '<name>'; see 'nas data fetch --help'")
    let help = try report("search", "--help")
    #expect(help.status == .done)
    #expect(help.sentence == nil)
    #expect(help.help?.contains("--evaluations") == true)
  }

  @Test func negativeValuesAreValues() {
    #expect(Main.joiningNegativeValues(["sample", "--seed", "-1"]) == ["sample", "--seed=-1"])
    #expect(Main.joiningNegativeValues(["search", "--seed=1", "-q"]) == ["search", "--seed=1", "-q"])
    #expect(Main.joiningNegativeValues(["show", "-1"]) == ["show", "-1"])
  }
}
