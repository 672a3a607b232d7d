import SearchSpace

@testable import Export

/// Models for tests.
enum RandomModels {
  /// Weights such that activations stay of size 1 and every tensor matters.
  static func weights(of network: Network, seed: UInt64) throws -> ModelWeights {
    var random = RandomStream(seed: seed)
    let values = network.nodes.flatMap(\.tensors).map { tensor in
      (0..<tensor.count).map { _ -> Float in
        let value = 2 * random.uniform() - 1
        switch tensor.role {
        case .kernel:
          return Float(value * (4 / Double(tensor.count / (tensor.shape.last ?? 1))).squareRoot())
        case .bias, .offset, .runningMean: return Float(0.3 * value)
        case .scale, .runningVariance: return Float(1 + 0.3 * value)
        }
      }
    }
    return try ModelWeights(network: network, values: values)
  }

  static func description(_ genotype: Genotype, skeleton: Skeleton) -> ModelDescription {
    ModelDescription(
      genotype: genotype, skeleton: skeleton, classes: (0..<skeleton.classes).map { "class \($0)" },
      pixelMean: [125.3, 123, 113.9], pixelDeviation: [63, 62.1, 66.7], toolVersion: "1.2.3")
  }

  static func model(_ genotype: Genotype, skeleton: Skeleton, seed: UInt64 = 1) throws -> TrainedModel {
    let description = description(genotype, skeleton: skeleton)
    return TrainedModel(description: description, weights: try weights(of: description.network(), seed: seed))
  }
}
