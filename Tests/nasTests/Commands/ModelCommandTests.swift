import Export
import Foundation
import Study
import Testing

@testable import nas

/// From a replay or a search's candidate to files, and back.
@Suite(.serialized) struct ModelCommandTests {
  private let replay = ["replay", "amoebanet-a", "--cells", "1", "--seed", "3"] + tiny + ["--epochs", "2"]

  private func make(_ program: BuiltProgram) throws {
    let made = try program.run(replay + ["--out", "model", "--quiet"])
    #expect(made.status == 0, "\(made.errors)")
  }

  private func export(_ program: BuiltProgram, _ arguments: String...) throws -> BuiltProgram.Ended {
    try program.run(["export"] + arguments)
  }

  @Test func aReplayIsExportedInEveryFormat() throws {
    let program = try BuiltProgram()
    defer { program.remove() }
    try make(program)
    for format in ExportFormat.allCases {
      let file = "out.\(format)"
      // A Python that is not there: what is checked here is the structure.
      let ended = try export(
        program, "model", "--format", format.rawValue, "--out", file, "--verify", "--python", "no-such-python")
      #expect(ended.status == 0, "\(ended.errors)")
      #expect(ended.output.contains("structure: "))
      #expect(ended.output.contains("there is no no-such-python in the PATH") == [.onnx, .pytorch].contains(format))
      #expect(try export(program, "model", "--format", format.rawValue, "--out", file).sentence.contains("--force"))
    }
    #expect(try program.text("out.card").contains("| test accuracy | "))
    #expect(try program.text("out.pytorch").contains("model = load(\"weights.safetensors\")"))
    let stored = program.folder.appendingPathComponent("model/weights.safetensors")
    #expect(
      try Data(contentsOf: stored) == Data(contentsOf: program.folder.appendingPathComponent("out.safetensors")))
    // The file of weights stands for the replay.
    #expect(try export(program, "out.safetensors", "--format", "onnx", "--out", "again.onnx").status == 0)
    #expect(
      try Data(contentsOf: program.folder.appendingPathComponent("again.onnx"))
        == Data(contentsOf: program.folder.appendingPathComponent("out.onnx")))
    #expect(try program.run(["show", "out.safetensors", "--json"]).output.contains("\"filters\" : 2"))
    try testOfFiles(program)
  }

  /// `nas test` on files of weights that are what they say, and on one that is not.
  private func testOfFiles(_ program: BuiltProgram) throws {
    #expect(try program.run(["test", "out.safetensors"]).status == 0)
    let url = program.folder.appendingPathComponent("out.safetensors")
    var file = try SafetensorsFile(contentsOf: url)
    let description = try #require(file.metadata["nas"])
    file.metadata["nas"] = description.replacing(/"testAccuracy":[0-9.]+/, with: "\"testAccuracy\":0.987")
    try file.data().write(to: url)
    let changed = try program.run(["test", "out.safetensors"])
    #expect(changed.status == 5 && changed.sentence.contains("but 0.987 is stored"))
    file.metadata["nas"] = description.replacing(/"testAccuracy":[0-9.]+,/, with: "")
    try file.data().write(to: url)
    #expect(try program.run(["test", "out.safetensors"]).sentence.contains("has no stored test accuracy"))
    let data = try Data(contentsOf: url)
    try data.dropLast(4).write(to: url)
    let damaged = try program.run(["test", "out.safetensors"])
    #expect(damaged.status == 2 && damaged.sentence.contains("cannot be used, because of its tensor"))
  }

  @Test func candidatesAreTrainedAgainForTheirWeights() throws {
    let program = try BuiltProgram()
    defer { program.remove() }
    let search = ["search"] + tiny + ["--evaluations", "3", "--workers", "2", "--controller", "random", "--out", "run"]
    #expect(try program.run(search).status == 0)
    let ended = try export(program, "run#1", "--format", "safetensors", "--out", "w.safetensors")
    #expect(ended.status == 0 && ended.errors.contains("training candidate 1 again from seed"))
    let model = try TrainedModel(contentsOf: program.folder.appendingPathComponent("w.safetensors"))
    #expect(model.description.training?.validationAccuracy == model.description.provenance?.reward)
    #expect(try program.run(["test", "w.safetensors"]).sentence.contains("being a candidate of a search"))
    let card = try export(program, "run#1", "--format", "card").output
    #expect(card.contains("| reward of the search") && card.contains("| found by | run, candidate 1 |"))
    #expect(
      try export(program, "run#1", "--format", "svg", "--filters", "3").sentence.hasSuffix(
        "--format svg is of the cells alone: leave out --filters"))
    #expect(
      try export(program, "run#1", "--format", "json", "--initial-weights", "3").sentence.contains(
        "leave out --initial-weights"))
    // A reward that the candidate does not reach.
    let journal = program.folder.appendingPathComponent("run/journal.jsonl")
    let text = try program.text("run/journal.jsonl")
    try Data(text.replacing(/"reward":[0-9.]+/, with: "\"reward\":0.987").utf8).write(to: journal)
    let changed = try export(program, "run#1", "--format", "onnx", "--out", "w.onnx")
    #expect(changed.status == 5 && changed.sentence.contains("when trained again, but 0.987 is recorded"))
  }

  /// A reused candidate may have operands and blocks in another order than the one that was trained; what is exported is the
  /// one that was trained, for its weights fit no other order.
  @Test func aDuplicateIsExportedAsItsOriginal() throws {
    let program = try BuiltProgram()
    defer { program.remove() }
    let space = #"{"name":"one","operations":["sep_conv_3x3"],"blocks":1}"#
    let search =
      ["search"] + tiny
      + ["--evaluations", "8", "--controller", "random", "--seed", "1", "--duplicates", "reuse", "--space", space]
    #expect(try program.run(search + ["--out", "run"]).status == 0)
    let records = try JournalReader(contentsOf: program.folder.appendingPathComponent("run/journal.jsonl")).candidates
    let duplicate = try #require(
      records.first { record in
        guard let original = record.duplicateOf else { return false }
        return records[original].architecture != record.architecture
      })
    let original = try #require(duplicate.duplicateOf)
    for index in [original, duplicate.index] {
      #expect(
        try export(program, "run#\(index)", "--format", "safetensors", "--out", "w\(index)").status == 0)
    }
    let models = try [original, duplicate.index].map {
      try TrainedModel(contentsOf: program.folder.appendingPathComponent("w\($0)"))
    }
    #expect(models[0].description.genotype.normal == models[1].description.genotype.normal)
    #expect(models[0].description.genotype.reduction == models[1].description.genotype.reduction)
    #expect(models[0].weights == models[1].weights)
    #expect(models[1].description.genotype.name == "run#\(duplicate.index)")
  }

  @Test func untrainedWeightsOnlyWhenAskedFor() throws {
    let program = try BuiltProgram()
    defer { program.remove() }
    let refused = try export(program, "nasnet-a", "--format", "onnx", "--out", "a.onnx")
    #expect(refused.status == 2 && refused.sentence.contains("has no trained weights"))
    #expect(try export(program, "nasnet-a", "--format", "onnx").sentence.contains("--format onnx needs a file"))
    #expect(try export(program, "nasnet-a", "--verify").sentence.contains("--verify checks a file"))
    #expect(try program.names().isEmpty)
    for (file, seed) in [("a", "1"), ("b", "1"), ("c", "2")] {
      let made = try export(
        program, "nasnet-a", "--format", "safetensors", "--out", file, "--initial-weights", seed, "--filters", "2")
      #expect(made.status == 0, "\(made.errors)")
    }
    #expect(try program.data("a") == program.data("b"))
    #expect(try program.data("a") != program.data("c"))
    #expect(try program.run(["test", "a"]).sentence.contains("has untrained weights"))
    #expect(
      try export(program, "a", "--format", "onnx", "--out", "a.onnx", "--filters", "3").sentence.contains(
        "are for N 1, F 2 and images of 32×32×3: leave the flags"))
  }

  /// One number of the weights that is none.
  @Test func weightsThatAreNotFiniteAreNotTheModel() throws {
    let program = try BuiltProgram()
    defer { program.remove() }
    try make(program)
    var bytes = try program.data("model/weights.safetensors")
    bytes.replaceSubrange(bytes.count - 4..<bytes.count, with: [0, 0, 0xC0, 0x7F])
    try bytes.write(to: program.folder.appendingPathComponent("nan.safetensors"))
    let tested = try program.run(["test", "nan.safetensors"])
    #expect(tested.status == 5)
    #expect(tested.sentence == "nas: the model's outputs are not finite: its weights are not those of the training")
  }

  /// A Python that hangs does not outlive the command.
  @Test func aVerificationIsInterrupted() throws {
    let program = try BuiltProgram()
    defer { program.remove() }
    let python = program.folder.appendingPathComponent("python")
    try Data("#!/bin/sh\necho $$ > mark\nexec sleep 30\n".utf8).write(to: python)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: python.path)
    let process = try program.start([
      "export", "nasnet-a", "--format", "onnx", "--out", "x.onnx", "--initial-weights", "0", "--cells", "1",
      "--filters", "2", "--verify", "--python", "./python",
    ])
    #expect(program.waitForLines(1, in: "mark"))
    let child = try #require(pid_t(program.text("mark").trimmingCharacters(in: .whitespacesAndNewlines)))
    kill(process.processIdentifier, SIGTERM)
    let ended = try program.ended(process)
    #expect(ended.status == 143)
    #expect(ended.sentence.hasPrefix("nas: interrupted while ") && ended.sentence.hasSuffix("but not checked"))
    #expect(kill(child, 0) == -1 && errno == ESRCH)
    #expect(try !program.data("x.onnx").isEmpty)
  }

  @Test func aReplayWithoutWeightsGetsThemBack() throws {
    let program = try BuiltProgram()
    defer { program.remove() }
    try make(program)
    let weights = program.folder.appendingPathComponent("model/weights.safetensors")
    let before = try Data(contentsOf: weights)
    try FileManager.default.removeItem(at: weights)
    #expect(try program.run(["test", "model"]).sentence.contains("writes it again from the checkpoint"))
    #expect(try program.run(["resume", "model"]).status == 0)
    #expect(try Data(contentsOf: weights) == before)
    // Cut off, as a full disk may leave a copy.
    try before.dropLast(100).write(to: weights)
    let resumed = try program.run(["resume", "model"])
    #expect(resumed.status == 0 && resumed.errors.contains("weights.safetensors is damaged and is written again"))
    #expect(try Data(contentsOf: weights) == before)
  }
}

extension BuiltProgram {
  /// The bytes of a file in the folder.
  func data(_ name: String) throws -> Data { try Data(contentsOf: folder.appendingPathComponent(name)) }
}
