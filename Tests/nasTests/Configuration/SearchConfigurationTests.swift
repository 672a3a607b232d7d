import Controllers
import Foundation
import SearchSpace
import Study
import Testing

@testable import nas

/// The configuration of flags, as `nas search` would make it.
func configuration(_ flags: [String: String] = [:]) throws -> SearchConfiguration {
  var flags = flags
  flags["dataset"] = flags["dataset"] ?? "synthetic"
  return try SearchConfiguration(
    ResolvedSettings(schema: SearchSchema.all, flags: flags, environment: [:], file: [:]))
}

@Suite struct SearchConfigurationTests {
  @Test func defaultsDependOnTheDataAndTheController() throws {
    let synthetic = try configuration()
    #expect(synthetic.training.trainingImages == nil)
    #expect(synthetic.training.validationImages == 2000)
    #expect(synthetic.duplicates == .reevaluate)
    let real = try configuration(["dataset": "cifar10", "controller": "random"])
    #expect(real.training.trainingImages == 10_000)
    #expect(real.training.validationImages == 5000)
    #expect(real.duplicates == .reuse)
  }

  @Test func flagsReachTheController() throws {
    guard case .evolution(let settings) = try configuration(["population": "7", "sample-size": "3"]).controller else {
      Issue.record("the default controller is evolution")
      return
    }
    #expect(settings.population == 7)
    #expect(settings.tournament == 3)
  }

  @Test(arguments: [
    ["population": "0"], ["sample-size": "0"], ["filters": "0"], ["filters": "-1"], ["cells": "1e9"], ["batch": "0"],
    ["learning-rate": "nan"], ["learning-rate": "0"], ["evaluations": "0"], ["window": "0"], ["workers": "0"],
    ["threads": "0"], ["max-time": "0"], ["seed": "-1"], ["max-parameters": "0"], ["cutout": "0"],
    ["weight-decay": "-1"], ["duplicates": "never"], ["dataset": "cifar11"],
    ["controller": "rl", "population": "3"],
  ])
  func unusableSettings(flags: [String: String]) {
    #expect(throws: SettingError.self) { try configuration(flags) }
  }

  @Test(arguments: [["space": "nasnt"], ["controller": "evolutoin"], ["preset": "smal"]])
  func misspeltNamesGetASuggestion(flags: [String: String]) {
    #expect {
      try configuration(flags)
    } throws: { error in
      (error as? UnknownName)?.suggestion != nil
    }
  }

  @Test func aPlaceForBuiltInImagesIsRefused() {
    #expect(throws: CommandError.self) { try configuration(["data": "x"]) }
  }

  @Test func aSpaceOfItsOwn() throws {
    let space = #"{"name": "mine", "operations": ["identity", "sep_conv_3x3"], "blocks": 2}"#
    let cells = try CellSpace(name: "mine", operations: ["identity", "sep_conv_3x3"], blocks: 2)
    #expect(try configuration(["space": space]).space == .cells(cells))
    #expect(throws: UnknownName.self) {
      try configuration(["space": space.replacingOccurrences(of: "identity", with: "identiti")])
    }
    #expect(throws: SettingError.self) { try configuration(["space": #"{"name": "mine"}"#]) }
    #expect(throws: SettingError.self) { try configuration(["space": "nowhere/space.json"]) }
  }

  @Test func budgetAndMachineAreNotTheRunsIdentity() throws {
    let plain = try configuration().identity()
    for other in [
      ["evaluations": "7"], ["max-time": "1h"], ["workers": "3"], ["threads": "2"], ["candidate-time": "9s"],
      ["precision": "float32"],
    ] {
      #expect(try configuration(other).identity() == plain)
    }
    #expect(!String(decoding: plain, as: UTF8.self).contains("precision"))
    for other in [
      ["filters": "9"], ["epochs": "3"], ["population": "5"], ["max-parameters": "9"], ["split-seed": "1"],
      ["precision": "bf16"],
    ] {
      #expect(try configuration(other).identity() != plain)
    }
  }

  @Test func whatResumeMayChange() throws {
    let recorded = try configuration(["evaluations": "5", "workers": "2"])
    let flags = ["evaluations": "9", "max-time": "2h", "workers": "1", "threads": "4"]
    let schema = SearchSchema.all.map(\.withoutDefault)
    let resumed = try recorded.resumed(
      with: ResolvedSettings(schema: schema, flags: flags, environment: [:], file: [:]))
    #expect(resumed.evaluations == 9)
    #expect(resumed.maximumSeconds == 7200)
    #expect(resumed.resources.workers == 1)
    #expect(resumed.resources.threads == 4)
    #expect(try resumed.identity() == recorded.identity())
    let budget = recorded.withBudget(of: resumed)
    #expect(budget.evaluations == 9 && budget.maximumSeconds == 7200)
    #expect(budget.resources == recorded.resources)
    let unchanged = try recorded.resumed(
      with: ResolvedSettings(schema: schema, flags: [:], environment: [:], file: [:]))
    #expect(unchanged == recorded)
  }

  @Test func itIsReadAsItWasWritten() throws {
    let written = try configuration(["controller": "rl", "max-parameters": "5000", "precision": "bf16"])
    #expect(try JSONDecoder().decode(SearchConfiguration.self, from: written.encoded()) == written)
  }
}
