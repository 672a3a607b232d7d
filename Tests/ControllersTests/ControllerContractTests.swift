import SearchSpace
import Testing

@testable import Controllers

/// What every controller must satisfy, whatever it does inside.
@Suite struct ControllerContractTests {
  static let space = ToySpace(sizes: [2, 5, 1, 3, 4])

  /// Every algorithm and both of its forms, sized so that the learning starts within a few candidates.
  static let all: [ControllerSettings] = [
    .random,
    .evolution(EvolutionSettings(population: 6, tournament: 3)),
    .evolution(EvolutionSettings(population: 6, tournament: 3, removal: .worstOfSample)),
    .rl(
      ReinforceSettings(
        hiddenUnits: 6, rule: .reinforce, candidatesPerUpdate: 3, learningRate: 0.02, entropyWeight: 0.001,
        baselineWeight: 0.9)),
    .rl(
      ReinforceSettings(
        hiddenUnits: 6, rule: .ppo(clip: 0.2, epochs: 2), candidatesPerUpdate: 4, learningRate: 0.02,
        entropyWeight: 0.001, baselineWeight: 0.9, baselineOrder: .averageFirst)),
    .rl(.independent),
    .localSearch(LocalSearchSettings(initialSamples: 3)),
    .bayesian(BayesianSettings(initialSamples: 4, pool: 20, parents: 5, memory: 32)),
  ]

  /// Rewards a controller may meet: ordinary, constant, failures, not finite, enormous.
  static let rewards: [@Sendable (Architecture, Int) -> Double?] = [
    { architecture, _ in Double(architecture.choices.reduce(0, +)) / 10 },
    { _, _ in 0.5 },
    { _, index in index.isMultiple(of: 3) ? nil : 0.1 },
    { _, _ in nil },
    { _, index in index.isMultiple(of: 2) ? .nan : 0.3 },
    { _, index in [Double.infinity, -.infinity, .nan, 0.2][index % 4] },
    { _, index in index == 7 ? .greatestFiniteMagnitude : 0.2 },
  ]

  private func observed(_ settings: ControllerSettings, _ count: Int, seed: UInt64 = 5) throws -> any Controller {
    var controller = try settings.makeController(space: Self.space, seed: seed)
    _ = ToySearch(&controller, count: count, seed: seed) { Self.rewards[0]($0, $1) }
    return controller
  }

  @Test(arguments: all) func proposalsLieInTheSpaceWhateverTheRewards(_ settings: ControllerSettings) throws {
    for window in [1, 8] {
      for (kind, reward) in Self.rewards.enumerated() {
        var controller = try settings.makeController(space: Self.space, seed: 1)
        let search = ToySearch(&controller, count: 60, window: window, seed: UInt64(kind), reward: reward)
        for observation in search.history {
          try Self.space.validate(observation.proposal.architecture)
          if let parent = observation.proposal.parent { #expect(parent < observation.index - window + 1) }
          if let logProbability = observation.proposal.logProbability {
            #expect(logProbability.isFinite && logProbability <= 1e-12)
          }
        }
        let distinct = Set(search.history.map(\.proposal.architecture))
        #expect(distinct.count > 1, "the controller still varies under reward kind \(kind)")
      }
    }
  }

  @Test(arguments: all) func proposingIsPure(_ settings: ControllerSettings) throws {
    let controller = try observed(settings, 30)
    let random = RandomStream(seed: 9)
    let forwards = (30..<50).map { controller.propose(index: $0, random: random.split("proposal", $0)) }
    let backwards = (30..<50).reversed().map { controller.propose(index: $0, random: random.split("proposal", $0)) }
    #expect(forwards == backwards.reversed())
  }

  @Test(arguments: all) func theStreamDecidesTheProposal(_ settings: ControllerSettings) throws {
    let controller = try observed(settings, 30)
    let proposals = (0..<40).map { attempt in
      controller.propose(index: 30, random: RandomStream(seed: 3).split("attempt", attempt)).architecture
    }
    #expect(Set(proposals).count > 4)
  }

  @Test(arguments: all, [1, 8]) func replayGivesTheSameProposals(_ settings: ControllerSettings, window: Int) throws {
    var first = try settings.makeController(space: Self.space, seed: 2)
    let search = ToySearch(&first, count: 50, window: window, seed: 4) { Self.rewards[0]($0, $1) }
    // A resumed run knows only the journal: the controller is told of it without having proposed anything.
    for stop in [0, 1, 20, 37, 49] {
      var resumed = try settings.makeController(space: Self.space, seed: 2)
      for observation in search.history.prefix(max(0, stop - window + 1)) { resumed.observe(observation) }
      let again = resumed.propose(index: stop, random: RandomStream(seed: 4).split("proposal", stop))
      #expect(again == search.history[stop].proposal)
    }
  }

  @Test(arguments: all) func theStateStopsGrowing(_ settings: ControllerSettings) throws {
    let early = elements(of: try observed(settings, 100))
    let late = elements(of: try observed(settings, 1_500))
    // A batch or a memory that is not full may make a difference, but not one of fifteen times the history.
    #expect(late < 2 * early + 100)
  }

  /// How many values a controller holds, counted through all its stored properties.
  private func elements(of value: Any) -> Int {
    if let numbers = value as? [Double] { return numbers.count }
    let children = Mirror(reflecting: value).children
    return children.isEmpty ? 1 : children.reduce(0) { $0 + elements(of: $1.value) }
  }

  @Test func everyNameMakesItsController() throws {
    for name in ControllerSettings.names {
      for preset in ControllerSettings.presets {
        let settings = try ControllerSettings.named(name, preset: preset)
        #expect(settings.name == name)
        #expect(try settings.makeController(space: Self.space, seed: 0).name == name)
      }
    }
  }
}
