import Foundation
import Testing

@testable import nas

@Suite(.serialized) struct ReplayCommandTests {
  // The last of two equal flags counts.
  private let replay = ["replay", "nasnet-a", "--cells", "1", "--seed", "3"] + tiny + ["--epochs", "8"]

  @Test func aKilledReplayGoesOnToTheSameWeights() throws {
    let program = try BuiltProgram()
    defer { program.remove() }
    let whole = try program.run(replay + ["--out", "whole", "--json"])
    #expect(whole.status == 0, "\(whole.errors)")
    #expect(try object(whole.output)["schema"] as? String == "nas.replay")
    let killed = try program.start(replay + ["--out", "killed", "--threads", "1"], name: "run.killed")
    #expect(program.waitForLines(0, in: "killed/checkpoint"))
    kill(killed.processIdentifier, SIGKILL)
    killed.waitUntilExit()
    #expect(try program.run(["test", "killed"]).sentence.contains("is not finished: continue it with 'nas resume"))
    #expect(try program.run(["resume", "killed", "--workers", "2"]).status == 2)
    let resumed = try program.run(["resume", "killed"])
    #expect(resumed.status == 0)
    #expect(resumed.errors.contains("resumed after epoch"))
    for file in ["checkpoint", "result.json"] {
      let (one, other) = (
        program.folder.appendingPathComponent("whole/\(file)"), program.folder.appendingPathComponent("killed/\(file)")
      )
      #expect(try Data(contentsOf: one) == Data(contentsOf: other), "\(file)")
    }
    try verify(program)
  }

  /// `nas test` on a model that is what it says, and on one that is not.
  private func verify(_ program: BuiltProgram) throws {
    #expect(try program.run(["test", "whole"]).status == 0)
    let result = program.folder.appendingPathComponent("killed/result.json")
    let text = try program.text("killed/result.json")
    try Data(text.replacing(/"share" : [0-9.]+/, with: "\"share\" : 0.987").utf8).write(to: result)
    let changed = try program.run(["test", "killed", "--json"])
    #expect(changed.status == 5)
    #expect(changed.sentence.contains("but 0.987 is stored"))
    #expect(try object(changed.output)["reproduced"] as? Bool == false)
    try Data("{".utf8).write(to: result)
    #expect(try program.run(["test", "killed"]).status == 1)
    try FileManager.default.removeItem(at: result)
    let checkpoint = program.folder.appendingPathComponent("killed/checkpoint")
    try Data(Data(contentsOf: checkpoint).dropLast(9)).write(to: checkpoint)
    let damaged = try program.run(["resume", "killed"])
    #expect(damaged.status == 1)
    #expect(damaged.sentence.contains("killed/checkpoint: the checkpoint cannot be read"))
  }
}
