import Foundation
import SearchSpace
import Study
import Testing

@testable import nas

/// `nas bench proposals`: the same proposals in another process, and the toy problem's report.
@Suite struct BenchProposalsTests {
  /// Small enough for a build without optimisation.
  private let variants = """
    {"rl": {"name": "rl", "settings": {"hiddenUnits": 8, "initialization": {"uniform": {"range": 0.1}},
      "rule": {"ppo": {"clip": 0.2, "epochs": 2}}, "candidatesPerUpdate": 3, "learningRate": 0.02, "entropyWeight": 0.001,
      "baselineWeight": 0.9, "baselineOrder": "advantageFirst", "failureReward": 0}},
     "bayesian": {"name": "bayesian", "settings": {"initialSamples": 5, "pool": 20, "parents": 5, "furtherMutation": 0.5,
      "memory": 32}}}
    """

  /// `Hasher` is seeded anew in every process; no proposal may depend on it.
  @Test func anotherProcessProposesTheSame() throws {
    let program = try BuiltProgram()
    defer { program.remove() }
    try program.write(variants, to: "variants.json")
    let arguments = [
      "bench", "proposals", "--space", "nasbench201", "--variants", "variants.json", "--histories", "0,40", "--samples",
      "20", "--seed", "3", "--controllers", "random,evolution,rl,reinforce,local-search,bayesian", "--json", "--quiet",
    ]
    func hashes() throws -> [String] {
      let ended = try program.run(arguments)
      #expect(ended.status == 0)
      let costs = try #require(try object(ended.output)["costs"] as? [[String: Any]])
      return costs.compactMap { $0["proposals"] as? String }
    }
    let first = try hashes()
    #expect(try hashes() == first)
    let chosen = try ComparedController.all(
      ComparedController.searching, variants: program.folder.appendingPathComponent("variants.json").path
    ).chosen("random,evolution,rl,reinforce,local-search,bayesian")
    let timing = ProposalTiming(space: TopologySpace.nasbench201, seed: 3, samples: 20)
    let here = try chosen.flatMap { try timing.measure($0, histories: [0, 40]).map(\.proposals) }
    #expect(here == first)
    // Twelve, but evolution's first twenty candidates are random search's.
    #expect(Set(first).count == 11)
  }

  @Test func whatIsTimedIsCounted() throws {
    let timing = ProposalTiming(space: TopologySpace.nasbench201, seed: 1, samples: 5)
    let costs = try timing.measure(ComparedController(label: "r", settings: .random), histories: [0, 7, 12])
    #expect(costs.map(\.history) == [0, 7, 12])
    #expect(costs.allSatisfy { $0.propose.median > 0 && $0.propose.maximum >= $0.propose.median })
    let seconds = ProposalCost.Seconds([3, 1, 2])
    #expect(seconds.median == 2 && seconds.mean == 2 && seconds.maximum == 3)
  }

  @Test func lengthsThatOverlapAreRefused() throws {
    let program = try BuiltProgram()
    defer { program.remove() }
    for histories in ["0,50", "many", "-1"] {
      let ended = try program.run(["bench", "proposals", "--histories=\(histories)"])
      #expect(ended.status == 2)
      #expect(ended.sentence.hasPrefix("nas: --histories needs lengths separated by commas and at least 100 apart"))
    }
  }

  /// Two searches of each say little: whether the means are near enough is what the command finds, and its code tells it.
  @Test func theOracleSaysWhatItFound() throws {
    let program = try BuiltProgram()
    defer { program.remove() }
    let arguments = ["bench", "oracle", "--repeats", "2", "--most", "1000"]
    let ended = try program.run(arguments + ["--json"])
    let report = try object(ended.output)
    #expect(report["schema"] as? String == "nas.bench.oracle" && report["repeats"] as? Int == 2)
    let rows = try #require(report["rows"] as? [[String: Any]])
    #expect(rows.count == 9)
    #expect(rows.compactMap { $0["algorithm"] as? String }.prefix(3) == ["ageing", "nonAgeing", "random"])
    let isWithin = rows.allSatisfy { $0["isWithin"] as? Bool == true }
    #expect(ended.status == (isWithin ? 0 : 5))
    if !isWithin { #expect(ended.sentence.contains("of 9 means lie further from the reference")) }
    let none = try program.run(["bench", "oracle", "--most", "10"])
    #expect(none.status == 2)
    #expect(
      none.sentence == "nas: --most needs at least 1000, the candidates of the smallest setting, but '10' was given")
  }

  @Test func anOracleRowIsWithinADeviationOrNot() {
    let reference = BitsOracle.table[0]
    func row(_ mean: Double) -> OracleRow {
      OracleRow(reference.setting, .ageing, SampleSummary([mean]), reference.references[0])
    }
    #expect(row(0.905).isWithin && row(0.87).isWithin)
    #expect(!row(0.91).isWithin && !row(0.868).isWithin)
  }
}
