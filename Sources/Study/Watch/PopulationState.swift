import Controllers
import SearchSpace

/// The population of evolution, as it is after the journal's candidates.
public struct PopulationState: Hashable, Sendable, Codable {
  /// How many members it has.
  public let members: Int
  /// How many it may have.
  public let capacity: Int
  /// How many different architectures are among them, by fingerprint.
  public let distinct: Int
  /// How many candidates have finished since a member did, on average.
  public let meanAge: Double
  /// The same of the oldest member.
  public let oldestAge: Int
  /// In how many decisions two members differ, on average over all pairs, as a share of what random draws differ in: 1 for
  /// a random population, 0 for copies of one architecture.
  public let diversity: Double

  /// Tells a controller of the records and looks at its population; nil while that is empty.
  init?(_ records: [CandidateRecord], controller: RegularizedEvolution) {
    var controller = controller
    for record in records { controller.observe(record.observation) }
    let population = controller.population
    guard !population.isEmpty else { return nil }
    members = population.count
    capacity = controller.settings.population
    distinct = Set(population.map { records[$0.index].fingerprint }).count
    let ages = population.map { records.count - 1 - $0.index }
    meanAge = Double(ages.reduce(0, +)) / Double(ages.count)
    oldestAge = ages.max() ?? 0
    diversity = PopulationState.diversity(population.map(\.architecture.choices), space: controller.space)
  }

  private static func diversity(_ members: [[Int]], space: any Space) -> Double {
    let random = space.decisions.reduce(0) { $0 + 1 - 1 / Double($1.options.count) }
    guard members.count > 1, random > 0 else { return 0 }
    var differing = 0
    for first in members.indices {
      for second in members.indices where second < first {
        for (left, right) in zip(members[first], members[second]) where left != right { differing += 1 }
      }
    }
    let pairs = members.count * (members.count - 1) / 2
    return Double(differing) / Double(pairs) / random
  }
}

extension CandidateRecord {
  /// The candidate as a controller is told of it.
  var observation: Observation {
    Observation(
      index: index, proposal: Proposal(architecture: architecture, logProbability: logProbability, parent: parent),
      reward: reward)
  }
}
