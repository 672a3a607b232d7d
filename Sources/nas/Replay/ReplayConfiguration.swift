import Evaluator
import Export
import Foundation
import SearchSpace

/// Everything that decides a full training: the content of `replay.json`.
struct ReplayConfiguration: Codable, Sendable {
  static let format = "nas-replay"
  static let currentVersion = 1
  /// The settings of `nas replay`, in the order in which `--print-config` shows them.
  static let schema = schema(.replay)

  /// The settings with the defaults of `preset`.
  static func schema(_ preset: ReplayPreset) -> [Setting] {
    [
      Setting(
        key: "preset", defaultValue: ReplayPreset.replay.rawValue,
        help: "The recipe, and N and F: " + ReplayPreset.allCases.map(\.rawValue).joined(separator: ", ") + "."),
      Setting(key: "cells", defaultValue: "\(preset.size.cells)", help: "N: normal cells per stack."),
      Setting(key: "filters", defaultValue: "\(preset.size.filters)", help: "F: filters of the first stack's cells."),
      Setting(key: "seed", defaultValue: "0", help: "The seed of the weights, the order and variation of the images."),
    ] + TrainingSettings.schema(preset.training) + RecipeSettings.replaySchema(preset.training) + [
      Setting(
        key: "checkpoint-every", defaultValue: "60s",
        help: "How long to train before the next checkpoint within an epoch: 60s, 10m; it changes no result."),
      Setting(key: "threads", defaultValue: "", help: "Threads (default: one per core)."),
    ]
  }

  /// The settings from flags, this process's environment and an experiment file, on top of the preset that they name.
  /// - Throws: `SettingError`, `UnknownName`.
  static func settings(flags: [String: String], experimentFile: String?) throws -> ResolvedSettings {
    let named = try ResolvedSettings(schema: schema, flags: flags, experimentFile: experimentFile)
    let preset = try ReplayPreset(named: named["preset"].value)
    return try ResolvedSettings(schema: schema(preset), flags: flags, experimentFile: experimentFile)
  }

  let format: String
  let version: Int
  let genotype: Genotype
  /// Where the cells come from: what their search measured, when that is known.
  let provenance: Provenance?
  let skeleton: Skeleton
  let training: TrainingPlan
  let splitSeed: UInt64
  var data: DataReference
  let seed: UInt64
  /// How many seconds to train before the next checkpoint within an epoch; absent where an earlier version wrote it.
  let checkpointSeconds: Double?
  var threads: Int
  let origin: SearchConfiguration.Origin

  /// The configuration that settings and a genotype describe.
  /// - Throws: `SettingError`, `TrainingPlanError`.
  init(_ cells: GenotypeArgument, settings: ResolvedSettings) throws {
    format = ReplayConfiguration.format
    version = ReplayConfiguration.currentVersion
    genotype = cells.genotype
    provenance = cells.provenance
    var training = try TrainingSettings.plan(
      settings, preset: ReplayPreset(named: settings["preset"].value).training)
    try RecipeSettings.applyReplay(settings, to: &training)
    try training.validate()
    self.training = training
    var skeleton = Skeleton(
      cells: try settings.integer("cells", in: 1...1000), filters: try settings.integer("filters", in: 1...10_000))
    if training.auxiliaryWeight != nil { skeleton.auxiliaryHead = Skeleton.AuxiliaryHead() }
    self.skeleton = skeleton
    splitSeed = try UInt64(settings.integer("split-seed", in: 0...Int.max))
    data = try DataReference(settings)
    seed = try UInt64(settings.integer("seed", in: 0...Int.max))
    checkpointSeconds = try settings.duration("checkpoint-every")
    threads =
      try settings.optionalInteger("threads", in: 1...1024) ?? Machine.cores
    origin = try SearchConfiguration.Origin.here()
  }

  /// The recipe in a line.
  var recipe: String { "N \(skeleton.cells), F \(skeleton.filters), " + training.summary(dataset: data) }

  /// The network to be trained.
  /// - Throws: `GenotypeError`, `UnknownName`, `NetworkError`.
  func network() throws -> Network { try Network(genotype: genotype, skeleton: skeleton) }

  /// The skeleton without what only training needs.
  var modelSkeleton: Skeleton {
    var skeleton = skeleton
    skeleton.auxiliaryHead = nil
    return skeleton
  }

  /// A trainer at the beginning of the training.
  /// - Throws: what reading the data throws; `CommandError` when the machine has too little memory.
  func trainer() throws -> (Trainer, TrainingData) {
    let prepared = try data.prepare(for: training, splitSeed: splitSeed)
    let instructions = try Machine.instructions()
    do {
      let trainer = try Trainer(
        network: network(), plan: training, data: prepared, seed: seed, threads: threads, instructions: instructions,
        memoryLimit: Machine.memory)
      return (trainer, prepared)
    } catch let failure as Failure where failure.kind == .outOfMemory {
      throw CommandError(
        .failed,
        "\(failure.reason.dropLast()): this machine's memory does not suffice, lower --filters, --cells or --batch.")
    }
  }
}

extension ReplayConfiguration {
  /// The trained model with all that is known of it.
  /// - Throws: `ModelWeightsError` when the trainer has another network.
  func model(_ trainer: Trainer, data: TrainingData, result: ReplayResult) throws -> TrainedModel {
    let description = ModelDescription(
      genotype: genotype, skeleton: modelSkeleton, classes: data.dataset.classes, pixelMean: data.normalization.mean,
      pixelDeviation: data.normalization.standardDeviation, toolVersion: Version.text, provenance: provenance,
      training: .init(
        dataset: self.data.name.rawValue, syntheticImages: self.data.images, checksum: data.dataset.checksum,
        recipe: training.summary(dataset: self.data), seed: seed, splitSeed: splitSeed, batch: training.batch,
        instructions: result.instructions, validationAccuracy: result.validationAccuracy,
        testAccuracy: result.test.share, testImages: result.test.images))
    return try TrainedModel(description, from: trainer)
  }
}

/// What a finished full training gave: the content of `result.json`.
struct ReplayResult: Codable, Hashable, Sendable {
  let validationAccuracy: Double
  let test: TestAccuracy
  let epochs: [EpochRecord]
  let parameters: Int
  let buffers: Int
  let multiplyAdds: Int
  let seed: UInt64
  let dataset: String
  /// The instruction set it was begun with and, if that is another, the one it was finished with; others round differently.
  let instructions: String

  /// What a finished trainer and its measurement on the test images come to. The counts are those of the model, which has
  /// no auxiliary head.
  init(_ trainer: Trainer, test: TestAccuracy, configuration: ReplayConfiguration) throws {
    let network = try Network(genotype: configuration.genotype, skeleton: configuration.modelSkeleton)
    validationAccuracy = trainer.epochs.last?.validationAccuracy ?? 0
    self.test = test
    epochs = trainer.epochs
    parameters = network.parameterCount
    buffers = network.bufferCount
    multiplyAdds = network.multiplyAdds
    seed = configuration.seed
    dataset = configuration.data.name.rawValue
    let (first, last) = (configuration.origin.instructions, try Machine.instructions().rawValue)
    instructions = first == last ? first : "\(first), \(last)"
  }
}
