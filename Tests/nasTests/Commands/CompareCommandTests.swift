import Foundation
import Testing

@testable import nas

/// `nas compare` and what `nas status` says of a search's health, on runs that were made up.
@Suite struct CompareCommandTests {
  private func rewards(_ best: Double, count: Int = 12) -> [Double?] {
    var rewards: [Double?] = (0..<count).map { 0.2 + Double($0 % 5) / 100 }
    rewards[0] = nil
    rewards[6] = best
    return rewards
  }

  @Test func runsAreComparedAndTheFilesAreWritten() throws {
    let runs = try MadeRuns()
    let program = try BuiltProgram()
    defer {
      runs.remove()
      program.remove()
    }
    var names: [String] = []
    for seed in 1...3 {
      for (controller, lead) in [("random", 0.0), ("evolution", 0.05), ("rl", 0.02)] {
        names.append(
          try runs.make(
            "\(controller)-\(seed)", ["controller": controller, "seed": "\(seed)"],
            rewards: rewards(0.4 + lead + Double(seed) / 100, count: seed == 2 ? 10 : 12)))
      }
    }
    let shown = try program.run(["compare"] + names)
    #expect(shown.status == 0 && shown.errors.isEmpty)
    #expect(shown.output.contains("at the first 10 candidates (\(names[4]) has no more) and 10 min 00 s of searching"))
    #expect(shown.output.contains("random          3  42.00 [41.00, 43.00]"))
    #expect(shown.output.contains("evolution   random  5.00 [5.00, 5.00]  3 of 3  0.250           0.750"))
    let last = try #require(shown.output.split(separator: "\n").last)
    #expect(last.hasPrefix("no verdict: with 3 seeds no difference can have a p below 0.250"))
    #expect(last.hasSuffix("So far evolution is ahead of random by 5.00 points [5.00, 5.00], on 3 of 3 seeds"))

    let json = try program.run(["compare"] + names + ["--json", "--out", "result"])
    let result = try object(json.output)
    #expect(result["schema"] as? String == "nas.compare" && result["isDecided"] as? Bool == false)
    #expect(
      (result["groups"] as? [[String: Any]])?.compactMap { $0["name"] as? String } == ["random", "evolution", "rl"])
    #expect(try program.text("result/results.json") == json.output)
    let csv = try program.text("result/curves.csv").split(separator: "\n")
    #expect(csv.first == "controller,axis,x,best,low,high")
    #expect(csv.contains("\"rl\",candidates,10.000000,0.440000,0.430000,0.450000"))
    #expect(csv.contains { $0.hasPrefix("\"evolution\",hours,0.166667,0.470000") })
    #expect(try program.text("result/candidates.svg").contains("random, 3 seeds"))
    #expect(try program.text("result/hours.svg").contains("hours of searching"))
    let again = try program.run(["compare"] + names.reversed() + ["--json"])
    #expect(try object(again.output)["groups"] as? NSArray == result["groups"] as? NSArray)
    let refused = try program.run(["compare"] + names + ["--out", "result"])
    #expect(refused.status == 1)
    #expect(
      refused.sentence
        == "nas: result/results.json is there already: choose another folder with --out, or overwrite it with --force")
    #expect(try program.run(["compare"] + names + ["--out", "result", "--force"]).status == 0)
  }

  @Test func runsThatDifferAreRefusedUnlessAskedFor() throws {
    let runs = try MadeRuns()
    let program = try BuiltProgram()
    defer {
      runs.remove()
      program.remove()
    }
    let random = try runs.make("random", ["controller": "random"], rewards: rewards(0.4))
    let longer = try runs.make("rl", ["controller": "rl", "epochs": "5"], rewards: rewards(0.6))
    let refused = try program.run(["compare", random, longer])
    #expect(refused.status == 2 && refused.output.isEmpty)
    #expect(
      refused.sentence
        == "nas: the runs cannot be compared: \(random) and \(longer) differ in training.epochs (2 and 5). Leave out those "
        + "that do not belong, or say --despite-differences")
    let allowed = try program.run(["compare", random, longer, "--despite-differences"])
    #expect(allowed.status == 0)
    #expect(allowed.output.contains("warning: \(random) and \(longer) differ in training.epochs (2 and 5)"))
    #expect(
      allowed.output.contains("runs that differ in what must be equal say little of their controllers; no verdict"))
  }

  @Test func withoutRandomSearchTheCommandForItIsPrinted() throws {
    let runs = try MadeRuns()
    let program = try BuiltProgram()
    defer {
      runs.remove()
      program.remove()
    }
    let run = try runs.make("rl", ["controller": "rl", "seed": "4", "filters": "4"], rewards: rewards(0.6))
    let shown = try program.run(["compare", run])
    #expect(shown.status == 0)
    #expect(
      shown.output.contains(
        "make one for every seed with: nas search --controller random --seed 4 --filters 4 --dataset synthetic "
          + "--synthetic-images 200 --train-images all"))
    let empty = try runs.make("empty", ["controller": "random"], rewards: [])
    let waiting = try program.run(["compare", empty])
    #expect(waiting.status == 2)
    #expect(
      waiting.sentence
        == "nas: a comparison needs finished candidates, but \(empty) has none yet: wait for the first, or leave the run out"
    )
    #expect(try program.run(["compare", runs.folder.path]).status == 2)
    #expect(try program.run(["compare", run, run]).sentence.contains("are both rl with seed 4"))
  }

  @Test func aSearchThatCollapsedIsSaidToHave() throws {
    let runs = try MadeRuns()
    let program = try BuiltProgram()
    defer {
      runs.remove()
      program.remove()
    }
    let level = try runs.make(
      "level", ["controller": "evolution"], rewards: [Double?](repeating: 0.1, count: 25))
    let shown = try program.run(["status", level])
    #expect(shown.status == 0)
    #expect(shown.output.contains("last 20: population 20 of 20, 20 different, age 10 (oldest 19), diversity 1.0"))
    #expect(
      shown.output.contains(
        "warning: all rewards of the last 20 candidates are 10.00 %: there is nothing to learn from; train longer, or with "
          + "another --learning-rate"))
    let health = try #require(try object(program.run(["status", level, "--json"]).output)["health"] as? [String: Any])
    #expect((health["warnings"] as? [[String: String]])?.compactMap { $0["kind"] } == ["sameReward"])
    let well = try runs.make(
      "well", ["controller": "random"], rewards: (0..<25).map { Double?(0.1 + Double($0) / 100) })
    #expect(try program.run(["status", well]).output.contains("warning") == false)
  }
}
