import Foundation
import SearchSpace

/// A network with its weights and its description: what a file of weights holds.
public struct TrainedModel: Sendable {
  /// The key of the description in a file's metadata.
  static let descriptionKey = "nas"

  /// How it is built, used, and was made.
  public let description: ModelDescription
  /// Its tensors.
  public let weights: ModelWeights

  /// The network.
  public var network: Network { weights.network }

  /// Creates a model; the weights must be of the described network.
  public init(description: ModelDescription, weights: ModelWeights) {
    self.description = description
    self.weights = weights
  }

  /// Reads a model from a file of weights.
  /// - Throws: `SafetensorsError`, `ModelFileError`.
  public init(contentsOf url: URL) throws {
    try self.init(SafetensorsFile(contentsOf: url), path: url.path)
  }

  /// Reads a model from the content of a file; `path` stands in the errors.
  /// - Throws: `ModelFileError`.
  public init(_ file: SafetensorsFile, path: String) throws {
    guard let text = file.metadata[TrainedModel.descriptionKey] else {
      throw ModelFileError.noDescription(path: path)
    }
    do {
      let description = try ModelDescription(json: Data(text.utf8))
      try description.check(tensors: file.tensors.count)
      let weights = try ModelWeights(network: description.network(), portable: file.tensors)
      self.init(description: description, weights: weights)
    } catch let error as DecodingError {
      throw ModelFileError.badDescription(path: path, reason: error.explanation)
    } catch let error as ModelWeightsError {
      throw ModelFileError.foreignWeights(path: path, error)
    } catch {
      throw ModelFileError.badDescription(path: path, reason: "\(error)")
    }
  }

  /// The file of weights. Its metadata: `format` is `pt`, since tensors are named and laid out as PyTorch has them;
  /// `order` lists the names as modules of cells usually declare them (see `Network.declarationOrder`); `nas` is the
  /// description.
  /// - Throws: `ModelFileError.badDescription` when a number of the description is not finite.
  public func safetensors() throws -> SafetensorsFile {
    let order = JSONText.array(network.declarationOrder.map { .string($0) }).compact()
    return SafetensorsFile(
      tensors: weights.portable,
      metadata: ["format": "pt", "order": order, TrainedModel.descriptionKey: try description.json()])
  }
}

extension ModelDescription {
  private static let formatKeys = FormatKeys(format: format, version: version)

  private struct FormatKeys: Codable, Equatable {
    let format: String
    let version: Int
  }

  /// The description as JSON on one line, keys sorted.
  /// - Throws: `ModelFileError.badDescription` when a number is not finite.
  public func json() throws -> String {
    struct Content: Encodable {
      let description: ModelDescription
      func encode(to encoder: any Encoder) throws {
        try ModelDescription.formatKeys.encode(to: encoder)
        try description.encode(to: encoder)
      }
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
      return String(decoding: try encoder.encode(Content(description: self)), as: UTF8.self)
    } catch {
      throw ModelFileError.badDescription(path: "The model", reason: "a number of its description is not finite")
    }
  }

  /// Reads a description.
  /// - Throws: `DecodingError`, `GenotypeError`, `UnknownName`.
  init(json data: Data) throws {
    if let place = JSONSyntax.firstError(in: data) {
      throw DecodingError.dataCorrupted(
        .init(codingPath: [], debugDescription: "expected \(place.expected) at byte \(place.column)"))
    }
    let keys = try JSONDecoder().decode(FormatKeys.self, from: data)
    guard keys == ModelDescription.formatKeys else {
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: [],
          debugDescription: "this version reads \(ModelDescription.format) of version \(ModelDescription.version), but "
            + "this is \(keys.format) of version \(keys.version)"))
    }
    self = try JSONDecoder().decode(ModelDescription.self, from: data)
  }

  /// Checks what the network alone does not say.
  func check(tensors: Int) throws {
    func bad(_ reason: String) -> DecodingError {
      DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: reason))
    }
    guard classes.count == skeleton.classes else {
      throw bad("it names \(classes.count) classes, but the network has \(skeleton.classes)")
    }
    let channels = skeleton.input.channels
    guard pixelMean.count == channels, pixelDeviation.count == channels, pixelDeviation.allSatisfy({ $0 >= 0 }) else {
      throw bad("each of the \(channels) channels needs a mean and a deviation, which is not negative")
    }
    if let training, !(1...100_000).contains(training.batch) {
      throw bad("its batch should be from 1 to 100000, but is \(training.batch)")
    }
    // At least every second cell owns tensors; so an absurd number of cells is found without building them.
    guard skeleton.cells <= tensors + 2 else {
      throw bad("\(skeleton.cells) cells per stack are too many for \(tensors) tensors")
    }
  }
}

extension Network {
  /// The names of all tensors in the order in which PyTorch implementations of cells usually declare them: of each cell
  /// the fitted inputs, the left operations of all blocks, the right ones, the output; otherwise in network order.
  public var declarationOrder: [String] {
    var parts: [String: Int] = [:]
    var keyed: [(part: Int, rank: Int, name: String)] = []
    for entry in namedTensors {
      let path = entry.node.name.split(separator: ".").map(String.init)
      let top = path.first ?? ""
      let part = parts[top, default: parts.count]
      parts[top] = part
      let rank =
        switch (path.count > 2 ? path[2] : "", path.count > 1 ? path[1] : "") {
        case ("left", _): 1
        case ("right", _): 2
        case (_, "output"): 3
        default: 0
        }
      keyed.append((part, rank, entry.name))
    }
    return keyed.enumerated().sorted {
      ($0.element.part, $0.element.rank, $0.offset) < ($1.element.part, $1.element.rank, $1.offset)
    }.map(\.element.name)
  }
}

/// A file of weights that is no model of this tool.
public enum ModelFileError: Error, Equatable, Sendable {
  /// The file has no description of the network.
  case noDescription(path: String)
  /// The description cannot be read or contradicts itself.
  case badDescription(path: String, reason: String)
  /// The tensors are not those of the described network.
  case foreignWeights(path: String, ModelWeightsError)
}

extension ModelFileError: CustomStringConvertible {
  /// One sentence: what was expected, what was found, what to do.
  public var description: String {
    switch self {
    case .noDescription(let path):
      "\(path) has tensors but does not say of which network: it needs the metadata that 'nas export' writes under "
        + "'\(TrainedModel.descriptionKey)'."
    case .badDescription(let path, let reason):
      "\(path) has no valid description of its network: \(reason)"
    case .foreignWeights(let path, let error):
      "\(path): \(error.description)"
    }
  }
}
