import Foundation
import Testing

@testable import nas

@Suite struct CandidateTimingTests {
  /// Fewer batches than are warmed up and timed: a candidate takes about as long as it took, not as long as the machine runs.
  @Test(arguments: [(64, 32), (96, 96)]) func shortTrainingsAreTimed(training: Int, validation: Int) async throws {
    let configuration = try MadeRuns.configuration([
      "dataset": "synthetic", "synthetic-images": "200", "filters": "2", "train-images": "\(training)",
      "validation-images": "\(validation)", "epochs": "1", "batch": "32", "threads": "1", "workers": "1",
    ])
    let start = ProcessInfo.processInfo.systemUptime
    let timing = try CandidateTiming(configuration, data: configuration.prepareData(), steps: 10)
    let timed = try await timing.measure(samples: 1)
    let elapsed = ProcessInfo.processInfo.systemUptime - start
    #expect(timed.count == 1 && timed[0].seconds > 0 && timed[0].imagesPerSecond.isFinite)
    #expect(timed[0].seconds < 10 * elapsed)
  }

  @Test func whatASearchPassesOverIsNotTimed() throws {
    let limit = 60_000
    let configuration = try MadeRuns.configuration(["max-parameters": "\(limit)", "filters": "8"])
    let free = try MadeRuns.configuration(["filters": "8"])
    for index in 0..<10 { #expect(try configuration.randomNetwork(index).parameterCount <= limit) }
    #expect(try (0..<10).contains { try free.randomNetwork($0).parameterCount > limit })
  }
}
