import SearchSpace
import Testing

@testable import Controllers

/// What every controller must satisfy, whatever it does inside. A new controller is put on the list `all`; that it gives
/// the same proposals in another process is checked where the program is run (`BenchProposalsTests`).
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

  /// Rewards a controller may meet: ordinary, constant, failures, not finite, enormous, random with random failures.
  static let rewards: [@Sendable (Architecture, Int) -> Double?] = [
    { architecture, _ in Double(architecture.choices.reduce(0, +)) / 10 },
    { _, _ in 0.5 },
    { _, index in index.isMultiple(of: 3) ? nil : 0.1 },
    { _, _ in nil },
    { _, index in index.isMultiple(of: 2) ? .nan : 0.3 },
    { _, index in [Double.infinity, -.infinity, .nan, 0.2][index % 4] },
    { _, index in index == 7 ? .greatestFiniteMagnitude : 0.2 },
    { _, index in
      var random = RandomStream(seed: 77).split("reward", index)
      return random.uniform() < 0.2 ? nil : 200 * random.uniform() - 100
    },
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

  /// Asking leaves no trace: of two equal controllers one is asked for more, both are told the same, and they go on alike.
  @Test(arguments: all) func whatIsNotToldChangesNothing(_ settings: ControllerSettings) throws {
    var quiet = try settings.makeController(space: Self.space, seed: 6)
    var asked = try settings.makeController(space: Self.space, seed: 6)
    let random = RandomStream(seed: 8)
    for index in 0..<40 {
      for attempt in 0..<3 { _ = asked.propose(index: index, random: random.split("turned down", index * 3 + attempt)) }
      let proposal = quiet.propose(index: index, random: random.split("proposal", index))
      #expect(asked.propose(index: index, random: random.split("proposal", index)) == proposal)
      let reward = Self.rewards[0](proposal.architecture, index)
      quiet.observe(Observation(index: index, proposal: proposal, reward: reward))
      asked.observe(Observation(index: index, proposal: proposal, reward: reward))
    }
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

  /// Thousands of candidates cost no more each than the first hundred, as far as that can be told without a clock: what a
  /// controller holds, and so walks through, stops growing. `nas bench proposals` measures the times.
  @Test(arguments: all) func theStateStopsGrowing(_ settings: ControllerSettings) throws {
    let early = elements(of: try observed(settings, 100))
    let late = elements(of: try observed(settings, 3_000))
    // A batch or a memory that is not full may make a difference, but not one of thirty times the history.
    #expect(late < 2 * early + 100)
  }

  /// How many values a controller holds, counted through all its stored properties.
  private func elements(of value: Any) -> Int {
    if let numbers = value as? [Double] { return numbers.count }
    let children = Mirror(reflecting: value).children
    return children.isEmpty ? 1 : children.reduce(0) { $0 + elements(of: $1.value) }
  }

  @Test func everyControllerIsUnderContract() {
    #expect(Set(Self.all.map(\.name)) == Set(ControllerSettings.names))
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
