import Export
import Foundation
import SearchSpace
import Testing

@testable import nas

/// How a runtime's answer is judged; small shell programs stand for Python.
@Suite struct RuntimeRunTests {
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("runtime-\(UUID().uuidString)")
  private let model: TrainedModel

  init() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let source = ModelSource(
      text: "nasnet-a", cells: try GenotypeArgument("nasnet-a"), skeleton: Skeleton(cells: 1, filters: 2),
      initialSeed: 1, place: nil,
      threads: 1, terminal: Terminal(quiet: true))
    model = try source.model()
  }

  private func remove() { try? FileManager.default.removeItem(at: folder) }

  /// Runs with a program that says `answer` in Python's stead.
  private func outcome(_ answer: String, errors: String = "", code: Int = 0) throws -> RuntimeRun.Outcome {
    let program = folder.appendingPathComponent("python")
    try Data("#!/bin/sh\necho '\(answer)'\necho '\(errors)' >&2\nexit \(code)\n".utf8).write(to: program)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program.path)
    let script = try #require(RuntimeScript(.pytorch))
    return try RuntimeRun(script, file: folder.appendingPathComponent("m.py"), model: model, python: program.path)
      .compare(threads: 1)
  }

  private func problem(_ answer: String, errors: String = "", code: Int = 0) -> CommandError? {
    do {
      _ = try outcome(answer, errors: errors, code: code)
      return nil
    } catch {
      return error as? CommandError
    }
  }

  @Test func answersAreJudged() throws {
    defer { remove() }
    guard case .missing(let reason) = try outcome(#"{"missing": "torch"}"#) else {
      Issue.record("a missing runtime is not run")
      return
    }
    #expect(reason.contains("has no torch; install it, or name another Python with --python"))
    let zeros = "[0,0,0,0,0,0,0,0,0,0]"
    let rows = [String](repeating: zeros, count: 8).joined(separator: ",")
    for (answer, sentence) in [
      (#"{"runtime": "x", "logits": [\#(rows)]}"#, "gives logits that differ by 1.0e+00 of the largest"),
      (#"{"runtime": "x", "logits": [\#(zeros)]}"#, "gives no logits that could be compared"),
      ("nothing", "PyTorch cannot run"),
    ] {
      let error = problem(answer)
      #expect(error?.status == .verificationMismatch)
      #expect(error?.sentence?.contains(sentence) == true, "\(error?.sentence ?? "no error")")
    }
    #expect(problem("{}", errors: "Traceback\nValueError: no", code: 1)?.sentence?.hasSuffix("ValueError: no") == true)
  }

  @Test func errorsAreRelativeToTheLargestLogit() {
    defer { remove() }
    #expect(RuntimeRun.largestError([[1, 2], [0, -4]], [1, 2, 0, -4], classes: 2) == 0)
    #expect(RuntimeRun.largestError([[1, 3], [0, -4]], [1, 2, 0, -4], classes: 2) == 0.5)
    #expect(RuntimeRun.largestError([[1, 2], [1, -4]], [1, 2, 0, -4], classes: 2) == 0.25)
    #expect(RuntimeRun.largestError([[1, 2]], [1, 2, 0, -4], classes: 2) == nil)
    #expect(RuntimeRun.largestError([[1, 2], [0]], [1, 2, 0, -4], classes: 2) == nil)
    #expect(RuntimeRun.largestError([[1, .nan]], [1, 2], classes: 2) == nil)
  }

  @Test func programsAreFoundInThePath() {
    defer { remove() }
    #expect(RuntimeRun.executable("sh", path: "/nowhere:/bin")?.path == "/bin/sh")
    #expect(RuntimeRun.executable("sh", path: "/nowhere") == nil)
    #expect(RuntimeRun.executable("/bin/sh", path: "")?.path == "/bin/sh")
  }
}
