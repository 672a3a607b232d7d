import Evaluator
import Foundation
import SearchSpace

/// How to make the run of random search that a comparison lacks: the command with the settings of a run that it has.
struct RandomCounterpart {
  let configuration: SearchConfiguration

  /// The command line, quoted for a shell.
  func command(seed: UInt64) throws -> String {
    let flags = try self.flags.map { key, value in
      let isPlain = value.allSatisfy { $0.isLetter || $0.isNumber || "-_./".contains($0) }
      return "--\(key) " + (isPlain ? value : "'\(value)'")
    }
    return (["nas search --controller random --seed \(seed)"] + flags).joined(separator: " ")
  }

  /// The settings that decide a search, but for its controller and seed, where they are not the defaults.
  var flags: [(key: String, value: String)] {
    get throws {
      let defaults = Dictionary(uniqueKeysWithValues: SearchSchema.all.map { ($0.key, $0.defaultValue) })
      return try values.filter { $0.value != defaults[$0.key] }
    }
  }

  private var values: [(key: String, value: String)] {
    get throws {
      let training = configuration.training
      let data = configuration.data
      let held = training.validationImages ?? TrainingSettings.cifar10ValidationImages
      let usual = data.images.map { $0 / TrainingSettings.syntheticShare } ?? TrainingSettings.cifar10ValidationImages
      let besides: [(String, String?)] = [
        ("space", try space), ("cells", "\(configuration.skeleton.cells)"),
        ("filters", "\(configuration.skeleton.filters)"),
        ("max-parameters", configuration.maximumParameters.map(String.init)),
        ("max-multiply-adds", configuration.maximumMultiplyAdds.map(String.init)),
        ("evaluations", "\(configuration.evaluations)"), ("max-time", configuration.maximumSeconds.map { "\($0)s" }),
        ("window", "\(configuration.window)"), ("validation-images", held == usual ? nil : "\(held)"),
        ("split-seed", "\(configuration.splitSeed)"), ("dataset", data.name.rawValue),
        ("synthetic-images", data.images.map(String.init)), ("data", data.place),
      ]
      // The settings with the run's recipe for their defaults: what differs from the usual defaults must be said.
      let recipe = TrainingSettings.schema(training).map { ($0.key, $0.defaultValue) }
      let known = Set(besides.map(\.0))
      return besides.compactMap { key, value in value.map { (key, $0) } } + recipe.filter { !known.contains($0.0) }
    }
  }

  /// The space's name, or where none of the known ones is meant its description.
  private var space: String {
    get throws {
      let space = configuration.space
      return SpaceDescription.known.contains(space) ? space.name : try JSONValue(of: space).json
    }
  }
}
