import SearchSpace
import Testing

@testable import Controllers

@Suite struct BayesianOptimizationTests {
  private static let space = ToySpace(sizes: [5, 5, 5, 5, 5, 5])

  /// Each decision has a best option, two pairs of decisions must agree, and there is noise.
  private static func reward(_ architecture: Architecture, _ index: Int) -> Double {
    var random = RandomStream(seed: 41).split("noise", index)
    let choices = architecture.choices
    let hits = zip(choices, [3, 3, 1, 2, 3, 0]).filter { $0 == $1 }.count
    let pairs = (choices[0] == choices[1] ? 1 : 0) + (choices[4] == choices[1] ? 1 : 0)
    return 0.4 + 0.05 * Double(hits) + 0.05 * Double(pairs) + 0.01 * ToyNoise.normal(&random)
  }

  @Test(arguments: [1, 8]) func itFindsBetterCandidatesThanChanceAndEvolution(window: Int) throws {
    var sums = [0.0, 0.0, 0.0]
    for seed in UInt64(0)..<6 {
      let all: [ControllerSettings] = [.random, .evolution(.tabular), .bayesian(.standard)]
      for (place, settings) in all.enumerated() {
        var controller = try settings.makeController(space: Self.space, seed: seed)
        let search = ToySearch(&controller, count: 100, window: window, seed: seed) { Self.reward($0, $1) }
        sums[place] += search.best.map { Self.reward($0, 1_000_000) } ?? 0
      }
    }
    #expect(sums[2] / 6 > sums[1] / 6 + 0.01)
    #expect(sums[1] / 6 > sums[0] / 6)
  }

  @Test func whatIsKnownIsNotProposedAgain() throws {
    var controller = try BayesianOptimization(space: Self.space, settings: .standard)
    let search = ToySearch(&controller, count: 150, seed: 3) { Self.reward($0, $1) }
    let guided = search.history.dropFirst(20)
    #expect(guided.allSatisfy { $0.proposal.parent != nil })
    var seen = Set(search.history.prefix(20).map(\.proposal.architecture))
    for observation in guided { #expect(seen.insert(observation.proposal.architecture).inserted) }
  }

  /// In a space of 16 there is nothing new left after a while.
  @Test func aSpaceThatIsUsedUpIsDrawnFromAtRandom() throws {
    var controller = try BayesianOptimization(space: ToySpace.bits(4), settings: .standard)
    let search = ToySearch(&controller, count: 60, seed: 3) { architecture, _ in Double(architecture.choices[0]) }
    #expect(Set(search.history.map(\.proposal.architecture)).count == 16)
    #expect(search.history.suffix(20).allSatisfy { $0.proposal.parent == nil })
  }

  @Test func aLongHistoryKeepsTheBestAndTheLatest() throws {
    var settings = BayesianSettings.standard
    settings.memory = 32
    settings.pool = 10
    var controller = try BayesianOptimization(space: ToySpace.bits(12), settings: settings)
    // Candidate 5 is the best by far, and of the others the later one is the better.
    let search = ToySearch(&controller, count: 301, seed: 2) { _, index in index == 5 ? 999 : Double(index) }
    #expect(controller.measured == 300)
    let parents = search.history.suffix(50).compactMap(\.proposal.parent)
    #expect(parents.contains(5))
    #expect(parents.contains { $0 > 200 })
  }

  @Test func failuresAreLearntFromAndNeverCopied() throws {
    var controller = try BayesianOptimization(space: Self.space, settings: .standard)
    // Option 4 at the first decision always fails.
    let search = ToySearch(&controller, count: 120, seed: 5) { architecture, index in
      architecture.choices[0] == 4 ? nil : Self.reward(architecture, index)
    }
    let failed = Set(search.history.filter { $0.reward == nil }.map(\.index))
    #expect(!failed.isEmpty)
    #expect(search.history.allSatisfy { !failed.contains($0.proposal.parent ?? -1) })
    let late = search.history.suffix(60).count { $0.reward == nil }
    #expect(late < 6)
  }

  @Test func settingsAreChecked() {
    let faults: [(String, (inout BayesianSettings) -> Void)] = [
      ("initialSamples", { $0.initialSamples = 1 }), ("pool", { $0.pool = 0 }), ("parents", { $0.parents = 0 }),
      ("furtherMutation", { $0.furtherMutation = 1 }), ("memory", { $0.memory = 15 }),
    ]
    for (name, spoil) in faults {
      var settings = BayesianSettings.standard
      spoil(&settings)
      do {
        try settings.validate()
        Issue.record("\(name) was accepted")
      } catch {
        #expect("\(error)".hasPrefix("The setting '\(name)' must be "))
      }
    }
  }
}
