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
      case json, dot, svg, text
    }

    @Argument(help: "The cells.") var genotype: String
    @Option(help: "json (the exchange format), dot (graphviz), svg (a picture) or text (one line).")
    var format = Format.json
    @Option(help: "The file to write (default: standard output).") var out: String?
    @Flag(help: "Overwrite a file that is already there.") var force = false

    func run() throws {
      let argument = try GenotypeArgument(genotype)
      let text = try content(argument)
      guard let out else { return Terminal().result(text.hasSuffix("\n") ? String(text.dropLast()) : text) }
      guard force || !FileManager.default.fileExists(atPath: out) else {
        throw CommandError(.failed, "\(out) is there already: choose another file with --out, or overwrite it with --force.")
      }
      do {
        try Data(text.utf8).write(to: URL(fileURLWithPath: out), options: .atomic)
      } catch {
        throw CommandError(.failed, "\(out) cannot be written: check the folder, your rights and the free space.")
      }
      Terminal().result(out)
    }

    private func content(_ argument: GenotypeArgument) throws -> String {
      switch format {
      case .json: GenotypeFile(genotype: argument.genotype, provenance: argument.provenance).json()
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

