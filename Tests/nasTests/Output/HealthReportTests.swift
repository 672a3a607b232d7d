import SearchSpace
import Testing

@testable import Study
@testable import nas

@Suite struct HealthReportTests {
  /// Every kind of warning and what it says.
  private static func words(_ skips: SkipShare) -> [(HealthWarning, String)] {
    [
      (
        .policySettled(entropyShare: 0.04),
        "the policy has settled: 4 % of its entropy is left, so it proposes hardly anything new; end the search, or begin "
          + "another with another seed or preset"
      ),
      (
        .populationUniform(members: 20, distinct: 1),
        "the population has collapsed: its 20 members are one architecture, so there is nothing to select from; end the "
          + "search, or begin another with a larger population"
      ),
      (
        .seenBefore(share: 0.6),
        "60 % of the last 20 candidates had been seen before: little new is tried; end the search, or begin another with "
          + "--duplicates skip"
      ),
      (
        .skipConnections(skips),
        "67 % of the operations of the last 20 candidates are skip connections (20 % by chance): such cells learn fastest "
          + "and stay behind when trained for long; train candidates longer"
      ),
      (
        .withinNoise(spread: 0.008, noise: 0.009),
        "the rewards of the last 20 candidates differ by 0.80 points, measurements of one and the same by 0.90 points: what "
          + "is selected is luck; train longer, or validate on more images"
      ),
      (
        .sameReward(0.1),
        "all rewards of the last 20 candidates are 10.00 %: there is nothing to learn from; train longer, or with another "
          + "--learning-rate"
      ),
      (
        .failures(share: 0.75),
        "75 % of the last 20 candidates failed: 'nas status' lists why; mend that first"
      ),
    ]
  }

  @Test func everyWarningSaysWhatWasFoundAndWhatToDo() throws {
    let record = CandidateRecord(
      index: 0, architecture: Architecture(choices: [1, 1, 1, 1, 2, 2]), fingerprint: "f", seed: 0, parent: nil,
      logProbability: -4.5, attempt: 0, duplicateOf: nil, parameters: nil, multiplyAdds: nil, reward: 0.5, epochs: [],
      failure: nil, timing: Timing(seconds: 1, elapsed: 1, finished: ""))
    let health = try SearchHealth(
      [record], space: TopologySpace.nasbench201, controller: .rl(.tabular), seed: 0)
    let skips = try #require(health.skips)
    let expected = Self.words(skips)
    #expect(Set(expected.map { $0.0.kind }) == Set(HealthWarning.Kind.allCases))
    for (warning, words) in expected { #expect(warning.words == words) }
    #expect(
      HealthReport(health).lines == [
        "last 1: policy entropy 4.5 of 9.7 nats, baseline 50.00 %, 0 % seen before, 67 % skip connections (20 % by chance)"
      ])
  }
}
