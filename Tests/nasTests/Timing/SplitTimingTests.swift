import Testing

@testable import nas

@Suite struct SplitTimingTests {
  private let budget = ThreadBudget(cores: 2, busy: 2, workers: nil, threads: nil)

  private func choice(_ settings: [String: String]) async throws -> SplitChoice {
    let configuration = try MadeRuns.configuration(
      settings.merging([
        "dataset": "synthetic", "synthetic-images": "500", "filters": "2", "validation-images": "100", "epochs": "10",
        "batch": "16", "evaluations": "100000",
      ]) { given, _ in given })
    return try await SplitTiming(configuration, data: configuration.prepareData()).choose(budget)
  }

  @Test func aLongSearchTriesBothDivisions() async throws {
    #expect(try await choice([:]).trials.map(\.split.workers) == [2, 1])
  }

  /// The search that follows records such candidates as failures; it must come to that.
  @Test func aTrialThatDivergesLeavesTheRule() async throws {
    #expect(try await choice(["learning-rate": "1e30"]) == SplitChoice(budget))
  }
}
