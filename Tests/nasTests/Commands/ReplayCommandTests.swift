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

  /// With everything that has a state; an interruption leaves a checkpoint wherever it comes.
  @Test func anInterruptedReplayGoesOnToTheSameWeights() throws {
    let program = try BuiltProgram()
    defer { program.remove() }
    let everything =
      replay + [
        "--epochs", "4", "--optimizer", "rmsprop", "--learning-rate", "0.01", "--schedule", "step", "--warm-up", "0.5",
        "--average-decay", "0.9", "--label-smoothing", "0.1", "--dropout", "0.2", "--drop-path-keep", "0.6",
        "--auxiliary-weight", "0.4", "--threads", "1",
      ]
    #expect(try program.run(everything + ["--out", "whole"]).status == 0)
    let stopped = try program.start(everything + ["--out", "stopped"], name: "run.stopped")
    // The line before the first step.
    #expect(program.waitForLines(2, in: "run.stopped.err"))
    kill(stopped.processIdentifier, SIGINT)
    #expect(try program.ended(stopped, name: "run.stopped").status == 130)
    #expect(try program.names().contains("stopped"))
    let resumed = try program.run(["resume", "stopped"])
    #expect(resumed.status == 0 && resumed.errors.contains("resumed after epoch"))
    for file in ["checkpoint", "weights.safetensors", "result.json"] {
      let one = try Data(contentsOf: program.folder.appendingPathComponent("whole/\(file)"))
      let same = try one == Data(contentsOf: program.folder.appendingPathComponent("stopped/\(file)"))
      #expect(same, "\(file)")
    }
    // What was measured is what is kept: the averaged weights, without the head.
    #expect(try program.run(["test", "whole"]).status == 0)
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
