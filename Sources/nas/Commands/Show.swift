import ArgumentParser
import Evaluator
import Export
import Foundation
import SearchSpace

extension Nas {
  /// `nas show`: draws a pair of cells with its counts.
  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Draw a pair of cells in the terminal, with its counts.",
      discussion: """
        CELLS is a genotype file, a run directory (its best), RUN#17 or a known cell such as nasnet-a. With --published \
        and no cells, all published networks.
        """)

    @Argument(help: ArgumentHelp("The cells.", valueName: "cells")) var genotype: String?
    @OptionGroup(title: "The network around the cells (default: the run's, or a small one for CIFAR)")
    var skeletonOptions: SkeletonOptions
    @Flag(help: "Instead: the counts of the published networks beside the published figures.") var published = false
    @Flag(help: "Only ASCII characters.") var ascii = false
    @Flag(help: "Print how the network is trained instead: every step, what is fused into it, and what it costs.")
    var plan = false
    @Flag(help: "With --plan: how it is validated and tested.") var inference = false
    @Option(help: "With --plan: images per step (default: the run's, or 64).") var batch: Int?
    @Option(help: "With --plan: how activations and their gradients are stored (default: as in the run, or float32).")
    var precision: Precision?
    @Flag(help: "Print the counts, or the plan, as JSON.") var json = false

    func run() throws {
      try checkPlanFlags()
      if published { return try showPublished() }
      guard let genotype else {
        throw CommandError(
          .usage,
          "There are no cells to show: name them, as in 'nas show nasnet-a', or add --published for the published networks."
        )
      }
      let argument = try GenotypeArgument(genotype)
      let skeleton = try skeletonOptions.skeleton(for: argument.genotype, found: argument.skeleton)
      let network = try Network(genotype: argument.genotype, skeleton: skeleton)
      let terminal = Terminal()
      if plan { return try show(network, argument, skeleton, terminal) }
      let summary = NetworkSummary(network)
      if json {
        let shown = try Shown(argument, skeleton: skeleton, summary: summary)
        return terminal.result(try JSONOutput("show", shown).text())
      }
      let style = CellDrawing.Style(isASCII: ascii, usesColor: terminal.usesColor)
      try CellDrawing(argument.genotype, style: style).lines.forEach(terminal.result)
      terminal.result("")
      terminal.result(argument.genotype.description)
      terminal.result("")
      terminal.result(heading(skeleton, genotype: argument.genotype))
      summary.tableLines(isASCII: ascii).forEach(terminal.result)
      if let reward = argument.provenance?.reward {
        terminal.result("")
        terminal.result(
          "validation accuracy in its search: \(Wording.percent(reward))"
            + (argument.provenance?.recipe.map { " (\($0))" } ?? ""))
      }
    }

    private func checkPlanFlags() throws {
      guard plan || !inference && batch == nil && precision == nil else {
        throw CommandError(.usage, "--inference, --batch and --precision say how a plan is made: give --plan as well.")
      }
      guard !inference || precision?.inRecipes == nil else {
        throw CommandError(.usage, "--inference is always in float32: leave it or --precision out.")
      }
      try SettingError.checkCounts(("--batch", batch ?? 1), most: 100_000)
    }

    private func show(
      _ network: Network, _ argument: GenotypeArgument, _ skeleton: Skeleton, _ terminal: Terminal
    ) throws {
      let training = argument.found?.configuration.training ?? .search
      let plan = try ShownPlan(
        network, title: argument.title, skeleton: skeleton, batch: batch ?? training.batch,
        mode: inference ? .inference : .training, instructions: Machine.instructions(),
        precision: precision ?? training.precision ?? .float32)
      if json { return terminal.result(try JSONOutput("show.plan", plan).text()) }
      plan.lines(isASCII: ascii).forEach(terminal.result)
    }

    private func heading(_ skeleton: Skeleton, genotype: Genotype) -> String {
      let size = "\(skeleton.input.height)×\(skeleton.input.width)"
      return "as a network with N \(skeleton.cells), F \(skeleton.filters) "
        + "(\(skeleton.cells) @ \(genotype.penultimateWidth * skeleton.filters)), "
        + "\(ascii ? size.replacing("×", with: "x") : size) images, \(skeleton.classes) classes:"
    }

    private func showPublished() throws {
      try skeletonOptions.expectNone(because: "--published shows fixed networks")
      guard !plan else {
        throw CommandError(
          .usage, "--published shows counts, --plan how one pair of cells is trained: give one of them.")
      }
      let cells = try genotype.map { try GenotypeArgument($0).genotype }
      let table = try PublishedTable(cells: cells)
      try Terminal().result(json ? JSONOutput("show.published", table).text() : table.text(isASCII: ascii))
    }

    /// The members of `--json`.
    private struct Shown: Encodable {
      let name: String?
      let genotype: Genotype
      let text: String
      let fingerprint: String
      let cells: Int
      let filters: Int
      let penultimateFilters: Int
      let skeleton: Skeleton
      let parameters: Int
      let buffers: Int
      let multiplyAdds: Int
      let parts: [NetworkSummary.Part]
      let provenance: Provenance?

      init(_ argument: GenotypeArgument, skeleton: Skeleton, summary: NetworkSummary) throws {
        name = argument.genotype.name
        genotype = argument.genotype
        text = argument.genotype.description
        fingerprint = try argument.genotype.fingerprint()
        cells = skeleton.cells
        filters = skeleton.filters
        penultimateFilters = argument.genotype.penultimateWidth * skeleton.filters
        self.skeleton = skeleton
        parameters = summary.parameters
        buffers = summary.buffers
        multiplyAdds = summary.multiplyAdds
        parts = summary.parts
        provenance = argument.provenance
      }
    }
  }

  /// `nas sample`: draws random architectures of a space.
  struct Sample: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Draw random pairs of cells of a space.",
      discussion: "The same seed gives the same cells. With --out, each is written as a genotype file.")

    @Option(help: "nasnet, amoebanet, nasbench201, or a JSON file.") var space = "nasnet"
    @Option(help: "How many.") var count = 1
    @Option(help: "The seed.") var seed: UInt64 = 0
    @Option(help: "N, for the counts.") var cells = 1
    @Option(help: "F, for the counts.") var filters = 8
    @Option(help: "A folder to write the genotype files to.") var out: String?
    @Flag(help: "Overwrite files that are already there.") var force = false
    @Flag(help: "Print JSON.") var json = false

    private struct Drawn: Encodable {
      let index: Int
      let architecture: Architecture
      let genotype: String
      let fingerprint: String
      let parameters: Int
      let multiplyAdds: Int
      let file: String?
    }

    private struct Shown: Encodable {
      let space: String
      let seed: UInt64
      let samples: [Drawn]
    }

    func run() throws {
      try SettingError.checkCounts(("--count", count))
      let space = try SpaceDescription(argument: space, origin: "--space")
      let drawn = try (0..<count).map { try draw($0, from: space) }
      let terminal = Terminal()
      if json {
        let shown = Shown(space: space.name, seed: seed, samples: drawn)
        return terminal.result(try JSONOutput("sample", shown).text())
      }
      terminal.result("\(space.name), seed \(seed)")
      for sample in drawn {
        terminal.result(
          "#\(sample.index)  \(Wording.count(sample.parameters)) parameters  "
            + "\(Wording.millions(sample.multiplyAdds)) multiply-adds"
            + (sample.file.map { "  \($0)" } ?? ""))
        terminal.result(sample.genotype)
      }
    }

    private func draw(_ index: Int, from space: SpaceDescription) throws -> Drawn {
      let (architecture, genotype) = try space.sampled(seed: seed, index: index)
      let network = try space.network(for: architecture, skeleton: Skeleton(cells: cells, filters: filters))
      let file = try out.map { folder in
        guard let genotype else {
          throw CommandError(.usage, "--out writes pairs of cells, but \(space.name) has none: leave it out.")
        }
        return try write(genotype, index: index, folder: folder)
      }
      return Drawn(
        index: index, architecture: architecture, genotype: try space.text(of: architecture),
        fingerprint: try space.fingerprint(of: architecture), parameters: network.parameterCount,
        multiplyAdds: network.multiplyAdds, file: file)
    }

    private func write(_ genotype: Genotype, index: Int, folder: String) throws -> String {
      // A space's name may have any characters; a file's stays in the folder.
      let name = (genotype.name ?? "sample-\(index)").replacing("/", with: "-")
      let path = "\(folder)/\(name).json"
      try OutputFile.check(path, isInFolder: true, force: force)
      try OutputFile.write(Data(GenotypeFile(genotype: genotype).json().utf8), to: path)
      return path
    }
  }
}
