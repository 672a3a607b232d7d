import SearchSpace
import Testing

@Suite struct MutationTests {
  /// What `count` children of one parent differ in: the kinds of the changed decisions, nil for an exact copy.
  func changes(in space: CellSpace, mutation: Mutation, count: Int) -> [Decision.Kind?] {
    var random = RandomStream(seed: 5)
    let parent = space.sample(using: &random)
    return (0..<count).map { _ in
      let child = mutation.child(of: parent, in: space, using: &random)
      let changed = parent.choices.indices.filter { parent.choices[$0] != child.choices[$0] }
      #expect(changed.count <= 1)
      #expect(throws: Never.self) { try space.validate(child) }
      return changed.first.map { space.decisions[$0].kind }
    }
  }

  /// 20,000 draws: the standard deviation of a share of 5 % is 0.15 %, of 47.5 % it is 0.35 %.
  @Test func kindsHaveThePapersShares() {
    let found = changes(in: .amoebanet, mutation: Mutation(), count: 20_000)
    func share(_ kind: Decision.Kind?) -> Double { Double(found.count { $0 == kind }) / Double(found.count) }
    #expect(abs(share(nil) - 0.05) < 0.008)
    #expect(abs(share(.input) - 0.475) < 0.018)
    #expect(abs(share(.operation) - 0.475) < 0.018)
    #expect(share(.combiner) == 0)
  }

  @Test func combinersAreAThirdKindWhereTheyAreChosen() {
    let found = changes(in: .nasnet, mutation: Mutation(identityProbability: 0), count: 12_000)
    for kind in Decision.Kind.allCases {
      #expect(abs(Double(found.count { $0 == kind }) / Double(found.count) - 1.0 / 3) < 0.022)
    }
    #expect(!found.contains(nil))
  }

  @Test func everyOtherOptionIsReached() throws {
    let space = try CellSpace(name: "tiny", operations: ["identity", "max_pool_3x3", "conv_1x1"], blocks: 1)
    var random = RandomStream(seed: 1)
    let parent = Architecture(choices: [0, 1, 1, 2, 0, 0, 0, 0])
    var reached = Set<Architecture>()
    for _ in 0..<2_000 {
      reached.insert(Mutation(identityProbability: 0).child(of: parent, in: space, using: &random))
    }
    // Four state decisions with one other option each, four operation decisions with two.
    #expect(reached.count == 12)
    #expect(!reached.contains(parent))
  }

  @Test func decisionsWithoutChoiceAreLeftAlone() throws {
    let space = try CellSpace(name: "tiny", operations: ["identity"], blocks: 1)
    var random = RandomStream(seed: 2)
    let parent = space.sample(using: &random)
    for _ in 0..<200 {
      let child = Mutation(identityProbability: 0).child(of: parent, in: space, using: &random)
      let changed = try #require(parent.choices.indices.first { parent.choices[$0] != child.choices[$0] })
      #expect(space.decisions[changed].kind == .input)
    }
  }
}
