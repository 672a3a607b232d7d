import Evaluator
import Foundation
import SearchSpace
import Testing

@testable import nas

@Suite struct RecipeSettingsTests {
  private func settings(_ flags: [String: String]) throws -> ResolvedSettings {
    let all = flags.merging(["dataset": "synthetic"]) { own, _ in own }
    return try ReplayConfiguration.settings(flags: all, experimentFile: nil)
  }

  private func configuration(_ flags: [String: String]) throws -> ReplayConfiguration {
    try ReplayConfiguration(GenotypeArgument("nasnet-a"), settings: settings(flags))
  }

  private func message(_ flags: [String: String]) -> String {
    do {
      _ = try configuration(flags)
      return ""
    } catch {
      return "\(error)"
    }
  }

  @Test func presetsAreDefaults() throws {
    for (name, plan, cells, filters) in [
      ("nasnet-cifar", TrainingPlan.nasnetCIFAR, 6, 32), ("amoebanet-cifar", .amoebanetCIFAR, 6, 36),
      ("search", .search, 1, 8), ("quick", .quick, 1, 8), ("replay", .replay, 6, 32),
    ] {
      let found = try configuration(["preset": name])
      var expected = plan
      // The synthetic images are few: all of them are used.
      (expected.trainingImages, expected.validationImages) = (nil, 2000)
      #expect(found.training == expected, "\(name)")
      #expect(found.skeleton.cells == cells && found.skeleton.filters == filters, "\(name)")
      #expect((found.skeleton.auxiliaryHead != nil) == (plan.auxiliaryWeight != nil), "\(name)")
    }
    #expect(try configuration([:]).training == configuration(["preset": "replay"]).training)
    #expect(
      message(["preset": "nasnet-cifr"]).hasPrefix("There is no preset 'nasnet-cifr'. Did you mean 'nasnet-cifar'?"))
  }

  @Test func flagsAreStrongerThanThePreset() throws {
    let found = try configuration([
      "preset": "nasnet-cifar", "epochs": "3", "drop-path-keep": "none", "auxiliary-weight": "0.5", "cells": "2",
    ])
    #expect(found.training.epochs == 3 && found.training.dropPathKeep == nil && found.training.auxiliaryWeight == 0.5)
    #expect(found.training.learningRate == 0.025 && found.skeleton.cells == 2 && found.skeleton.filters == 32)
    let table = try SettingsTable(settings(["preset": "amoebanet-cifar", "epochs": "3"]), found)
    let entries = Dictionary(uniqueKeysWithValues: table.settings.map { ($0.key, [$0.value, $0.source]) })
    #expect(entries["epochs"] == ["3", "flag"])
    #expect(entries["learning-rate"] == ["0.024", "preset"])
    #expect(entries["schedule"] == ["cosine", "default"])
    #expect(entries["preset"] == ["amoebanet-cifar", "flag"])
  }

  @Test func everySettingArrives() throws {
    let plan = try configuration([
      "schedule": "step", "decay-factor": "0.9", "decay-epochs": "3", "warm-up": "1.5", "optimizer": "rmsprop",
      "momentum": "0.5", "rms-decay": "0.8", "rms-epsilon": "0.1", "average-decay": "0.99", "label-smoothing": "0.2",
      "dropout": "0.4", "drop-path-keep": "0.7", "auxiliary-weight": "0.3", "checkpoint-every": "5m",
      "precision": "bf16",
    ])
    #expect(plan.training.schedule == .step(.init(factor: 0.9, epochs: 3)))
    #expect(plan.training.warmUpEpochs == 1.5 && plan.training.momentum == 0.5 && !plan.training.nesterov)
    #expect(plan.training.rmsProp == RMSProp(decay: 0.8, epsilon: 0.1) && plan.training.averageDecay == 0.99)
    #expect(plan.training.labelSmoothing == 0.2 && plan.training.dropout == 0.4)
    #expect(plan.training.dropPathKeep == 0.7 && plan.training.auxiliaryWeight == 0.3)
    #expect(plan.checkpointSeconds == 300 && plan.training.precision == .bf16)
    let summary = plan.training.summary(dataset: plan.data)
    #expect(
      summary.hasSuffix(
        "times 0.9 every 3.0 epochs, warm-up of 1.5 epochs, RMSProp 0.8, 0.1, averaged with 0.99, label smoothing 0.2, "
          + "dropout 0.4, drop-path to 0.7, auxiliary weight 0.3, activations in bf16"))
  }

  /// Single precision is what recipes had before there was another: it stands in none and changes none.
  @Test func singlePrecisionIsNotWritten() throws {
    for preset in ReplayPreset.allCases {
      let plain = try configuration(["preset": preset.rawValue]).training
      let told = try configuration(["preset": preset.rawValue, "precision": "float32"]).training
      #expect(plain.precision == nil && told == plain, "\(preset)")
      #expect(!String(decoding: try JSONEncoder().encode(told), as: UTF8.self).contains("precision"), "\(preset)")
    }
    let found = try configuration(["precision": "float32"])
    #expect(!found.recipe.contains("activations in"))
    #expect(Setting.find("precision", in: ReplayConfiguration.schema).defaultValue == "float32")
  }

  /// As every other setting, from its three sources; the first one that has it counts.
  @Test func thePrecisionComesFromEverySource() throws {
    func precision(_ flags: [String: String], _ variable: String?, _ file: String?) throws -> Precision? {
      let resolved = ResolvedSettings(
        schema: SearchSchema.all, flags: flags.merging(["dataset": "synthetic"]) { own, _ in own },
        environment: variable.map { ["NAS_PRECISION": $0] } ?? [:],
        file: try file.map { text in
          try ExperimentFile.values(
            Data(#"{"precision": "\#(text)"}"#.utf8), path: "e.json", schema: SearchSchema.all)
        } ?? [:])
      return try SearchConfiguration(resolved).training.precision
    }
    #expect(try precision([:], nil, nil) == nil)
    #expect(try precision([:], nil, "bf16") == .bf16)
    #expect(try precision([:], "bf16", "float32") == .bf16)
    #expect(try precision(["precision": "float32"], "bf16", "bf16") == nil)
    #expect(try precision(["precision": "bf16"], nil, nil) == .bf16)
    let expected = "needs one of float32, bf16, but 'half' was given."
    func message(_ body: () throws -> Precision?) -> String {
      do {
        _ = try body()
        return ""
      } catch { return "\(error)" }
    }
    #expect(message { try precision(["precision": "half"], nil, nil) } == "--precision \(expected)")
    #expect(message { try precision([:], "half", nil) } == "NAS_PRECISION \(expected)")
    #expect(message { try precision([:], nil, "half") } == "\"precision\" in the experiment file \(expected)")
  }

  @Test func whatHasNoEffectIsRefused() {
    #expect(
      message(["decay-factor": "0.5"])
        == "--decay-factor needs the schedule exponential or step, but 'cosine' was given.")
    #expect(
      message(["rms-epsilon": "0.5", "optimizer": "momentum"])
        == "--rms-epsilon needs the optimizer rmsprop, but 'momentum' was given.")
    #expect(message(["dropout": "1.5"]) == "The recipe's dropout must be above 0 and below 1, but is 1.5.")
    #expect(message(["label-smoothing": "much"]).contains("--label-smoothing needs a number above 0"))
    #expect(message(["schedule": "sine"]).contains("one of cosine, constant, exponential, step"))
  }

  /// A search has what concerns short trainings; drop-path and the auxiliary head are for full ones.
  @Test func searchesHaveThemToo() throws {
    let resolved = ResolvedSettings(
      schema: SearchSchema.all, flags: ["dataset": "synthetic", "label-smoothing": "0.1", "optimizer": "momentum"],
      environment: [:], file: [:])
    let plan = try SearchConfiguration(resolved).training
    #expect(plan.labelSmoothing == 0.1 && !plan.nesterov)
    #expect(!SearchSchema.all.contains { ["drop-path-keep", "auxiliary-weight"].contains($0.key) })
  }

  /// What a model is counted and written as has no auxiliary head.
  @Test func theModelHasNoHead() throws {
    let configuration = try configuration(["preset": "nasnet-cifar"])
    let trained = try configuration.network().parameterCount
    let model = try Network(genotype: configuration.genotype, skeleton: configuration.modelSkeleton).parameterCount
    #expect(model == 3_346_538 && trained - model == 1_631_498)
  }
}
