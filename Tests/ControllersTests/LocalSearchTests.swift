import SearchSpace
import Testing

@testable import Controllers

@Suite struct LocalSearchTests {
  private static let space = ToySpace(sizes: [3, 4, 2])

  private func controller(_ samples: Int = 1) throws -> LocalSearch {
    try LocalSearch(space: Self.space, settings: LocalSearchSettings(initialSamples: samples))
  }

  private func tell(_ controller: inout LocalSearch, _ index: Int, _ choices: [Int], _ reward: Double?, parent: Int?) {
    let proposal = Proposal(architecture: Architecture(choices: choices), parent: parent)
    controller.observe(Observation(index: index, proposal: proposal, reward: reward))
  }

  @Test func theFirstBetterNeighbourBecomesTheCentre() throws {
    var search = try controller()
    tell(&search, 0, [0, 0, 0], 0.5, parent: nil)
    tell(&search, 1, [0, 1, 0], 0.4, parent: 0)
    #expect(search.center?.index == 0)
    tell(&search, 2, [0, 2, 0], 0.6, parent: 0)
    #expect(search.center?.index == 2)
    // [0, 1, 0] and [0, 0, 0] are neighbours of the new centre too, and known: never proposed again.
    var seen: Set<[Int]> = []
    for draw in 0..<200 {
      let proposal = search.propose(index: 3, random: RandomStream(seed: 1).split("draw", draw))
      #expect(proposal.parent == 2)
      seen.insert(proposal.architecture.choices)
    }
    #expect(seen == [[1, 2, 0], [2, 2, 0], [0, 3, 0], [0, 2, 1]])
  }

  @Test func aSpaceWithNothingToDecideIsRefused() {
    #expect(throws: SettingsError.nothingToDecide(space: "toy")) {
      try LocalSearch(space: ToySpace(sizes: [1, 1]), settings: .published)
    }
  }

  @Test func itBeginsAnewWhenNoNeighbourIsBetter() throws {
    var search = try controller()
    tell(&search, 0, [0, 0, 0], 0.5, parent: nil)
    let neighbours = [[1, 0, 0], [2, 0, 0], [0, 1, 0], [0, 2, 0], [0, 3, 0], [0, 0, 1]]
    for (index, choices) in neighbours.enumerated() {
      #expect(search.restarts == 0)
      // Failures and numbers that are none are neighbours that are not better.
      tell(&search, index + 1, choices, [0.4, nil, .nan][index % 3], parent: 0)
    }
    #expect(search.restarts == 1)
    #expect(search.center == nil)
    // A late result of the old climb does not lead back.
    tell(&search, 7, [0, 0, 1], 0.9, parent: 0)
    #expect(search.center == nil)
    tell(&search, 8, [2, 2, 1], 0.1, parent: nil)
    #expect(search.center?.index == 8)
  }

  @Test func aClimbBeginsAtTheBestOfTheRandomDraws() throws {
    var search = try controller(3)
    for (index, reward) in [0.2, 0.7, nil, 0.3].enumerated() {
      #expect(search.propose(index: index, random: RandomStream(seed: 4)).parent == nil)
      tell(&search, index, [0, index, 0], reward, parent: nil)
    }
    #expect(search.propose(index: 4, random: RandomStream(seed: 4)).parent == 1)
  }

  @Test(arguments: [1, 8]) func itReachesTheTopOfASlope(window: Int) throws {
    var search = try LocalSearch(space: ToySpace.bits(16), settings: .published)
    let found = ToySearch(&search, count: 160, window: window, seed: 1) { architecture, _ in
      Double(architecture.choices.reduce(0, +))
    }
    #expect(found.best?.choices == [Int](repeating: 1, count: 16))
    #expect(search.restarts > 0)
  }

  @Test func settingsAreChecked() {
    #expect(throws: SettingsError.self) { try LocalSearchSettings(initialSamples: 0).validate() }
  }
}
