import Foundation
import Testing

@testable import nas

@Suite struct CorrelationReportTests {
  private func pairs(_ values: [(Double, Double)]) -> [CorrelationReport.Pair] {
    values.map { .init(replay: "r", run: "run", candidate: 1, brief: $0.0, long: $0.1) }
  }

  @Test func correlationsHaveIntervals() throws {
    let same = CorrelationReport.correlations(pairs((0..<10).map { (Double($0), Double($0 * $0)) }))
    #expect(same.allSatisfy { $0.value.map { abs($0 - 1) < 1e-12 } == true })
    #expect(try #require(same[0].interval).low > 0.999)
    let mixed = CorrelationReport.correlations(
      pairs([(1, 3), (2, 1), (3, 4), (4, 2), (5, 6), (6, 5), (7, 9), (8, 7), (9, 10), (10, 8)]))
    let (rho, tau) = (try #require(mixed[0].value), try #require(mixed[1].value))
    #expect(abs(rho - (1 - 6.0 * 22 / 990)) < 1e-12)
    #expect(tau < rho && tau > 0.5)
    let interval = try #require(mixed[0].interval)
    #expect(interval.low < rho && rho < interval.high && interval.high <= 1 + 1e-12)
    #expect(CorrelationReport.correlations(pairs([(1, 1), (2, 1), (3, 1)]))[0].value == nil)
  }

  /// Three candidates in the same order are so by chance once in three times; of five, one order in 120 is the same and
  /// one the opposite.
  @Test func theVerdictIsThePermutationTests() {
    func verdict(_ values: [(Double, Double)]) -> String { CorrelationReport(pairs: pairs(values)).verdict }
    #expect(verdict([(1, 1), (2, 2), (3, 3)]).hasPrefix("no verdict: so few candidates"))
    #expect(verdict([(1, 1), (2, 2), (3, 3), (4, 4)]).hasPrefix("no verdict: so few candidates"))
    #expect(
      verdict((1...5).map { (Double($0), Double($0)) })
        == "the brief training orders candidates as the long one does, more than by chance (p 0.017)")
    #expect(
      verdict((1...5).map { (Double($0), -Double($0)) })
        == "the brief training orders candidates against the long one, more than by chance (p 0.017)")
    #expect(verdict([(1, 1), (2, 1), (3, 1)]).hasPrefix("no verdict: the accuracies of one of the trainings"))
  }

  /// Real replays of candidates of a real search, as small as they can be.
  @Test func replaysOfCandidatesAreCorrelated() throws {
    let program = try BuiltProgram()
    defer { program.remove() }
    let search = try program.run(
      ["search"] + tiny + ["--controller", "random", "--evaluations", "3", "--out", "s"])
    #expect(search.status == 0)
    for index in 0..<3 {
      let replay = try program.run(
        ["replay", "s#\(index)", "--cells", "1", "--out", "r\(index)", "--cutout", "none"] + tiny)
      #expect(replay.status == 0)
    }
    let shown = try program.run(["correlate", "r0", "r1", "r2"])
    #expect(shown.status == 0)
    #expect(shown.output.contains("s#0") && shown.output.contains("Spearman's rho: "))
    let report = try object(program.run(["correlate", "r0", "r1", "r2", "--json"]).output)
    #expect(report["schema"] as? String == "nas.correlate")
    #expect((report["pairs"] as? [Any])?.count == 3)
    #expect(try program.run(["correlate", "r0", "r1"]).sentence.contains("at least three replays, but 2 were given"))
    #expect(try program.run(["correlate", "r0", "r1", "s"]).sentence.contains("s is no replay"))
    #expect(
      try program.run(["correlate", "r0", "r1", "r0"]).sentence
        == "nas: r0 and r0 are replays of the same candidate: leave one out")
    #expect(
      try program.run(
        ["search"] + tiny + ["--controller", "random", "--evaluations", "1", "--epochs", "2", "--out", "t"]
      )
      .status == 0)
    #expect(
      try program.run(["replay", "t#0", "--cells", "1", "--out", "y", "--cutout", "none"] + tiny).status == 0)
    #expect(try program.run(["correlate", "r0", "r1", "y"]).sentence.contains("the brief trainings must be alike"))
    #expect(
      try program.run(["replay", "s#0", "--cells", "1", "--out", "x", "--cutout", "4"] + tiny).status == 0)
    #expect(
      try program.run(["correlate", "r0", "r1", "x"]).sentence
        == "nas: the replays must be trained alike, but r0 and x differ in training.augmentation.cutout (none and 4): leave "
        + "one out")
  }
}
