import SearchSpace
import Testing

@testable import Export

@Suite struct ModelCardTests {
  private func card(_ change: (inout ModelDescription) -> Void = { _ in }) throws -> String {
    var description = RandomModels.description(KnownCells.nasnetA, skeleton: Skeleton(cells: 1, filters: 8))
    change(&description)
    return ModelCard(description, network: try description.network()).markdown()
  }

  @Test func aTrainedModelSaysWhatItReached() throws {
    let text = try card {
      $0.provenance = Provenance(reward: 0.6123, seed: 9, recipe: "short | sharp", run: "runs/a", candidate: 17)
      $0.training = .init(
        dataset: "cifar10", checksum: "abc", recipe: "50 epochs", seed: 3, splitSeed: 4, batch: 64,
        instructions: "avx2", validationAccuracy: 0.9, testAccuracy: 0.8911, testImages: 10_000)
    }
    for line in [
      "# nasnet-a", "| reward of the search (validation accuracy of a short training) | 61.23 % |",
      "| validation accuracy | 90.00 % |", "| test accuracy | 89.11 % on 10,000 images |", "| data | cifar10 |",
      "| recipe | 50 epochs |", "| seed | 3 |", "| seed of the choice of validation images | 4 |",
      "| instruction set | avx2 |", "| checksum of the training images | abc |",
      "| found by | runs/a, candidate 17 |", "| recipe of the search | short \\| sharp |",
      "| seed of the candidate | 9 |",
      "The input is pixels 0...255 minus the channel's mean (125.300, 123.000, 113.900), divided by its deviation "
        + "(63.000, 62.100, 66.700).",
    ] {
      #expect(text.split(separator: "\n").contains { $0 == line }, "\(line)")
    }
    #expect(text.contains("N 1, F 8, 72,370 parameters, for images of 32×32×3 and 10 classes. Made with nas 1.2.3."))
    #expect(text.contains("\(KnownCells.nasnetA)"))
  }

  @Test func whatIsNotKnownIsNotSaid() throws {
    let text = try card()
    #expect(text.contains("has not been trained as a full model"))
    #expect(!text.contains("## Measured") && !text.contains("## Training") && !text.contains("## Use"))
    let synthetic = try card {
      $0.training = .init(
        dataset: "synthetic", syntheticImages: 2000, recipe: "r", seed: 0, splitSeed: 0, batch: 8,
        instructions: "baseline", validationAccuracy: 0.5)
    }
    #expect(synthetic.contains("| data | synthetic (synthetic, 2,000 images) |"))
    #expect(synthetic.contains("| test accuracy | not measured |"))
  }
}
