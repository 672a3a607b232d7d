import Foundation
import SearchSpace
import Testing

@testable import Export

@Suite struct TrainedModelTests {
  private static let skeleton = Skeleton(cells: 1, filters: 2, classes: 4)

  private func model() throws -> TrainedModel {
    let plain = try RandomModels.model(KnownCells.amoebanetA, skeleton: TrainedModelTests.skeleton)
    var description = plain.description
    description.provenance = Provenance(reward: 0.1 + 0.2, run: "runs/a")
    description.training = .init(
      dataset: "cifar10", checksum: "c", recipe: "one epoch", seed: .max, splitSeed: 3, batch: 64,
      instructions: "avx2", validationAccuracy: 0.7, testAccuracy: 2.0 / 3, testImages: 10_000)
    return TrainedModel(description: description, weights: plain.weights)
  }

  private func changed(_ change: (inout SafetensorsFile) -> Void) throws -> String {
    var file = try model().safetensors()
    change(&file)
    do {
      _ = try TrainedModel(file, path: "w")
      return "no error"
    } catch {
      return "\(error)"
    }
  }

  private func edited(_ old: String, _ new: String) throws -> String {
    try changed { $0.metadata["nas"] = $0.metadata["nas"]?.replacingOccurrences(of: old, with: new) }
  }

  @Test func aFileOfWeightsIsTheWholeModel() throws {
    let model = try model()
    let data = try model.safetensors().data()
    let read = try TrainedModel(SafetensorsFile(data: data, path: "w"), path: "w")
    #expect(read.description == model.description)
    #expect((read.weights == model.weights) as Bool)
    #expect(try read.safetensors().data() == data)
  }

  @Test func metadataSaysHowToReadIt() throws {
    let metadata = try model().safetensors().metadata
    #expect(metadata["format"] == "pt")
    let order = try JSONDecoder().decode([String].self, from: Data(try #require(metadata["order"]).utf8))
    #expect(order == (try model().network.declarationOrder))
    #expect(try #require(metadata["nas"]).contains(#""format":"nas-model""#))
  }

  /// The order in which the modules of a cell are declared: inputs, all left operations, all right ones, the output.
  @Test func declarationOrderIsThatOfModules() throws {
    let network = try Network(genotype: KnownCells.amoebanetA, skeleton: TrainedModelTests.skeleton)
    var scopes: [String] = []
    for name in network.declarationOrder {
      let scope = name.split(separator: ".").dropLast(2).joined(separator: ".")
      if scopes.last != scope { scopes.append(scope) }
    }
    #expect(
      scopes.filter { $0.hasPrefix("cell1") || $0.hasPrefix("stem") || $0.hasPrefix("head") } == [
        "stem", "cell1.previous", "cell1.direct", "cell1.block2.left", "cell1.block5.left", "cell1.block3.right",
        "cell1.block5.right", "cell1.block6.right", "head",
      ])
  }

  @Test func filesThatAreNoModelsAreRefused() throws {
    #expect(try changed { $0.metadata = [:] }.hasPrefix("w has tensors but does not say of which network"))
    #expect(try changed { $0.metadata["nas"] = "{" }.contains("expected a key in double quotes"))
    #expect(try changed { $0.metadata["nas"] = "{}" }.contains("'format' is missing"))
    #expect(try changed { $0.tensors.removeFirst() }.contains("w: The network needs the tensor 'stem.convolution"))
    #expect(try edited("nas-model", "nas-other").contains("but this is nas-other of version 1"))
    #expect(try edited("sep_conv_3x3", "sep_conv_9x9").contains("sep_conv_9x9"))
    #expect(try edited(#""cells":1"#, #""cells":999"#).contains("999 cells per stack are too many"))
    #expect(try edited(#""class 3""#, #""class 3","class 4""#).contains("it names 5 classes, but the network has 4"))
    #expect(try edited("[125.3,", "[").contains("a mean and a deviation"))
    #expect(try edited(#""filters":2"#, #""filters":3"#).contains("should have the shape [9, 3, 3, 3], but has [6"))
  }

  @Test func descriptionsWithoutFiniteNumbersAreNotWritten() throws {
    let model = try model()
    var description = model.description
    description.pixelMean[0] = .nan
    #expect(throws: ModelFileError.self) {
      try TrainedModel(description: description, weights: model.weights).safetensors()
    }
  }
}
