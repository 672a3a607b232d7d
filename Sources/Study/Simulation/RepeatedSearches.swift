import Controllers
import SearchSpace

/// Many simulated searches that differ in nothing but their seed, on several threads at once.
public struct RepeatedSearches: Sendable {
  private let space: any Space
  private let evaluator: any Evaluating
  private let seed: UInt64
  private let count: Int
  private let threads: Int

  /// Creates repeats; repeat r has the same seed whatever their number and the number of threads.
  public init(space: any Space, evaluator: any Evaluating, seed: UInt64, count: Int, threads: Int) {
    self.space = space
    self.evaluator = evaluator
    self.seed = seed
    self.count = count
    self.threads = threads
  }

  /// The runs of a controller in the order of the repeats. Controllers get the same seeds, so their runs are paired.
  /// - Throws: as `SimulatedSearch.run`.
  public func runs(of controller: ControllerSettings, seconds: Double) async throws -> [SimulatedRun] {
    try await Repeats.results(count: count, threads: threads) { index in
      var random = RandomStream(seed: seed).split("repeat", index)
      let search = SimulatedSearch(space: space, controller: controller, evaluator: evaluator, seed: random.next())
      return try await search.run(seconds: seconds)
    }
  }
}
