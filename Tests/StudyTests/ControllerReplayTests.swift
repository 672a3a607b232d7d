import Controllers
import Foundation
import SearchSpace
import Testing

@testable import Study

/// The controllers that are shipped, on a space that is shipped: same seed, same run, also after a kill.
@Suite struct ControllerReplayTests {
  /// Small enough that each of them learns within the run.
  private static let controllers: [ControllerSettings] = [
    .random, .evolution(EvolutionSettings(population: 6, tournament: 3)), .rl(.small),
  ]

  @Test(arguments: controllers)
  func theJournalSurvivesWorkersAndKills(controller: ControllerSettings) async throws {
    let space = CellSpace.nasnet
    let controller = try controller.makeController(space: space, seed: 5)
    let settings = SearchSettings(seed: 5, window: 4, evaluations: 20, workers: 1)
    try await withFolder { folder in
      func run(_ lock: RunLock, workers: Int) async throws -> [String] {
        var settings = settings
        settings.workers = workers
        let search = Search(
          space: space, controller: controller, evaluator: ToyEvaluator(maximumDelay: 200_000), settings: settings,
          identity: toyConfiguration, cost: { CandidateCost(parameters: $0.choices.count, multiplyAdds: 1) })
        _ = try await search.run(holding: lock)
        return try withoutTiming(lock.directory.journalURL)
      }
      let whole = try RunDirectory.create(at: folder.appendingPathComponent("1"), configuration: toyConfiguration)
      let expected = try await run(whole, workers: 1)
      let other = try RunDirectory.create(at: folder.appendingPathComponent("3"), configuration: toyConfiguration)
      #expect(try await run(other, workers: 3) == expected)
      let bytes = try Data(contentsOf: whole.directory.journalURL)
      for share in [0.3, 0.83] {
        try bytes.prefix(Int(Double(bytes.count) * share)).write(to: other.directory.journalURL)
        #expect(try await run(other, workers: 2) == expected)
      }
    }
  }
}
