import Evaluator
import Export
import Foundation
import SearchSpace
import Study

/// Where the weights of an export come from: a file that has them, the training of a search's candidate, which is done
/// again, or a random stream.
struct ModelSource {
  /// The argument of the command.
  let text: String
  /// The cells it names.
  let cells: GenotypeArgument
  /// The network around the cells.
  let skeleton: Skeleton
  /// The seed of untrained weights, when these are wanted.
  let initialSeed: UInt64?
  /// Where the data set is now, when not as recorded.
  let place: String?
  let threads: Int
  let terminal: Terminal

  /// The model.
  /// - Throws: `CommandError` and what reading the files or training throws.
  func model() throws -> TrainedModel {
    if let initialSeed { return try untrained(seed: initialSeed) }
    try expectRecordedSkeleton()
    if ModelArgument.isModel(text) { return try ModelArgument.model(text) }
    if let found = cells.found { return try retrained(found) }
    throw CommandError(
      .usage,
      "\(text) has no trained weights: train it with 'nas replay \(text)' and export the replay, or ask for untrained "
        + "ones with --initial-weights SEED.")
  }

  /// Requires the network that the weights, or what is known of the cells, are of.
  private func expectRecordedSkeleton() throws {
    guard let recorded = cells.skeleton, skeleton != recorded else { return }
    throw CommandError(
      .usage,
      "The weights of \(text) are for N \(recorded.cells), F \(recorded.filters) and images of \(recorded.input): leave "
        + "the flags that describe another network out, or ask for untrained weights with --initial-weights.")
  }

  /// What is known of the model without its weights.
  /// - Throws: `CommandError` for another network than what is known is of; as reading a file of weights does.
  func description() throws -> ModelDescription {
    guard initialSeed == nil else { return untrainedDescription() }
    try expectRecordedSkeleton()
    return ModelArgument.isModel(text) ? try ModelArgument.model(text).description : untrainedDescription()
  }

  private func untrainedDescription() -> ModelDescription {
    // What only training needs is left out.
    var skeleton = skeleton
    skeleton.auxiliaryHead = nil
    let isCIFAR = skeleton.classes == CIFAR10.classes.count
    return ModelDescription(
      genotype: cells.genotype, skeleton: skeleton,
      classes: isCIFAR ? CIFAR10.classes : (0..<skeleton.classes).map { "class \($0)" },
      // Without data nothing is known of the pixels; they are brought to 0...1.
      pixelMean: [Double](repeating: 0, count: skeleton.input.channels),
      pixelDeviation: [Double](repeating: 255, count: skeleton.input.channels), toolVersion: Version.text,
      provenance: cells.provenance)
  }

  /// The weights that a training with this seed begins with.
  private func untrained(seed: UInt64) throws -> TrainedModel {
    let network = try Network(genotype: cells.genotype, skeleton: skeleton)
    let parameters = ModelParameters(network: network, random: RandomStream(seed: seed))
    return try TrainedModel(untrainedDescription(), network: network, parameters: parameters)
  }

  /// A search keeps no weights, but everything they follow from: the candidate is trained again and must reach its
  /// recorded reward.
  private func retrained(_ found: GenotypeArgument.Found) throws -> TrainedModel {
    var configuration = found.configuration
    let record = found.record
    guard let recorded = record.reward else {
      throw CommandError(
        .noValidCandidate,
        "Candidate \(record.index) has no weights, because it failed: "
          + "\(record.failure?.reason ?? "it has no result.") Choose another: 'nas top' lists those with a result.")
    }
    try configuration.data.move(to: place)
    let data = try configuration.prepareData()
    let trainer = try trainedAgain(record, configuration, data)
    let reward = trainer.epochs.last?.validationAccuracy
    guard reward == recorded else {
      throw CommandError(
        .verificationMismatch,
        "Candidate \(record.index) reaches \(reward ?? 0) when trained again, but \(recorded) is recorded: the "
          + "run was made with another version (\(configuration.origin.version)) or instruction set "
          + "(\(configuration.origin.instructions)).")
    }
    return try TrainedModel(try description(record, configuration, data, reward: recorded), from: trainer)
  }

  private func trainedAgain(
    _ record: CandidateRecord, _ configuration: SearchConfiguration, _ data: TrainingData
  ) throws -> Trainer {
    let network = try configuration.space.network(for: record.architecture, skeleton: configuration.skeleton)
    terminal.note(
      "training candidate \(record.index) again from seed \(record.seed): "
        + configuration.training.summary(dataset: configuration.data))
    let trainer = try Trainer(
      network: network, plan: configuration.training, data: data, seed: record.seed, threads: threads,
      instructions: Machine.instructions(), memoryLimit: Machine.memory)
    try trainer.train()
    return trainer
  }

  private func description(
    _ record: CandidateRecord, _ configuration: SearchConfiguration, _ data: TrainingData, reward: Double
  ) throws -> ModelDescription {
    var description = untrainedDescription()
    // A duplicate is the same network as its original, but may have operands and blocks in another order: the weights
    // belong to the original's.
    if var trained = try configuration.space.genotype(of: record.architecture) {
      trained.name = description.genotype.name
      description.genotype = trained
    }
    description.classes = data.dataset.classes
    description.pixelMean = data.normalization.mean
    description.pixelDeviation = data.normalization.standardDeviation
    description.training = .init(
      dataset: configuration.data.name.rawValue, syntheticImages: configuration.data.images,
      checksum: data.dataset.checksum, recipe: configuration.recipe, seed: record.seed,
      splitSeed: configuration.splitSeed, batch: configuration.training.batch,
      instructions: try Machine.instructions().rawValue, validationAccuracy: reward)
    return description
  }
}
