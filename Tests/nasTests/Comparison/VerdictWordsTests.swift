import SearchSpace
import Testing

@testable import Study
@testable import nas

@Suite struct VerdictWordsTests {
  private func words(_ groups: [(String, [Double])]) throws -> String {
    let runs = groups.flatMap { group, rewards in
      rewards.enumerated().map { seed, reward in
        ComparedRun(
          name: "\(group)-\(seed)", group: group, isRandom: group == "random", seed: UInt64(seed),
          records: [
            CandidateRecord(
              index: 0, architecture: Architecture(choices: [0]), fingerprint: "f", seed: 0, parent: nil,
              logProbability: nil, attempt: 0, duplicateOf: nil, parameters: nil, multiplyAdds: nil, reward: reward,
              epochs: [], failure: nil, timing: Timing(seconds: 1, elapsed: 1, finished: ""))
          ])
      }
    }
    return ComparisonVerdict(try RunComparison(runs)).words(counterpart: "nas search …")
  }

  @Test func everyVerdictIsASentence() throws {
    #expect(
      try words([("rl", [0.5])])
        == "no verdict: none of the runs is random search, without which nobody knows what rl learned; make one for every "
        + "seed with: nas search …")
    #expect(
      try words([("random", [0.5])])
        == "no verdict: all runs are random; give runs of another controller as well")
    #expect(
      try words([("random", [0.5, 0.5, 0.5]), ("rl", [0.51, 0.52, 0.49])])
        == "no verdict: with 3 seeds no difference can have a p below 0.250, whatever its size, and 0.05 is asked for; 6 "
        + "seeds are the fewest that can tell so many controllers apart. So far rl is ahead of random by 0.67 points "
        + "[-1.00, 2.00], on 2 of 3 seeds")
    #expect(
      try words([("random", [0.5]), ("rl", [0.5])])
        == "no verdict: with 1 seed no difference can have a p below 1.000, whatever its size, and 0.05 is asked for; 6 "
        + "seeds are the fewest that can tell so many controllers apart. So far all controllers are level")
    let six = [0.5, 0.51, 0.52, 0.53, 0.54, 0.55]
    #expect(
      try words([("random", six), ("rl", six.map { $0 + 0.01 })])
        == "rl finds better cells than random within this budget (1.00 points [1.00, 1.00], p 0.031)")
    #expect(
      try words([("random", six), ("rl", [0.52, 0.5, 0.52, 0.53, 0.54, 0.55])])
        == "no difference shown: not even the largest is more than luck makes (rl is ahead of random by 0.17 points "
        + "[-0.50, 1.00], on 1 of 6 seeds, p 1.000)")
  }

  @Test func smallPs() {
    #expect(
      [0.25, 0.0312, 0.0078125, 0.00049, 0.00001].map(ComparisonVerdict.text) == [
        "0.250", "0.031", "0.0078", "0.00049", "below 0.0001",
      ])
  }
}
