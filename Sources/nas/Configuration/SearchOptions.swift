import ArgumentParser
import Evaluator

/// The settings of a search as flags; their names, help and defaults come from `SearchSchema`.
struct SearchOptions: ParsableArguments {
  @Option(help: SearchOptions.help("space")) var space: String?
  @Option(help: SearchOptions.help("cells")) var cells: String?
  @Option(help: SearchOptions.help("filters")) var filters: String?
  @Option(help: SearchOptions.help("max-parameters")) var maxParameters: String?
  @Option(help: SearchOptions.help("max-multiply-adds")) var maxMultiplyAdds: String?
  @Option(help: SearchOptions.help("controller")) var controller: String?
  @Option(help: SearchOptions.help("preset")) var preset: String?
  @Option(help: SearchOptions.help("population")) var population: String?
  @Option(help: SearchOptions.help("sample-size")) var sampleSize: String?
  @Option(help: SearchOptions.help("evaluations")) var evaluations: String?
  @Option(help: SearchOptions.help("max-time")) var maxTime: String?
  @Option(help: SearchOptions.help("duplicates")) var duplicates: String?
  @Option(help: SearchOptions.help("window")) var window: String?
  @Option(help: SearchOptions.help("seed")) var seed: String?
  @Option(help: SearchOptions.help("workers")) var workers: String?
  @Option(help: SearchOptions.help("threads")) var threads: String?
  @Option(help: SearchOptions.help("candidate-time")) var candidateTime: String?
  @Option(help: SearchOptions.help("candidate-memory")) var candidateMemory: String?
  @OptionGroup var training: TrainingOptions

  /// The values that were given, by key.
  var flags: [String: String] {
    let given: [(String, String?)] = [
      ("space", space), ("cells", cells), ("filters", filters), ("max-parameters", maxParameters),
      ("max-multiply-adds", maxMultiplyAdds), ("controller", controller), ("preset", preset),
      ("population", population), ("sample-size", sampleSize), ("evaluations", evaluations), ("max-time", maxTime),
      ("duplicates", duplicates), ("window", window), ("seed", seed), ("workers", workers), ("threads", threads),
      ("candidate-time", candidateTime), ("candidate-memory", candidateMemory),
    ]
    return given.present.merging(training.flags) { own, _ in own }
  }

  private static func help(_ key: String) -> ArgumentHelp {
    ArgumentHelp(stringLiteral: Setting.find(key, in: SearchSchema.all).helpWithDefault)
  }
}

/// The settings of a training as flags, shared by `search` and `replay`, which have defaults of their own.
struct TrainingOptions: ParsableArguments {
  @Option(help: TrainingOptions.help("epochs")) var epochs: String?
  @Option(help: TrainingOptions.help("train-images")) var trainImages: String?
  @Option(help: TrainingOptions.help("validation-images")) var validationImages: String?
  @Option(help: TrainingOptions.help("split-seed")) var splitSeed: String?
  @Option(help: TrainingOptions.help("batch")) var batch: String?
  @Option(help: TrainingOptions.help("learning-rate")) var learningRate: String?
  @Option(help: TrainingOptions.help("schedule")) var schedule: String?
  @Option(help: TrainingOptions.help("decay-factor")) var decayFactor: String?
  @Option(help: TrainingOptions.help("decay-epochs")) var decayEpochs: String?
  @Option(help: TrainingOptions.help("warm-up")) var warmUp: String?
  @Option(help: TrainingOptions.help("optimizer")) var optimizer: String?
  @Option(help: TrainingOptions.help("momentum")) var momentum: String?
  @Option(help: TrainingOptions.help("rms-decay")) var rmsDecay: String?
  @Option(help: TrainingOptions.help("rms-epsilon")) var rmsEpsilon: String?
  @Option(help: TrainingOptions.help("average-decay")) var averageDecay: String?
  @Option(help: TrainingOptions.help("label-smoothing")) var labelSmoothing: String?
  @Option(help: TrainingOptions.help("dropout")) var dropout: String?
  @Option(help: TrainingOptions.help("precision")) var precision: String?
  @Option(help: TrainingOptions.help("weight-decay")) var weightDecay: String?
  @Option(help: TrainingOptions.help("clip-norm")) var clipNorm: String?
  @Option(help: TrainingOptions.help("cutout")) var cutout: String?
  @Option(help: TrainingOptions.help("dataset")) var dataset: String?
  @Option(help: TrainingOptions.help("synthetic-images")) var syntheticImages: String?
  @Option(help: TrainingOptions.help("data")) var data: String?

  @Option(
    name: .customLong("config"),
    help: "An experiment file: a JSON object of settings. Flags and NAS_* variables are stronger.")
  var experimentFile: String?
  @Flag(help: "Print every setting with its value and where it came from, and stop.") var printConfig = false

  /// The values that were given, by key.
  var flags: [String: String] {
    let given: [(String, String?)] = [
      ("epochs", epochs), ("train-images", trainImages), ("validation-images", validationImages),
      ("split-seed", splitSeed), ("batch", batch), ("learning-rate", learningRate), ("weight-decay", weightDecay),
      ("clip-norm", clipNorm), ("cutout", cutout), ("dataset", dataset), ("synthetic-images", syntheticImages),
      ("data", data), ("schedule", schedule), ("decay-factor", decayFactor), ("decay-epochs", decayEpochs),
      ("warm-up", warmUp), ("optimizer", optimizer), ("momentum", momentum), ("rms-decay", rmsDecay),
      ("rms-epsilon", rmsEpsilon), ("average-decay", averageDecay), ("label-smoothing", labelSmoothing),
      ("dropout", dropout), ("precision", precision),
    ]
    return given.present
  }

  private static func help(_ key: String) -> ArgumentHelp {
    ArgumentHelp(stringLiteral: Setting.find(key, in: TrainingSettings.schema(.search)).help)
  }
}

extension [(String, String?)] {
  /// The pairs that have a value.
  fileprivate var present: [String: String] {
    Dictionary(uniqueKeysWithValues: compactMap { key, value in value.map { (key, $0) } })
  }
}
