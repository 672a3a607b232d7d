import ArgumentParser
import SearchSpace

extension SpaceDescription {
  /// Random architecture `index` of a seed, the one that `nas sample` draws, and its pair of cells where the space has any.
  /// - Throws: `ArchitectureError`, which an architecture drawn from this space does not raise.
  func sampled(seed: UInt64, index: Int) throws -> (architecture: Architecture, genotype: Genotype?) {
    var random = RandomStream(seed: seed).split("sample", index)
    let architecture = sample(using: &random)
    var genotype = try genotype(of: architecture)
    genotype?.name = "\(name)-seed\(seed)-\(index)"
    return (architecture, genotype)
  }
}

/// Which networks a benchmark is of: one pair of cells, or a sample of random ones.
struct MeasuredCells: ParsableArguments {
  @Argument(help: "The cells: a genotype file, a run, RUN#17 or a known cell.") var genotype: String?
  @Option(help: "Instead of CELLS: so many random pairs of cells, the first 'nas sample' of each seed.")
  var sample: Int?
  @Option(help: "With --sample: nasnet, amoebanet, or a JSON file (default: nasnet).") var space: String?
  @Option(help: "With --sample: the first of the seeds (default: 0).") var seed: UInt64?
  @Option(help: "N: normal cells per stack.") var cells = 1
  @Option(help: "F: filters of the first stack's cells.") var filters = 16

  var skeleton: Skeleton { Skeleton(cells: cells, filters: filters) }

  /// The pairs of cells with their titles.
  /// - Throws: `CommandError` unless there is either CELLS or a sample; as `GenotypeArgument`; `CellSpaceError`.
  func pairs() throws -> [(title: String, genotype: Genotype)] {
    switch (genotype, sample) {
    case (let genotype?, nil):
      guard space == nil, seed == nil else {
        throw CommandError(.usage, "--space and --seed say what is sampled: give --sample instead of \(genotype).")
      }
      let argument = try GenotypeArgument(genotype)
      return [(argument.title, argument.genotype)]
    case (nil, let count?):
      try SettingError.checkCounts(("--sample", count))
      let space = try SpaceDescription(argument: space ?? "nasnet", origin: "--space")
      return try (0..<count).map {
        guard let drawn = try space.sampled(seed: (seed ?? 0) &+ UInt64($0), index: 0).genotype else {
          throw CommandError(
            .usage, "What is measured are pairs of cells, but \(space.name) has none: give another --space.")
        }
        return (drawn.name ?? space.name, drawn)
      }
    case (nil, nil), (.some, .some):
      throw CommandError(.usage, "What is measured is one pair of cells or a sample: give either CELLS or --sample.")
    }
  }
}
