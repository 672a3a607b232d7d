import SearchSpace
import Testing

@testable import Controllers

@Suite struct RegularizedEvolutionTests {
  private func evolution(_ settings: EvolutionSettings) throws -> RegularizedEvolution {
    try RegularizedEvolution(space: ToySpace(sizes: [4, 4]), settings: settings, seed: 0)
  }

  private func observation(_ index: Int, _ reward: Double?) -> Observation {
    let architecture = Architecture(choices: [index % 4, index / 4 % 4])
    return Observation(index: index, proposal: Proposal(architecture: architecture), reward: reward)
  }

  @Test func theOldestLeavesHoweverGood() throws {
    var controller = try evolution(EvolutionSettings(population: 3, tournament: 2))
    var alive: [[Int]] = []
    // Candidate 1 fails, 4 is not a number; 0 is the best of all and still the first to leave.
    for (index, reward) in [0.9, nil, 0.2, 0.3, .nan, 0.1, 0.5].enumerated() {
      controller.observe(observation(index, reward))
      alive.append(controller.population.map(\.index))
    }
    #expect(alive == [[0], [0], [0, 2], [0, 2, 3], [0, 2, 3], [2, 3, 5], [3, 5, 6]])
    #expect(controller.observed == 7)
    #expect(controller.failed == 2)
    #expect(controller.population.map(\.reward) == [0.3, 0.1, 0.5])
  }

  @Test func withoutAgeingTheBestStaysAndTheWorstOfAWideSampleLeaves() throws {
    // Forty draws from three members miss a given one with probability (2/3)^40 < 1e-7.
    var controller = try evolution(EvolutionSettings(population: 3, tournament: 40, removal: .worstOfSample))
    var alive: [[Int]] = []
    for (index, reward) in [0.9, 0.1, 0.2, 0.3, 0.05, 0.4].enumerated() {
      controller.observe(observation(index, reward))
      alive.append(controller.population.map(\.index))
    }
    #expect(alive == [[0], [0, 1], [0, 1, 2], [0, 2, 3], [0, 3, 4], [0, 3, 5]])
  }

  @Test func candidatesAreRandomUntilThePopulationIsFull() throws {
    for window in [1, 4] {
      var controller = try evolution(EvolutionSettings(population: 5, tournament: 2))
      let search = ToySearch(&controller, count: 30, window: window, seed: 1) { _, index in
        index == 2 ? nil : Double(index)
      }
      // Five successes are known once candidate 5 has been told of: candidate 2 failed.
      let firstChild = search.history.firstIndex { $0.proposal.parent != nil }
      #expect(firstChild == 5 + window)
      #expect(search.history.dropFirst(5 + window).allSatisfy { $0.proposal.parent != nil })
    }
  }

  /// P(the best of N members wins) with S draws with replacement is 1 − (1 − 1/N)^S; without replacement it is S/N.
  @Test func theTournamentDrawsWithReplacement() throws {
    var controller = try evolution(EvolutionSettings(population: 4, tournament: 4))
    for index in 0..<4 { controller.observe(observation(index, Double(index))) }
    let draws = 20_000
    var wins = [0, 0, 0, 0]
    for draw in 0..<draws {
      let proposal = controller.propose(index: 4, random: RandomStream(seed: 6).split("draw", draw))
      wins[try #require(proposal.parent)] += 1
    }
    for rank in 0..<4 {
      // The winner is of rank k when all four draws are at most k and not all are below it.
      func power(_ members: Int) -> Double { (0..<4).reduce(1.0) { product, _ in product * Double(members) / 4 } }
      let expected = power(rank + 1) - power(rank)
      let deviation = (expected * (1 - expected) / Double(draws)).squareRoot()
      #expect(abs(Double(wins[rank]) / Double(draws) - expected) < 4 * deviation)
    }
  }

  @Test func aChildDiffersFromItsParentInOneDecisionOrNone() throws {
    var controller = try evolution(EvolutionSettings(population: 5, tournament: 2))
    let search = ToySearch(&controller, count: 2_000, seed: 8) { architecture, _ in Double(architecture.choices[0]) }
    let children = search.history.filter { $0.proposal.parent != nil }
    var copies = 0
    for child in children {
      let parent = search.history[try #require(child.proposal.parent)].proposal.architecture
      let changed = zip(parent.choices, child.proposal.architecture.choices).filter { $0 != $1 }.count
      #expect(changed <= 1)
      if changed == 0 { copies += 1 }
    }
    let share = Double(copies) / Double(children.count)
    #expect(abs(share - 0.05) < 4 * (0.05 * 0.95 / Double(children.count)).squareRoot())
  }

  @Test func tiesGoToTheFirstDrawnAndFavourNoAge() throws {
    var controller = try evolution(EvolutionSettings(population: 4, tournament: 3))
    for index in 0..<4 { controller.observe(observation(index, 0.5)) }
    var wins = [0, 0, 0, 0]
    for draw in 0..<8_000 {
      let proposal = controller.propose(index: 4, random: RandomStream(seed: 2).split("draw", draw))
      wins[try #require(proposal.parent)] += 1
    }
    for count in wins { #expect(abs(count - 2_000) < 4 * 39) }
  }
}
