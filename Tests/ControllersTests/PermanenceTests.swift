import SearchSpace
import Testing

@testable import Controllers

/// What a seed proposed when this was written, it proposes for ever: recorded runs depend on it. A change here breaks
/// the resumption of every run made before it.
@Suite struct PermanenceTests {
  /// The last four of forty proposals, with four candidates in flight and rewards that are a function of the choices.
  private func found(_ settings: ControllerSettings) throws -> [[Int]] {
    var controller = try settings.makeController(space: ToySpace(sizes: [3, 5, 2, 6]), seed: 2_026)
    let search = ToySearch(&controller, count: 40, window: 4, seed: 11) { architecture, index in
      index == 5 ? nil : Double(architecture.choices[1] + architecture.choices[3]) / 9
    }
    return search.history.suffix(4).map(\.proposal.architecture.choices)
  }

  @Test func randomSearch() throws {
    let drawn = try found(.random)
    #expect(drawn == [[0, 1, 0, 3], [0, 2, 1, 2], [1, 1, 1, 2], [0, 1, 1, 5]])
  }

  @Test func regularizedEvolution() throws {
    let ageing = EvolutionSettings(population: 8, tournament: 3)
    let aged = try found(.evolution(ageing))
    #expect(aged == [[1, 4, 1, 0], [2, 3, 0, 1], [1, 3, 0, 5], [2, 3, 0, 0]])
    let other = EvolutionSettings(population: 8, tournament: 3, removal: .worstOfSample)
    let unaged = try found(.evolution(other))
    #expect(unaged == [[2, 4, 1, 0], [0, 4, 1, 1], [1, 4, 1, 4], [2, 4, 1, 0]])
  }

  @Test func reinforce() throws {
    var settings = ReinforceSettings(
      hiddenUnits: 10, rule: .reinforce, candidatesPerUpdate: 5, learningRate: 0.03, entropyWeight: 0.001,
      baselineWeight: 0.9)
    let plain = try found(.rl(settings))
    #expect(plain == [[0, 1, 0, 3], [0, 2, 0, 3], [1, 1, 1, 4], [0, 1, 1, 5]])
    settings.rule = .ppo(clip: 0.2, epochs: 3)
    let clipped = try found(.rl(settings))
    #expect(clipped == [[0, 2, 0, 4], [0, 3, 1, 4], [1, 3, 1, 4], [0, 3, 1, 5]])
  }

  @Test func reinforceWithIndependentLogits() throws {
    var settings = ReinforceSettings.independent
    settings.learningRate = 0.1
    let drawn = try found(.rl(settings))
    #expect(drawn == [[0, 2, 0, 4], [0, 3, 1, 4], [0, 2, 1, 4], [0, 3, 1, 5]])
  }

  @Test func localSearch() throws {
    let drawn = try found(.localSearch(LocalSearchSettings(initialSamples: 3)))
    #expect(drawn == [[0, 4, 1, 5], [2, 4, 1, 5], [1, 2, 1, 5], [0, 4, 1, 5]])
  }

  @Test func bayesianOptimization() throws {
    let drawn = try found(.bayesian(BayesianSettings(initialSamples: 8, pool: 20, parents: 5, memory: 32)))
    #expect(drawn == [[2, 4, 0, 5], [1, 4, 0, 5], [1, 4, 1, 5], [0, 4, 1, 5]])
  }

  /// The bits of a log-probability after learning: exponential, logarithm, LSTM, gradient and Adam on one line.
  @Test func reinforceToTheLastBit() throws {
    let settings = ReinforceSettings(
      hiddenUnits: 16, rule: .ppo(clip: 0.2, epochs: 2), candidatesPerUpdate: 4, learningRate: 0.01,
      entropyWeight: 0.001, baselineWeight: 0.9)
    var controller = try Reinforce(space: ToySpace(sizes: [3, 5, 2, 6]), settings: settings, seed: 1)
    let search = ToySearch(&controller, count: 40, seed: 3) { architecture, _ in
      Double(architecture.choices[1] + architecture.choices[3]) / 9
    }
    let last = try #require(search.history.last?.proposal.logProbability)
    #expect(last.bitPattern == 13_840_823_033_993_492_589)
  }
}
