import Foundation
import Testing

@testable import nas

/// The program itself on damaged files: it ends by itself, soon, with a documented code, and says in one line what is wrong.
///
/// `NAS_FUZZ_PROGRAM=300 swift test -Xcc -O3 --filter FuzzedProgramTests` runs so many mutants of each file.
@Suite(.serialized) struct FuzzedProgramTests {
  private struct Target: Sendable {
    let file: String
    var repaired: @Sendable ([UInt8]) -> [UInt8] = { $0 }
    /// What the program is asked to do with the file, in turn.
    let commands: [[String]]
  }

  private static let targets = [
    Target(
      file: "g.json",
      commands: [
        ["show", "x/g.json"], ["export", "x/g.json", "--format", "svg"], ["export", "x/g.json", "--format", "darts"],
      ]),
    Target(
      file: "w",
      commands: [
        ["predict", "x/w", "a.png"], ["show", "x/w"], ["test", "x/w"],
        ["export", "x/w", "--format", "onnx", "--out", "x/n.onnx"],
      ]),
    Target(file: "a.png", repaired: FuzzSamples.repairedPNG, commands: [["predict", "w", "x/a.png"]]),
    Target(
      file: "run/run.json",
      commands: [["status", "x/run"], ["top", "x/run"], ["resume", "x/run"], ["show", "x/run"]]),
    Target(
      file: "run/journal.jsonl",
      commands: [["resume", "x/run"], ["top", "x/run"], ["status", "x/run"], ["show", "x/run#1"]]),
    Target(
      file: "replay/replay.json", commands: [["test", "x/replay"], ["resume", "x/replay"], ["show", "x/replay"]]),
    Target(
      file: "replay/checkpoint", repaired: FuzzSamples.repairedCheckpoint, commands: [["resume", "x/replay"]]),
    Target(file: "replay/result.json", commands: [["test", "x/replay"], ["resume", "x/replay"]]),
    Target(file: "replay/weights.safetensors", commands: [["test", "x/replay"], ["predict", "x/replay", "a.png"]]),
    Target(
      file: "table.csv",
      commands: [
        [
          "bench", "controllers", "x/table.csv", "--repeats", "1", "--budgets", "90", "--controllers", "random",
          "--quiet",
        ]
      ]),
  ]

  /// The program with a limit of 6 GiB of memory and a minute of processor time.
  private func ended(_ program: BuiltProgram, _ arguments: [String]) throws -> (process: Process, errors: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments =
      ["-c", "ulimit -v 6291456; ulimit -t 60; exec \"$@\"", "sh", program.executable.path] + arguments
    process.currentDirectoryURL = program.folder
    process.environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("NAS_") }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    let errors = program.folder.appendingPathComponent("errors")
    try Data().write(to: errors)
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
    process.waitUntilExit()
    return (process, try program.text("errors"))
  }

  private func problem(_ program: BuiltProgram, _ arguments: [String]) throws -> String? {
    let (process, errors) = try ended(program, arguments)
    guard process.terminationReason == .exit, (0...5).contains(process.terminationStatus) else {
      return "it ended with \(process.terminationStatus): \(errors.suffix(300))"
    }
    guard process.terminationStatus != 0 else { return nil }
    let sentences = errors.split(separator: "\n").filter { $0.hasPrefix("nas: ") }
    return sentences.count == 1 && errors.hasSuffix("\n") ? nil : "it says: \(errors.suffix(300))"
  }

  @Test func damagedFilesEndInOneSentence() throws {
    let samples = try FuzzSamples()
    let program = samples.program
    defer { program.remove() }
    try Data(FuzzSamples.table).write(to: program.folder.appendingPathComponent("table.csv"))
    let count = FuzzedFormat.number("NAS_FUZZ_PROGRAM") ?? 4
    let place = program.folder.appendingPathComponent("x")
    for target in FuzzedProgramTests.targets {
      let format = FuzzedFormat(
        name: target.file, samples: [try samples.bytes(target.file)], repaired: target.repaired
      ) { _ in }
      let top = try #require(target.file.split(separator: "/").first).description
      for index in 0..<count {
        try? FileManager.default.removeItem(at: place)
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        try FileManager.default.copyItem(
          at: program.folder.appendingPathComponent(top), to: place.appendingPathComponent(top))
        try Data(format.mutant(index)).write(to: place.appendingPathComponent(target.file))
        let arguments = target.commands[index % target.commands.count]
        if let problem = try problem(program, arguments) {
          Issue.record("nas \(arguments.joined(separator: " ")), mutant \(index): \(problem)")
        }
      }
    }
  }
}
