import Export
import Foundation
import SearchSpace
import Testing

@testable import Evaluator
@testable import Study
@testable import nas

/// Thousands of damaged files: no crash, no hang, little memory, and one clear error each or a valid result.
///
/// `NAS_FUZZ_COUNT=10000 swift test -Xcc -O3 --filter FuzzTests` reads so many of each kind.
@Suite(.serialized) struct FuzzTests {
  @Test func mutantsAreTheSameInEveryRun() {
    let format = FuzzedFormat(name: "texts", samples: [Array("{\"a\": 12}".utf8)]) { _ in }
    #expect(format.mutant(3) == format.mutant(3))
    let mutants = Set((0..<100).map(format.mutant))
    #expect(mutants.count > 80)
    #expect(mutants.allSatisfy { $0.count <= Mutation.largest })
  }

  @Test func whatIsNoClearErrorIsNoticed() {
    struct Foreign: Error {}
    #expect(FuzzedFormat.problem(of: Foreign()) != nil)
    #expect(FuzzedFormat.problem(of: CommandError(.failed, nil)) != nil)
    #expect(FuzzedFormat.problem(of: GenotypeError.noBlocks(cell: "normal")) == nil)
  }

  /// Whatever a genotype file says that is accepted, its network can be counted and it is written as it was read.
  private func use(_ genotype: Genotype) throws {
    _ = try genotype.fingerprint()
    _ = try Network(genotype: genotype, skeleton: Skeleton(cells: 1, filters: 4)).parameterCount
    _ = try CellPicture(genotype, title: "t").svg()
    _ = try CellDrawing(genotype).text
    var named = try Genotype(text: "\(genotype)")
    named.name = genotype.name
    #expect((named == genotype) as Bool)
  }

  private func readGenotype(_ bytes: [UInt8]) throws {
    let file = try GenotypeFile(content: Data(bytes), path: "file")
    try use(file.genotype)
    let again = try GenotypeFile(json: Data(file.json().utf8), path: "file")
    #expect((again.genotype == file.genotype) as Bool)
  }

  @Test func genotypes() throws {
    try FuzzedFormat(name: "genotypes", samples: FuzzSamples.genotypes(), read: readGenotype).run()
  }

  @Test func dartsGenotypes() throws {
    try FuzzedFormat(name: "DARTS genotypes", samples: FuzzSamples.darts(), read: readGenotype).run()
  }

  @Test func genotypeTexts() throws {
    let texts = KnownCells.all.map { Array($0.description.utf8) }
    try FuzzedFormat(name: "genotype texts", samples: texts) {
      try use(Genotype(text: String(decoding: $0, as: UTF8.self)))
    }.run()
  }

  @Test func weights() throws {
    let samples = try FuzzSamples()
    defer { samples.program.remove() }
    func read(_ bytes: [UInt8]) throws {
      let model = try TrainedModel(SafetensorsFile(data: Data(bytes), path: "file"), path: "file")
      _ = try ONNXModel(model).data()
      _ = try PyTorchModule(model.network, description: model.description).source()
      _ = ModelCard(model.description, network: model.network).markdown()
    }
    let whole = try samples.bytes("w")
    try FuzzedFormat(name: "weights", samples: [whole, try samples.bytes("replay/weights.safetensors")], read: read)
      .run()
    // The header alone, where everything is decided, with the length that stands before it.
    let values = 8 + whole.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    try FuzzedFormat(name: "headers of weights", samples: [Array(whole[8..<values])]) { header in
      let length = (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) }
      try read(length + header + whole[values...])
    }.run()
  }

  @Test func checkpoints() throws {
    let samples = try FuzzSamples()
    defer { samples.program.remove() }
    let directory = ReplayDirectory(url: samples.folder.appendingPathComponent("replay"))
    let (trainer, _) = try directory.configuration().trainer()
    try FuzzedFormat(
      name: "checkpoints", samples: [try samples.bytes("replay/checkpoint")], repaired: FuzzSamples.repairedCheckpoint
    ) {
      try trainer.restore($0)
      _ = trainer.checkpoint()
    }.run()
  }

  @Test func tables() throws {
    func read(_ bytes: [UInt8]) throws {
      let url = FileManager.default.temporaryDirectory.appendingPathComponent("nas-fuzz-\(getpid()).csv")
      defer { try? FileManager.default.removeItem(at: url) }
      try Data(bytes).write(to: url)
      _ = try TabularBenchmark(contentsOf: url, columns: .nasbench201, space: TopologySpace.nasbench201)
    }
    try FuzzedFormat(name: "tables", samples: [FuzzSamples.table], read: read).run()
    try FuzzedFormat(
      name: "compressed tables", samples: [FuzzSamples.gzip(FuzzSamples.table)], repaired: FuzzSamples.repairedGzip,
      read: read
    ).run()
  }

  @Test func runs() throws {
    let samples = try FuzzSamples()
    defer { samples.program.remove() }
    let run = try RunDirectory.open(at: samples.folder.appendingPathComponent("run"))
    try FuzzedFormat(name: "run.json", samples: [try samples.bytes("run/run.json")]) {
      try Data($0).write(to: run.configurationURL)
      let configuration = try SearchConfiguration(of: run)
      _ = try configuration.identity()
      _ = configuration.recipe
      _ = try configuration.randomNetwork(0)
    }.run()
    try FuzzedFormat(name: "journals", samples: [try samples.bytes("run/journal.jsonl")]) {
      _ = RunSummary(try JournalReader(Data($0), path: "file").candidates)
    }.run()
    let replay = ReplayDirectory(url: samples.folder.appendingPathComponent("replay"))
    try FuzzedFormat(name: "replay.json", samples: [try samples.bytes("replay/replay.json")]) {
      try Data($0).write(to: replay.configurationURL)
      let configuration = try replay.configuration()
      _ = try configuration.network()
      _ = configuration.training.summary(dataset: configuration.data)
    }.run()
    try FuzzedFormat(name: "result.json", samples: [try samples.bytes("replay/result.json")]) {
      try Data($0).write(to: replay.resultURL)
      _ = try replay.result()
    }.run()
  }

  @Test func experiments() throws {
    let experiment = #"{"space": {"name": "s", "operations": ["identity"], "blocks": 3}, "cells": 1, "seed": "7"}"#
    try FuzzedFormat(name: "experiment files", samples: [Array(experiment.utf8)]) {
      let file = try ExperimentFile.values(Data($0), path: "file", schema: SearchSchema.all)
      let settings = ResolvedSettings(schema: SearchSchema.all, flags: [:], environment: [:], file: file)
      _ = try SearchConfiguration(settings).identity()
    }.run()
  }

  @Test func images() throws {
    let cases = try ImageFileTests.cases().map { [UInt8]($0.file) }
    try FuzzedFormat(name: "images", samples: cases, repaired: FuzzSamples.repairedPNG) {
      _ = try ImageFile(Data($0), path: "file").pixels(for: Shape(height: 8, width: 8, channels: 3))
    }.run()
  }
}
