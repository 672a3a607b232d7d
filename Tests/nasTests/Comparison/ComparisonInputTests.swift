import Foundation
import SearchSpace
import Study
import Testing

@testable import nas

@Suite struct ComparisonInputTests {
  @Test func whatMustBeEqualAndIsNotIsNamed() throws {
    let runs = try MadeRuns()
    defer { runs.remove() }
    let first = try runs.make("a", ["controller": "random", "seed": "1"], rewards: [0.1])
    let second = try runs.make("b", ["controller": "evolution", "seed": "2", "workers": "2"], rewards: [0.2])
    #expect(try ComparisonInput([first, second]).differences == [])
    let other = try runs.make(
      "c", ["controller": "random", "epochs": "3", "evaluations": "70", "max-time": "2h"], rewards: [0.1])
    let input = try ComparisonInput([first, second, other])
    #expect(
      input.differences == [
        "\(first) and \(other) differ in evaluations (50 and 70), maxSeconds (none and 7200), training.epochs (2 and 3)"
      ])
    let space = try runs.make("d", ["space": "amoebanet", "controller": "random"], rewards: [0.1])
    let found = try #require(try ComparisonInput([first, space]).differences.first)
    #expect(found.contains("space.name (nasnet and amoebanet)") || found.contains(" more"))
  }

  /// Every setting that decides a search, but for the controller's own and the seed, with another value than the usual, and
  /// what it needs beside it.
  static let deciding: [(key: String, value: String, needs: [String: String])] = [
    ("space", "amoebanet", [:]), ("cells", "2", [:]), ("filters", "4", [:]), ("max-parameters", "100000", [:]),
    ("max-multiply-adds", "100000000", [:]), ("evaluations", "7", [:]), ("max-time", "5m", [:]), ("window", "3", [:]),
    ("epochs", "1", [:]), ("train-images", "64", [:]), ("validation-images", "32", [:]), ("split-seed", "4", [:]),
    ("batch", "32", [:]), ("learning-rate", "0.1", [:]), ("weight-decay", "0.1", [:]), ("clip-norm", "3", [:]),
    ("cutout", "8", [:]), ("dataset", "cifar10", [:]), ("synthetic-images", "400", ["dataset": "synthetic"]),
    ("schedule", "constant", [:]), ("decay-factor", "0.5", ["schedule": "step"]),
    ("decay-epochs", "3.0", ["schedule": "exponential"]), ("warm-up", "0.5", [:]), ("optimizer", "momentum", [:]),
    ("momentum", "0.8", [:]), ("rms-decay", "0.8", ["optimizer": "rmsprop"]),
    ("rms-epsilon", "0.5", ["optimizer": "rmsprop"]), ("average-decay", "0.9", [:]), ("label-smoothing", "0.1", [:]),
    ("dropout", "0.5", [:]), ("precision", "bf16", [:]),
  ]

  /// What decides nothing, or belongs to the controller, the seed or the machine.
  private static let others: Set = [
    "controller", "preset", "population", "sample-size", "duplicates", "seed", "workers", "threads", "candidate-time",
    "candidate-memory", "data",
  ]

  @Test func noSettingIsForgotten() {
    let known = ComparisonInputTests.others.union(ComparisonInputTests.deciding.map(\.key))
    #expect(Set(SearchSchema.all.map(\.key)) == known)
  }

  @Test(arguments: deciding.indices) func everySettingCounts(index: Int) throws {
    let (key, value, needs) = ComparisonInputTests.deciding[index]
    let usual = try ComparableSettings(MadeRuns.configuration(needs))
    let flags = needs.merging([key: value]) { _, new in new }
    #expect(try ComparableSettings(MadeRuns.configuration(flags)).differences(from: usual).isEmpty == false)
    #expect(
      try ComparableSettings(
        MadeRuns.configuration(needs.merging(["controller": "rl", "seed": "9", "threads": "1"]) { own, _ in own }))
        == usual)
  }

  @Test func runsAreGroupedByControllerAndWhatItsRunsDifferIn() throws {
    let runs = try MadeRuns()
    defer { runs.remove() }
    let flags: [[String: String]] = [
      ["controller": "random"], ["controller": "evolution", "seed": "1"],
      ["controller": "evolution", "seed": "2", "population": "10"],
      ["controller": "evolution", "seed": "3", "population": "10", "duplicates": "skip"],
    ]
    let names = try flags.enumerated().map { try runs.make("r\($0.offset)", $0.element, rewards: [0.1]) }
    let groups = try ComparisonInput(names).compared().map(\.group)
    #expect(
      groups == [
        "random", "evolution (duplicates reevaluate, population 20)",
        "evolution (duplicates reevaluate, population 10)", "evolution (duplicates skip, population 10)",
      ])
    #expect(try ComparisonInput(Array(names.prefix(2))).compared().map(\.group) == ["random", "evolution"])
    #expect(try ComparisonInput(names).compared().map(\.isRandom) == [true, false, false, false])
  }

  private func checkMissingRun(_ flags: [String: String]) throws -> String {
    let configuration = try MadeRuns.configuration(flags.merging(["controller": "rl"]) { own, _ in own })
    let counterpart = RandomCounterpart(configuration: configuration)
    var made = Dictionary(uniqueKeysWithValues: try counterpart.flags.map { ($0.key, $0.value) })
    made["controller"] = "random"
    let settings = ResolvedSettings(schema: SearchSchema.all, flags: made, environment: [:], file: [:])
    let random = try SearchConfiguration(settings)
    #expect(try ComparableSettings(random) == ComparableSettings(configuration))
    return try counterpart.command(seed: 3)
  }

  /// The command for the missing run of random search makes one that may be compared, whatever is set.
  @Test(arguments: deciding.indices) func theMissingRunHasEverySetting(index: Int) throws {
    let (key, value, needs) = ComparisonInputTests.deciding[index]
    let command = try checkMissingRun(needs.merging([key: value]) { _, new in new })
    #expect(command.hasPrefix("nas search --controller random --seed 3"))
  }

  @Test(arguments: [
    [:], ["space": "amoebanet", "cells": "2", "filters": "4", "evaluations": "7", "window": "3", "max-time": "90s"],
    ["dataset": "cifar10", "data": "/some where/images", "train-images": "3200", "validation-images": "2500"],
    ["space": #"{"name":"small","operations":["identity","max_pool_3x3"],"blocks":3}"#, "train-images": "64"],
  ]) func theMissingRunCanBeMade(flags: [String: String]) throws {
    let command = try checkMissingRun(flags)
    if flags["data"] != nil { #expect(command.contains("--data '/some where/images'")) }
  }
}
