import Foundation
import SearchSpace
import SwiftProtobuf

/// A model as an ONNX file: graph, weights and description, any batch.
///
/// Input `images`: [batch, channels, rows, columns], pixels 0...255 minus the channel's mean, divided by its deviation.
/// Output `logits`: [batch, classes].
public struct ONNXModel: Sendable {
  /// The version of the operators (onnx 1.18, May 2025). No operator used here has changed since for single precision.
  public static let operatorSet = 23
  /// The version of the file format that came with these operators (onnx, `docs/Versioning.md`).
  static let formatVersion = 11

  /// The model.
  public let model: TrainedModel

  /// Creates an export.
  public init(_ model: TrainedModel) {
    self.model = model
  }

  /// Checks that a network's weights fit into the file format, which is known before they are made.
  /// - Throws: `ONNXError.tooLarge`.
  public static func check(_ network: Network) throws {
    let bytes = weightBytes(of: network)
    guard bytes < 1 << 31 else { throw ONNXError.tooLarge(bytes: bytes) }
  }

  private static func weightBytes(of network: Network) -> Int { 4 * (network.parameterCount + network.bufferCount) }

  /// The file's bytes; the same model gives the same bytes.
  /// - Throws: `ONNXError.tooLarge` beyond the 2 GiB of the file format; `ModelFileError` when a number of the
  ///   description is not finite.
  public func data() throws -> Data {
    do {
      return try proto().serializedData()
    } catch is BinaryEncodingError {
      throw ONNXError.tooLarge(bytes: ONNXModel.weightBytes(of: model.network))
    }
  }

  private func proto() throws -> Onnx_ModelProto {
    let graph = ONNXGraph(model.weights)
    var proto = Onnx_ModelProto()
    proto.irVersion = Int64(ONNXModel.formatVersion)
    proto.producerName = "nas"
    proto.producerVersion = model.description.toolVersion
    var operators = Onnx_OperatorSetIdProto()
    operators.version = Int64(ONNXModel.operatorSet)
    proto.opsetImport = [operators]
    proto.docString = """
      \(ONNXGraph.input): [batch, channels, rows, columns], pixels 0...255 minus the channel's pixel_mean, divided by its \
      pixel_deviation. \(ONNXGraph.output): [batch, classes].
      """
    proto.graph.name = model.description.genotype.name ?? "cells"
    proto.graph.node = graph.nodes
    proto.graph.initializer = graph.initializers
    proto.graph.valueInfo = graph.values
    proto.graph.input = [.image(ONNXGraph.input, model.network.inputShape)]
    proto.graph.output = [
      .value(ONNXGraph.output, extents: [model.network.nodes[model.network.nodes.count - 1].shape.count])
    ]
    proto.metadataProps = try metadata()
    return proto
  }

  /// What users of the file need is also there by itself, as JSON.
  private func metadata() throws -> [Onnx_StringStringEntryProto] {
    func numbers(_ values: [Double]) -> String { JSONText.array(values.map { .number("\($0)") }).compact() }
    let description = model.description
    return try [
      ("classes", JSONText.array(description.classes.map { .string($0) }).compact()),
      ("pixel_mean", numbers(description.pixelMean)),
      ("pixel_deviation", numbers(description.pixelDeviation)),
      (TrainedModel.descriptionKey, description.json()),
    ].map { key, value in
      var entry = Onnx_StringStringEntryProto()
      entry.key = key
      entry.value = value
      return entry
    }
  }
}

/// A model that cannot be an ONNX file, or an ONNX file that is not the model's.
public enum ONNXError: Error, Equatable, Sendable {
  /// The weights do not fit into one file.
  case tooLarge(bytes: Int)
  /// The bytes are no ONNX file.
  case unreadable
  /// The graph is not the model's network.
  case wrong(reason: String)
}

extension ONNXError: CustomStringConvertible {
  /// One sentence: what was expected, what was found, what to do.
  public var description: String {
    switch self {
    case .tooLarge(let bytes):
      "An ONNX file holds at most 2 GiB, but the weights take \(bytes) bytes; export them with --format safetensors."
    case .unreadable:
      "The ONNX file cannot be read back: its bytes are not those of a model."
    case .wrong(let reason):
      "The ONNX file is not the model: \(reason)."
    }
  }
}
