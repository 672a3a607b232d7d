import Foundation
import Testing

@testable import nas

/// `nas bench controllers` on a small table.
@Suite struct BenchControllersTests {
  /// A space of four cells and a table of all of them.
  private func prepare(_ program: BuiltProgram) throws {
    let space =
      #"{"name": "small", "nodes": 2, "operations": ["none", "skip_connect", "nor_conv_1x1", "avg_pool_3x3"]}"#
    try program.write(space, to: "space.json")
    var rows = ["cell,hit,final,time,size,work"]
    for choice in 0..<4 { rows.append("\(choice),\(20 * choice + 10),\(20 * choice + 15),\(choice + 1),7,0.5") }
    try program.write(rows.joined(separator: "\n"), to: "table.csv")
    let columns = """
      {"architecture": "cell", "reward": {"name": "hit", "unit": 0.01}, "seconds": {"name": "time", "unit": 1},
       "parameters": {"name": "size", "unit": 1}, "multiplyAdds": {"name": "work", "unit": 1000000},
       "reported": [{"name": "final", "unit": 0.01}]}
      """
    try program.write(columns, to: "columns.json")
  }

  private let flags = [
    "bench", "controllers", "table.csv", "--space", "space.json", "--columns", "columns.json", "--repeats", "5",
    "--budgets", "60,3",
  ]

  @Test func everyControllerIsComparedAndTheFilesAreWritten() throws {
    let program = try BuiltProgram()
    defer { program.remove() }
    try prepare(program)
    let ended = try program.run(flags + ["--out", "result", "--json", "--quiet"])
    #expect(ended.status == 0 && ended.errors.isEmpty)
    let result = try object(ended.output)
    #expect(result["schema"] as? String == "nas.bench.controllers")
    #expect(result["budgets"] as? [Double] == [3, 60])
    let controllers = try #require(result["controllers"] as? [[String: Any]])
    #expect(
      controllers.compactMap { $0["label"] as? String } == [
        "random", "evolution", "non-ageing", "reinforce", "lstm", "ppo", "local-search", "bayesian",
      ])
    // Sixty seconds are enough to see all four cells; the best one has 75 %.
    let last = try #require((controllers[0]["budgets"] as? [[String: Any]])?.last)
    let reported = try #require((last["reported"] as? [[String: Any]])?.first)
    #expect(abs(try #require(reported["mean"] as? Double) - 0.75) < 1e-9)
    #expect(abs(try #require(last["regret"] as? Double)) < 1e-9)
    #expect(
      try program.text("result/curves.csv").hasPrefix("controller,seconds,reward,final,final_deviation\nrandom,0.6,"))
    #expect(try program.text("result/curves.svg").contains("</svg>"))
    #expect(try program.run(flags + ["--out", "result"]).sentence.contains("is there already"))
    #expect(try program.text("result/results.json") == ended.output)
  }

  @Test func onlyTheControllersNamedAndVariants() throws {
    let program = try BuiltProgram()
    defer { program.remove() }
    try prepare(program)
    try program.write(
      #"{"mine": {"name": "local-search", "settings": {"initialSamples": 2}}}"#, to: "variants.json")
    let ended = try program.run(flags + ["--variants", "variants.json", "--controllers", "mine,random"])
    #expect(ended.status == 0)
    #expect(ended.output.contains("mine") && ended.output.contains("75.00 ± 0.00"))
    #expect(!ended.output.contains("evolution"))
    let unknown = try program.run(flags + ["--controllers", "randm"])
    #expect(unknown.status == 2)
    #expect(unknown.sentence.hasPrefix("nas: there is no controller 'randm'. Did you mean 'random'?"))
  }

  @Test func whatCannotBeUsedIsSaid() throws {
    let program = try BuiltProgram()
    defer { program.remove() }
    try prepare(program)
    let budgets = try program.run(Array(flags.dropLast()) + ["many"])
    #expect(budgets.status == 2)
    #expect(budgets.sentence.hasPrefix("nas: --budgets needs seconds separated by commas"))
    let missing = try program.run(flags.map { $0 == "table.csv" ? "nowhere.csv" : $0 })
    #expect(missing.status == 3)
    let columns = try program.run(flags.map { $0 == "columns.json" ? "space.json" : $0 })
    #expect(columns.status == 2)
  }
}
