import Foundation
import Testing

@testable import nas

/// `--precision` as the commands take it that have it for themselves, and as a search keeps it.
@Suite(.serialized) struct PrecisionCommandTests {
  private let few = ["nasnet-a", "--filters", "2", "--batch", "4"]

  @Test func aBenchAndAPlanNameIt() throws {
    let program = try BuiltProgram()
    defer { program.remove() }
    let bench = ["bench", "engine"] + few + ["--threads", "1", "--steps", "1"]
    let candidate = ["bench", "candidate"] + few + ["--threads", "1", "--images", "8", "--validation-images", "2"]
    for command in [bench, candidate, ["show", "--plan"] + few] {
      for told in [nil, "float32", "bf16"] {
        let flags = told.map { ["--precision", $0] } ?? []
        let words = try program.run(command + flags)
        #expect(words.status == 0, "\(words.errors)")
        let header = words.output.prefix { $0 != "\n" }
        #expect(header.contains(", bf16") == (told == "bf16"), "\(command + flags): \(header)")
        #expect(!words.output.contains("float32"))
        let printed = try object(program.run(command + flags + ["--json"]).output)
        #expect(printed["precision"] as? String == told ?? "float32")
      }
    }
    let inference = try object(program.run(["show", "--plan", "--inference"] + few + ["--json"]).output)
    #expect(inference["precision"] as? String == "float32")
  }

  /// The recipe of a run has it only where it is not single precision; its plan is shown with it unless told otherwise.
  @Test func aSearchKeepsIt() throws {
    let program = try BuiltProgram()
    defer { program.remove() }
    let search = ["search"] + tiny + ["--evaluations", "1", "--workers", "1"]
    #expect(try program.run(search + ["--out", "single"], environment: ["NAS_PRECISION": "float32"]).status == 0)
    #expect(try !program.text("single/run.json").contains("precision"))
    let half = try program.run(search + ["--out", "half"], environment: ["NAS_PRECISION": "bf16"])
    #expect(half.status == 0, "\(half.errors)")
    let recorded = try object(program.text("half/run.json"))
    #expect((recorded["training"] as? [String: Any])?["precision"] as? String == "bf16")
    let plan = ["show", "half", "--plan"]
    #expect(try program.run(plan).output.prefix { $0 != "\n" }.hasSuffix(", bf16"))
    #expect(try object(program.run(plan + ["--inference", "--json"]).output)["precision"] as? String == "float32")
    let other = try object(program.run(plan + ["--precision", "float32", "--json"]).output)
    #expect(other["precision"] as? String == "float32")
    // The journal belongs to a run of the precision that it was begun with.
    let text = try program.text("half/run.json").replacing(/,\s*"precision" : "bf16"/, with: "")
    try program.write(text, to: "half/run.json")
    #expect(try !program.text("half/run.json").contains("bf16"))
    let resumed = try program.run(["resume", "half", "--evaluations", "2"])
    #expect(resumed.status == 1)
    #expect(resumed.sentence.hasPrefix("nas: the run was started with a configuration of hash "), "\(resumed.sentence)")
  }
}
