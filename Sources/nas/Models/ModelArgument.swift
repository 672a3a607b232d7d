import Evaluator
import Export
import Foundation
import SearchSpace

/// A network with weights as a command's argument names it: the folder of a replay, or a file of weights.
enum ModelArgument {
  /// Whether a path holds a model: a replay's folder, or a file that is called or begins like a file of weights.
  static func isModel(_ path: String) -> Bool { ReplayDirectory.exists(at: path) || isWeights(path) }

  /// Reads the model that `text` names.
  /// - Throws: `CommandError`, `SafetensorsError`, `ModelFileError`.
  static func model(_ text: String) throws -> TrainedModel {
    if ReplayDirectory.exists(at: text) {
      return try ReplayDirectory(url: URL(fileURLWithPath: text).standardizedFileURL).model()
    }
    guard isWeights(text) || text.hasSuffix(".safetensors") else {
      throw CommandError(
        .usage,
        "\(text) is no model: name the folder of a finished replay, or a file that 'nas export --format safetensors' wrote."
      )
    }
    return try TrainedModel(contentsOf: URL(fileURLWithPath: text))
  }

  /// Whether a file is called, or begins, like a file of weights: a length that fits into it, then a JSON object.
  private static func isWeights(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue else {
      return false
    }
    if path.hasSuffix(".safetensors") { return true }
    guard let handle = FileHandle(forReadingAtPath: path) else { return false }
    defer { try? handle.close() }
    guard let start = try? handle.read(upToCount: 9), start.count == 9, let size = try? handle.seekToEnd() else {
      return false
    }
    let length = start.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return start[8] == UInt8(ascii: "{") && length < size
  }
}

extension TrainedModel {
  /// The model that a trainer has made: without what only training needs.
  /// - Throws: what the description's network throws; `ModelWeightsError` when the trainer has another one.
  init(_ description: ModelDescription, from trainer: Trainer) throws {
    try self.init(description, network: trainer.network, parameters: trainer.measuredParameters)
  }

  /// The described model with the parameters of a network that has at least its tensors.
  /// - Throws: as the other.
  init(_ description: ModelDescription, network: Network, parameters: ModelParameters) throws {
    let whole = try ModelWeights(network: network, values: parameters.tensors.map(\.values))
    let described = try description.network()
    self.init(
      description: description,
      weights: described == network ? whole : try ModelWeights(network: described, portable: whole.portable))
  }

  /// A model that runs.
  /// - Throws: `CommandError` when the machine has too little memory.
  func inference(threads: Int) throws -> Inference {
    let parameters = try ModelParameters(network: network, values: weights.values)
    do {
      return try Inference(
        network: network, parameters: parameters, threads: threads, instructions: Machine.instructions(),
        memoryLimit: Machine.memory)
    } catch let failure as Failure where failure.kind == .outOfMemory {
      throw CommandError(
        .failed, "\(failure.reason.dropLast()): this machine's memory does not suffice, give fewer --threads.")
    }
  }

  /// How pixels become the network's input.
  var normalization: Normalization {
    Normalization(mean: description.pixelMean, standardDeviation: description.pixelDeviation)
  }
}
