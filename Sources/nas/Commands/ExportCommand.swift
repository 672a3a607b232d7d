import ArgumentParser
import Export
import Foundation
import SearchSpace

extension Nas {
  /// `nas export`: writes a pair of cells in a format of others.
  struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "export",
      abstract: "Write a pair of cells as a genotype file, a graph or a picture.",
      discussion: "CELLS is a genotype file, a run directory (its best), RUN#17 or a known cell such as nasnet-a.")

    enum Format: String, CaseIterable, ExpressibleByArgument, Sendable {
      case json, darts, dot, svg, text
    }

    @Argument(help: ArgumentHelp("The cells.", valueName: "cells")) var genotype: String
    @Option(
      help:
        "json (the exchange format), darts (a Python namedtuple), dot (graphviz), svg (a picture) or text (one line).")
    var format = Format.json
    @Option(help: "The file to write (default: standard output).") var out: String?
    @Flag(help: "Overwrite a file that is already there.") var force = false
    @Flag(help: "Print JSON: the content, or where it was written.") var json = false

    private struct Shown: Encodable {
      let format: String
      let file: String?
      let content: String?
    }

    func run() throws {
      let argument = try GenotypeArgument(genotype)
      let text = try content(argument)
      guard let out else {
        return try show(content: text, plain: text.hasSuffix("\n") ? String(text.dropLast()) : text)
      }
      guard force || !FileManager.default.fileExists(atPath: out) else {
        throw CommandError(
          .failed, "\(out) is there already: choose another file with --out, or overwrite it with --force.")
      }
      try write(text, to: out)
      try show(file: out, plain: out)
    }

    private func write(_ text: String, to path: String) throws {
      do {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
      } catch {
        throw CommandError(.failed, "\(path) cannot be written: check the folder, your rights and the free space.")
      }
    }

    private func show(file: String? = nil, content: String? = nil, plain: String) throws {
      let shown = Shown(format: format.rawValue, file: file, content: content)
      Terminal().result(json ? try JSONOutput("export", shown).text() : plain)
    }

    private func content(_ argument: GenotypeArgument) throws -> String {
      switch format {
      case .json: GenotypeFile(genotype: argument.genotype, provenance: argument.provenance).json()
      case .darts: try DARTSGenotype(argument.genotype).text() + "\n"
      case .dot: try GraphvizText.dot(argument.genotype)
      case .svg: try CellPicture(argument.genotype, title: argument.title, caption: caption(argument.provenance)).svg()
      case .text: argument.genotype.description + "\n"
      }
    }

    private func caption(_ provenance: Provenance?) -> String? {
      let parts = [
        provenance?.reward.map { "validation accuracy \(Wording.percent($0))" },
        provenance?.parameters.map { "\(Wording.count($0)) parameters" },
        provenance?.seed.map { "seed \($0)" },
      ].compactMap { $0 }
      return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }
  }
}
