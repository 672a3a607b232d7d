import ArgumentParser
import Export
import Foundation
import SearchSpace

extension Nas {
  /// `nas export`: writes a pair of cells, or a model, in a format of others.
  struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "export",
      abstract: "Write a pair of cells or a trained model in a format of others.",
      discussion: """
        CELLS is a genotype file, a run directory (its best), RUN#17, the folder of a replay, a file of weights or a known \
        cell such as nasnet-a. Models (safetensors, onnx, pytorch) need weights: those of a replay or a file; a search \
        keeps none, so its candidate is trained again and must reach its recorded reward. --verify reads back what was \
        written and runs onnx and pytorch where the runtime is installed; it ends with code 5 when something differs.
        """)

    @Argument(help: ArgumentHelp("The cells or the model.", valueName: "cells")) var genotype: String
    @Option(
      help: ArgumentHelp(
        "json (the exchange format), darts (a Python namedtuple), dot (graphviz), svg (a picture), text (one line), card "
          + "(a page about the model), safetensors (weights), onnx (network and weights) or pytorch (a Python module that "
          + "reads the safetensors)."
      ))
    var format = ExportFormat.json
    @Option(help: "The file to write (default: standard output, for formats that are text).") var out: String?
    @Flag(help: "Overwrite a file that is already there.") var force = false
    @Flag(help: "Check what was written, and run it where the runtime is installed.") var verify = false
    @Option(help: "The Python that has onnxruntime or PyTorch, for --verify (default: python3).") var python: String?
    @OptionGroup(title: "The network of untrained weights (default: the run's, or a small one for CIFAR)")
    var skeletonOptions: SkeletonOptions
    @Option(
      help: ArgumentHelp(
        "Export the untrained weights that a training with this seed begins with.", valueName: "seed"))
    var initialWeights: UInt64?
    @Option(name: .customLong("data"), help: "Where the data set is now, for a search's candidate.") var place: String?
    @Option(help: "Threads (default: one per core).") var threads: Int?
    @OptionGroup var output: OutputOptions

    private struct Shown: Encodable {
      let format: String
      let file: String?
      let content: String?
      let verification: ExportVerification.Result?
    }

    func validate() throws {
      if python != nil && !verify { throw ValidationError("--python is for --verify: give that as well.") }
      if verify && out == nil { throw ValidationError("--verify checks a file: name it with --out.") }
      if out == nil && !format.isText {
        throw ValidationError("--format \(format.rawValue) needs a file: name it with --out.")
      }
      if let threads, !(1...1024).contains(threads) {
        throw ValidationError("--threads needs a whole number from 1 to 1024, but has \(threads).")
      }
    }

    /// What describes a network or its training is for models.
    private func checkCellsAlone() throws {
      guard !format.isOfModel else { return }
      let reason = "--format \(format.rawValue) is of the cells alone"
      try skeletonOptions.expectNone(because: reason)
      let given = [
        ("--initial-weights", initialWeights != nil), ("--data", place != nil), ("--threads", threads != nil),
      ]
      guard let first = given.first(where: \.1) else { return }
      throw CommandError(.usage, "\(reason): leave out \(first.0).")
    }

    func run() throws {
      try checkCellsAlone()
      if let out { try OutputFile.check(out, force: force) }
      let cells = try GenotypeArgument(genotype)
      let source = ModelSource(
        text: genotype, cells: cells,
        skeleton: try skeletonOptions.skeleton(for: cells.genotype, found: cells.skeleton), initialSeed: initialWeights,
        place: place, threads: threads ?? Machine.cores,
        terminal: Terminal(quiet: output.quiet))
      let export = try ExportedFile(source, format: format)
      guard let out else {
        let text = String(decoding: export.data, as: UTF8.self)
        return try show(content: text, plain: text.hasSuffix("\n") ? String(text.dropLast()) : text)
      }
      try OutputFile.write(export.data, to: out)
      let verification = ExportVerification(export, file: out, python: python ?? "python3")
      let result = verify ? try verification.run(threads: source.threads) : nil
      try show(file: out, verification: result, plain: ([out] + (result?.lines ?? [])).joined(separator: "\n"))
    }

    private func show(
      file: String? = nil, content: String? = nil, verification: ExportVerification.Result? = nil, plain: String
    ) throws {
      let shown = Shown(format: format.rawValue, file: file, content: content, verification: verification)
      Terminal().result(output.json ? try JSONOutput("export", shown).text() : plain)
    }
  }
}

/// What `nas export` can write.
enum ExportFormat: String, CaseIterable, ExpressibleByArgument, Sendable {
  case json, darts, dot, svg, text, card, safetensors, onnx, pytorch

  /// Whether it is of a network, not of the cells alone.
  var isOfModel: Bool {
    switch self {
    case .card, .safetensors, .onnx, .pytorch: true
    case .json, .darts, .dot, .svg, .text: false
    }
  }

  /// Whether a terminal can show it.
  var isText: Bool {
    switch self {
    case .json, .darts, .dot, .svg, .text, .card, .pytorch: true
    case .safetensors, .onnx: false
    }
  }
}
