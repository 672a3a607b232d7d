import ArgumentParser

/// The settings of a search as flags; their names, help and defaults come from `SearchSchema.all`.
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
  @Option(help: SearchOptions.help("epochs")) var epochs: String?
  @Option(help: SearchOptions.help("train-images")) var trainImages: String?
  @Option(help: SearchOptions.help("batch")) var batch: String?
  @Option(help: SearchOptions.help("learning-rate")) var learningRate: String?
  @Option(help: SearchOptions.help("weight-decay")) var weightDecay: String?
  @Option(help: SearchOptions.help("clip-norm")) var clipNorm: String?
  @Option(help: SearchOptions.help("cutout")) var cutout: String?
  @Option(help: SearchOptions.help("validation-images")) var validationImages: String?
  @Option(help: SearchOptions.help("split-seed")) var splitSeed: String?
  @Option(help: SearchOptions.help("dataset")) var dataset: String?
  @Option(help: SearchOptions.help("data")) var data: String?
  @Option(help: SearchOptions.help("workers")) var workers: String?
  @Option(help: SearchOptions.help("threads")) var threads: String?
  @Option(help: SearchOptions.help("candidate-time")) var candidateTime: String?
  @Option(help: SearchOptions.help("candidate-memory")) var candidateMemory: String?

  @Option(
    name: .customLong("config"),
    help: "An experiment file: a JSON object of settings. Flags and NAS_* variables are stronger.")
  var experimentFile: String?

  /// The values that were given, by key.
  var flags: [String: String] {
    let given: [(String, String?)] = [
      ("space", space), ("cells", cells), ("filters", filters), ("max-parameters", maxParameters),
      ("max-multiply-adds", maxMultiplyAdds), ("controller", controller), ("preset", preset),
      ("population", population), ("sample-size", sampleSize), ("evaluations", evaluations), ("max-time", maxTime),
      ("duplicates", duplicates), ("window", window), ("seed", seed), ("epochs", epochs),
      ("train-images", trainImages), ("batch", batch), ("learning-rate", learningRate),
      ("weight-decay", weightDecay), ("clip-norm", clipNorm), ("cutout", cutout),
      ("validation-images", validationImages), ("split-seed", splitSeed), ("dataset", dataset), ("data", data),
      ("workers", workers), ("threads", threads), ("candidate-time", candidateTime),
      ("candidate-memory", candidateMemory),
    ]
    return Dictionary(uniqueKeysWithValues: given.compactMap { key, value in value.map { (key, $0) } })
  }

  private static func help(_ key: String) -> ArgumentHelp {
    guard let setting = SearchSchema.all.first(where: { $0.key == key }) else {
      preconditionFailure("the schema has no setting '\(key)'")
    }
    let preset = setting.defaultValue.isEmpty ? "" : " (default: \(setting.defaultValue))"
    return ArgumentHelp(stringLiteral: setting.help + preset)
  }
}
