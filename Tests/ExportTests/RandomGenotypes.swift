import SearchSpace

/// Random genotypes for tests: any inputs, any operation of the NASNet space, both combiners, and either the unread
/// states or a random list as output (which leaves dead blocks).
enum RandomGenotypes {
  static func genotype(seed: UInt64, blocks: Int, combiners: [Combiner] = Combiner.allCases) -> Genotype {
    var random = RandomStream(seed: seed)
    return Genotype(
      name: "random-\(seed)", normal: cell(&random, blocks: blocks, combiners: combiners),
      reduction: cell(&random, blocks: blocks, combiners: combiners))
  }

  private static func cell(_ random: inout RandomStream, blocks: Int, combiners: [Combiner]) -> Cell {
    let names = OperationCatalogue.nasnet
    let made = (0..<blocks).map { index in
      Block(
        .init(names[random.integer(below: names.count)], random.integer(below: index + 2)),
        .init(names[random.integer(below: names.count)], random.integer(below: index + 2)),
        combine: combiners[random.integer(below: combiners.count)])
    }
    if random.uniform() < 0.5 { return Cell(blocks: made) }
    let states = random.permutation(blocks + 2).prefix(1 + random.integer(below: blocks + 2))
    return Cell(blocks: made, concat: states.sorted())
  }
}
