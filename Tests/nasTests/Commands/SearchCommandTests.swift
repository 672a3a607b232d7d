import Foundation
import Testing

@testable import Study
@testable import nas

/// Flags for the smallest search on synthetic images.
let tiny = [
  "--dataset", "synthetic", "--synthetic-images", "200", "--filters", "2", "--train-images", "64",
  "--validation-images", "32", "--epochs", "1", "--batch", "32",
]

/// A space whose networks are small: where many are built and none is within the limits, building them takes the time.
private let smallest = ["--space", #"{"name":"smallest","operations":["identity"],"blocks":1}"#]

/// The object that `--json` printed.
func object(_ text: String) throws -> [String: Any] {
  try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
}

/// The program as a whole: processes, signals, files and exit codes.
@Suite(.serialized) struct SearchCommandTests {
  /// A journal without what depends on time.
  private func journal(_ run: String, of program: BuiltProgram) throws -> [String] {
    try program.text("\(run)/journal.jsonl").split(separator: "\n").map {
      String($0).replacing(/"timing":\{[^}]*\}/, with: "")
    }
  }

  @Test func aKilledSearchGoesOnToTheSameJournal() throws {
    let program = try BuiltProgram()
    defer { program.remove() }
    let whole = try program.run(["search"] + tiny + ["--evaluations", "4", "--workers", "2", "--out", "whole"])
    #expect(whole.status == 0)
    #expect(whole.output.contains("best: candidate"))
    let killed = try program.start(
      ["search"] + tiny + ["--evaluations", "4", "--workers", "1", "--out", "killed"], name: "run.killed")
    #expect(program.waitForLines(2, in: "killed/journal.jsonl"))
    let second = try program.run(["resume", "killed"])
    #expect(second.status == 1)
    #expect(
      second.sentence.hasPrefix("nas: another process (pid \(killed.processIdentifier)) is writing to the run"))
    kill(killed.processIdentifier, SIGKILL)
    killed.waitUntilExit()
    let resumed = try program.run(["resume", "killed", "--json"])
    #expect(resumed.status == 0)
    #expect(try object(resumed.output)["candidates"] as? Int == 4)
    #expect(try journal("killed", of: program) == journal("whole", of: program))
    try damage(program)
    try lose(program)
    try extend(program)
    try look(program)
  }

  /// A choice that its space does not have is the journal's fault, not the user's.
  private func damage(_ program: BuiltProgram) throws {
    let journal = program.folder.appendingPathComponent("whole/journal.jsonl")
    let kept = try program.text("whole/journal.jsonl")
    let changed = kept.replacing(/"architecture":\[\d+/, with: "\"architecture\":[99")
    #expect(changed != kept)
    try Data(changed.utf8).write(to: journal)
    for arguments in [["top", "whole"], ["show", "whole#0"]] {
      let ended = try program.run(arguments)
      #expect(ended.status == 1)
      #expect(ended.sentence.contains("journal.jsonl is damaged: Choice 99 at "))
    }
    try Data(kept.utf8).write(to: journal)
  }

  /// A finished search whose journal is lost is not begun anew.
  private func lose(_ program: BuiltProgram) throws {
    let journal = program.folder.appendingPathComponent("whole/journal.jsonl")
    let kept = try Data(contentsOf: journal)
    for isEmpty in [true, false] {
      if isEmpty { try Data().write(to: journal) } else { try FileManager.default.removeItem(at: journal) }
      let refused = try program.run(["resume", "whole"])
      #expect(refused.status == 1)
      #expect(refused.sentence.contains("is missing or empty, though the run has a best candidate"))
    }
    try kept.write(to: journal)
  }

  /// A finished search with a larger budget; the journal only grows.
  private func extend(_ program: BuiltProgram) throws {
    let before = try journal("whole", of: program)
    let fewer = try program.run(["resume", "whole", "--evaluations", "3"])
    #expect(fewer.status == 2)
    let more = try program.run(["resume", "whole", "--evaluations", "5", "--quiet"])
    #expect(more.status == 0)
    #expect(more.errors.isEmpty)
    let after = try journal("whole", of: program)
    #expect(after.count == before.count + 1)
    #expect(Array(after.prefix(before.count)) == before)
    let status = try object(program.run(["status", "whole", "--json"]).output)
    #expect(status["evaluations"] as? Int == 5)
    #expect(status["finished"] as? Int == 5)
  }

  /// Everything that reads a run, and its JSON.
  private func look(_ program: BuiltProgram) throws {
    let top = try object(program.run(["top", "whole", "--json"]).output)
    let best = try #require((top["candidates"] as? [[String: Any]])?.first)
    let index = try #require(best["index"] as? Int)
    let shown = try object(program.run(["show", "whole", "--json"]).output)
    #expect(shown["fingerprint"] as? String == best["fingerprint"] as? String)
    #expect(shown["parameters"] as? Int == best["parameters"] as? Int)
    let exported = try program.run(["export", "whole#\(index)", "--out", "best.json"])
    #expect(exported.status == 0)
    let read = try object(program.run(["show", "best.json", "--filters", "2", "--json"]).output)
    #expect(read["parameters"] as? Int == best["parameters"] as? Int)
    #expect(try program.text("whole/best.svg").contains("<svg"))
    #expect(try program.text("whole/search.svg").contains("<svg"))
    let missing = try program.run(["show", "whole#17"])
    #expect(missing.status == 2)
    #expect(missing.sentence == "nas: whole has no candidate 17: its candidates are 0 to 4")
  }

  /// From the first line on that it says.
  @Test(arguments: [(SIGINT, Int32(130)), (SIGTERM, Int32(143))], ["run.err", "r/journal.jsonl"])
  func signalsEndItResumably(_ signal: (number: Int32, status: Int32), behindTheFirstLineOf file: String) throws {
    let program = try BuiltProgram()
    defer { program.remove() }
    let process = try program.start(["search"] + tiny + ["--evaluations", "500", "--out", "r"])
    #expect(program.waitForLines(1, in: file))
    kill(process.processIdentifier, signal.number)
    let ended = try program.ended(process)
    #expect(ended.status == signal.status)
    #expect(ended.sentence.hasPrefix("nas: interrupted after "))
    #expect(ended.sentence.contains("continue with 'nas resume "))
    #expect(ended.output.isEmpty)
  }

  @Test func withoutAValidCandidateItEndsWithFour() throws {
    let program = try BuiltProgram()
    defer { program.remove() }
    let diverged = try program.run(
      ["search"] + tiny + ["--evaluations", "1", "--learning-rate", "1e30", "--out", "d"])
    #expect(diverged.status == 4)
    #expect(diverged.sentence == "nas: none of the 1 candidates has a result; 'nas status d' lists why")
    #expect(try program.run(["status", "d"]).output.contains("1 failed: diverged"))
    #expect(try program.run(["export", "d"]).status == 4)
    let failed = try program.run(["export", "d#0", "--format", "safetensors", "--out", "w"])
    #expect(failed.status == 4 && failed.sentence.hasPrefix("nas: candidate 0 has no weights, because it failed: "))
    let limited = try program.run(["search"] + tiny + smallest + ["--max-parameters", "10", "--out", "l"])
    #expect(limited.status == 4)
    #expect(limited.sentence.contains("within the limits (at most 10 parameters)"))
    // Found before anything is written: no run begins with it, and none is overwritten by it.
    #expect(try !program.names().contains("l"))
  }

  private static let search = ["search", "--out", "r"]

  /// Arguments, the exit code and what the sentence says.
  private static let badInput: [([String], Int32, String)] = [
    (search + tiny + ["--population", "0"], 2, "--population needs a whole number from 1"),
    (search + tiny + ["--filters", "-1"], 2, "--filters needs a whole number from 1 to 10000, but '-1' was given"),
    (search + tiny + ["--space", "nasnt"], 2, "Did you mean 'nasnet'?"),
    (search + tiny + ["--train-images", "60000"], 2, "60,000 training images were asked for"),
    (search + tiny + ["--validation-images", "200"], 2, "200 validation images were asked for"),
    (search + tiny + ["--validation-images", "190", "--train-images", "all"], 2, "one full batch of 32 images"),
    (search + tiny + ["--synthetic-images", "75"], 2, "a positive multiple of 50"),
    (search + tiny + ["--data", "x"], 2, "--data is for CIFAR-10"),
    (search + ["--dataset", "cifar10", "--data", "none"], 3, "no data at "),
    (search + ["--dataset", "cifar10", "--data", "."], 3, "holds none of the 6 files"),
    (["search", "--out", "file/r"] + tiny, 1, "file/r cannot be written (not a directory)"),
    (["search", "--out", "file/b/r"] + tiny, 1, "file/b/r cannot be written ("),
    (["search", "--out", "file"] + tiny, 2, "is not a run"),
    (["replay", "nasnet-b"] + tiny, 2, "did you mean 'nasnet-a'?"),
    (["replay", "nasnet-a", "--out", "file/a/b"] + tiny, 1, "file/a/b cannot be written ("),
    (["replay", "nasnet-a", "--out", "r"] + tiny + ["--filters", "9000"], 1, "this machine's memory"),
    (["resume", "r"], 2, "r is not a run"), (["test", "r"], 2, "r is no model"),
    (["show", "nasnet-a", "--filters", "0"], 2, "the number of filters must be at least 1, but is 0"),
    (["show", "nasnet-a", "--batch", "8"], 2, "give --plan as well"),
    (["show", "nasnet-a", "--precision", "bf16"], 2, "--precision say how a plan is made: give --plan as well"),
    (["show", "nasnet-a", "--plan", "--inference", "--precision", "bf16"], 2, "--inference is always in float32"),
    (["bench", "engine", "nasnet-a", "--precision", "half"], 2, "provide one of 'float32' and 'bf16'"),
    (search + tiny + ["--precision", "half"], 2, "--precision needs one of float32, bf16, but 'half' was given"),
    (["show", "nasnet-a", "--filters", "3000000000"], 2, "the number of filters must be at most 10000"),
    (["plan", "--steps", "9223372036854775807"], 2, "--steps needs a whole number from 1 to 1000000"),
    (["show", "nasnet-a", "--plan", "--batch", "500000"], 2, "--batch needs a whole number from 1 to 100000"),
    (search + tiny + ["--max-time", "1e308d"], 2, "a duration such as 90s"),
    (
      search + tiny + ["--space", #"{"name":"x","operations":["identity"],"block":2}"#], 2,
      "there is no key of a space 'block'. Did you mean 'blocks'?"
    ),
    (
      ["plan", "--max-parameters", "10"] + tiny + smallest, 4,
      "random networks is within --max-parameters and --max-multiply-adds, the last with "
    ),
    (["sample", "--count", "0"], 2, "--count needs a whole number from 1 to 1000000"),
    (["bench", "engine"], 2, "give either CELLS or --sample"),
    (["bench", "candidate", "nasnet-a", "--sample", "2"], 2, "give either CELLS or --sample"),
    (["bench", "engine", "nasnet-a", "--seed", "2"], 2, "give --sample instead of nasnet-a"),
    (["bench", "engine", "--sample", "1", "--space", "nasnt"], 2, "Did you mean 'nasnet'?"),
    (["data", "check", "--data", "file"], 3, "could not be unpacked"),
    (["data", "make", "synthetic", "--train", "9223372036854775800"], 2, "at most 1,000,000 were expected"),
    (["bench", "engine", "nasnet-a", "--steps", "1000000"], 2, "lower --steps or --batch"),
    (["status", ""], 2, "Argument 2 is empty"),
    (["show", "--published", "--plan"], 2, "give one of them"),
    (["export", "nasnet-a", "--threads", "3"], 2, "is of the cells alone: leave out --threads"),
    (["export", "nasnet-a", "--python", "p"], 2, "--python is for --verify"),
    (["export", "nasnet-a", "--out", ".", "--force"], 2, ". is no regular file"),
    (["predict", "m", "i", "--force"], 2, "--force is for a file"),
  ]

  @Test func badInputEndsWithOneSentenceAndWritesNothing() throws {
    let program = try BuiltProgram()
    defer { program.remove() }
    try Data("x".utf8).write(to: program.folder.appendingPathComponent("file"))
    for (arguments, status, words) in Self.badInput {
      let ended = try program.run(arguments)
      #expect(ended.status == status, "\(arguments): \(ended.errors)")
      #expect(ended.errors.hasPrefix("nas: ") && ended.errors.contains(words), "\(arguments): \(ended.errors)")
      #expect(ended.errors.count { $0 == "\n" } == 1, "\(arguments): \(ended.errors)")
      #expect(ended.output.isEmpty)
      #expect(try program.names() == ["file"], "\(arguments)")
    }
    let environment = try program.run(Self.search + tiny, environment: ["NAS_MAX_ISA": "sse9"])
    #expect(environment.status == 2)
    #expect(environment.sentence.contains("but is \"sse9\""))
    #expect(try program.names() == ["file"])
  }

  /// What the system does to a program before it can say a word.
  @Test func limitsAndForeignBytesAreSaid() throws {
    let program = try BuiltProgram()
    defer { program.remove() }
    // Not by `run`, whose children may inherit that the signal is blocked.
    let script = #"ulimit -f 2; cd "$1"; exec "$0" export nasnet-a --format svg --out x.svg 2> limited"#
    let limited = try ChildProcess(
      executable: URL(fileURLWithPath: "/bin/sh"),
      arguments: ["-c", script, program.executable.path, program.folder.path])
    #expect(limited.ending(within: 30) == .exited(1))
    #expect(try program.text("limited").hasPrefix("nas: x.svg cannot be written"))
    let foreign = try program.run(["show"], shell: #"exec "$0" "$@" "$(printf 'bad\377')""#)
    #expect(foreign.status == 2 && foreign.sentence.hasPrefix("nas: Argument 2, bad"))
    #expect(foreign.sentence.hasSuffix("is no valid UTF-8: rename what it names"))
  }

  @Test func foldersAboveTheRunAreMade() throws {
    let program = try BuiltProgram()
    defer { program.remove() }
    let search = ["search"] + tiny + ["--evaluations", "1", "--out", "a/b/r"]
    #expect(try program.run(search).status == 0)
    #expect(try program.run(["status", "a/b/r"]).status == 0)
  }

  /// A space that a controller cannot search is refused before a run is made of it.
  @Test func aSpaceWithoutDecisionsLeavesNothing() throws {
    let program = try BuiltProgram()
    defer { program.remove() }
    let space = #"{"name":"x","operations":["identity"],"nodes":2}"#
    let ended = try program.run(["search"] + tiny + ["--space", space, "--out", "q"])
    #expect(ended.status == 2 && ended.sentence.contains("at least one decision"))
    #expect(try program.names().isEmpty)
  }

  @Test func everyCommandSpeaksJSON() throws {
    let program = try BuiltProgram()
    defer { program.remove() }
    let few = ["--filters", "2", "--batch", "4", "--threads", "1"]
    let images = ["--images", "8", "--validation-images", "4"]
    let commands: [([String], String)] = [
      (["show", "nasnet-a"], "nas.show"), (["show", "nasnet-a", "--plan", "--batch", "8"], "nas.show.plan"),
      (["sample", "--count", "2"], "nas.sample"),
      (["export", "nasnet-a", "--format", "svg"], "nas.export"),
      (["plan", "--samples", "1", "--steps", "1"] + tiny, "nas.plan"),
      (["bench", "engine", "nasnet-a"] + few + ["--steps", "1", "--profile"], "nas.bench.engine"),
      (["bench", "engine", "--sample", "1", "--seed", "3"] + few + ["--steps", "1"], "nas.bench.engine.sample"),
      (["bench", "candidate", "nasnet-a"] + few + images, "nas.bench.candidate"),
      (["bench", "candidate", "--sample", "2"] + few + images, "nas.bench.candidate.sample"),
      (
        ["bench", "proposals", "--space", "nasbench201", "--controllers", "random", "--histories", "0"],
        "nas.bench.proposals"
      ),
      (["search", "--print-config"] + tiny, "nas.search.config"),
      (["replay", "nasnet-a", "--print-config"] + tiny, "nas.replay.config"),
      (["data", "make", "synthetic", "--train", "50", "--test", "10", "--out", "s"], "nas.data.make"),
    ]
    for (arguments, schema) in commands {
      let ended = try program.run(arguments + ["--json"])
      #expect(ended.status == 0, "\(arguments): \(ended.errors)")
      let printed = try object(ended.output)
      #expect(printed["schema"] as? String == schema)
      #expect(printed["schemaVersion"] as? Int == 1)
    }
    #expect(try program.names() == ["s"])
  }

  @Test func aSpaceWithoutPairsOfCellsIsSearchedAsWell() throws {
    let program = try BuiltProgram()
    defer { program.remove() }
    let whole = try program.run(
      ["search", "--space", "nasbench201"] + tiny + ["--evaluations", "3", "--workers", "1", "--out", "run"])
    #expect(whole.status == 0)
    #expect(whole.output.contains("|+|"))
    #expect(try program.text("run/best.json").contains(#""architecture":["#))
    #expect(try program.run(["top", "run"]).status == 0)
    let shown = try program.run(["show", "run"])
    #expect(shown.status == 2)
    #expect(shown.sentence.contains("searched nasbench201, whose candidates are no pair of cells"))
    let sampled = try program.run(["sample", "--space", "nasbench201", "--out", "here"])
    #expect(sampled.sentence == "nas: --out writes pairs of cells, but nasbench201 has none: leave it out")
  }

  /// A space's name is free, but files stay in their folder; and nothing is overwritten unless told.
  @Test func samplesStayInTheirFolder() throws {
    let program = try BuiltProgram()
    defer { program.remove() }
    let space = #"{"name":"../x","operations":["identity"],"blocks":2}"#
    let sample = ["sample", "--space", space, "--out", "in/here"]
    #expect(try program.run(sample).status == 0)
    #expect(try program.names() == ["in"])
    #expect(try program.run(sample).sentence.contains("is there already: choose another folder"))
    #expect(try program.run(sample + ["--force"]).status == 0)
  }
}
