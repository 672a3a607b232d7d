import Foundation
import SearchSpace

/// A model's page for people: what it is, what was measured, how it was made. Markdown.
public struct ModelCard: Sendable {
  /// The model.
  public let description: ModelDescription
  /// Its parts and counts.
  public let summary: NetworkSummary

  /// Creates a card.
  public init(_ description: ModelDescription, network: Network) {
    self.description = description
    summary = NetworkSummary(network)
  }

  /// The page's text.
  public func markdown() -> String {
    let title = description.genotype.name ?? "A pair of cells"
    let sections = [["# \(title)", "", lead], measured, network, training, input, cells]
    return sections.map { $0.joined(separator: "\n") }.filter { !$0.isEmpty }.joined(separator: "\n\n") + "\n"
  }

  private var lead: String {
    let skeleton = description.skeleton
    let kind =
      description.training == nil
      ? "An image classifier that has not been trained as a full model"
      : "An image classifier, trained from scratch"
    return "\(kind): a pair of cells with N \(skeleton.cells), F \(skeleton.filters), \(summary.parameters.grouped) "
      + "parameters, for images of \(skeleton.input) and \(skeleton.classes) classes. Made with nas "
      + "\(description.toolVersion)."
  }

  private var measured: [String] {
    var rows: [(String, String)] = []
    if let reward = description.provenance?.reward {
      rows.append(("reward of the search (validation accuracy of a short training)", ModelCard.percent(reward)))
    }
    if let training = description.training {
      rows.append(("validation accuracy", ModelCard.percent(training.validationAccuracy)))
      if let accuracy = training.testAccuracy {
        let images = training.testImages.map { " on \($0.grouped) images" } ?? ""
        rows.append(("test accuracy", ModelCard.percent(accuracy) + images))
      } else {
        rows.append(("test accuracy", "not measured"))
      }
    }
    return rows.isEmpty ? [] : ["## Measured", ""] + ModelCard.table(rows)
  }

  private var network: [String] {
    ["## Network", "", "```"] + summary.tableLines()
      + ["```", "", "Multiply-adds are of convolutions and fully connected layers, for one image."]
  }

  private var training: [String] {
    var rows: [(String, String)] = []
    if let training = description.training {
      let images = training.syntheticImages.map { " (synthetic, \($0.grouped) images)" } ?? ""
      rows = [
        ("data", training.dataset + images), ("recipe", training.recipe), ("seed", "\(training.seed)"),
        ("seed of the choice of validation images", "\(training.splitSeed)"),
        ("instruction set", training.instructions),
      ]
      if let checksum = training.checksum { rows.append(("checksum of the training images", checksum)) }
    }
    if let provenance = description.provenance {
      let candidate = provenance.candidate.map { ", candidate \($0)" } ?? ""
      if let run = provenance.run { rows.append(("found by", run + candidate)) }
      if let recipe = provenance.recipe { rows.append(("recipe of the search", recipe)) }
      if let seed = provenance.seed { rows.append(("seed of the candidate", "\(seed)")) }
      if let version = provenance.toolVersion { rows.append(("version of the search", version)) }
    }
    return rows.isEmpty ? [] : ["## Training", ""] + ModelCard.table(rows)
  }

  private var input: [String] {
    guard description.training != nil else { return [] }
    func numbers(_ values: [Double]) -> String { values.map { String(format: "%.3f", $0) }.joined(separator: ", ") }
    return [
      "## Use", "",
      "The input is pixels 0...255 minus the channel's mean (\(numbers(description.pixelMean))), divided by its deviation "
        + "(\(numbers(description.pixelDeviation))).", "",
      "The outputs are logits of: \(description.classes.map(ModelCard.cell).joined(separator: ", ")).",
    ]
  }

  private var cells: [String] { ["## Cells", "", "```", "\(description.genotype)", "```"] }

  private static func percent(_ share: Double) -> String { String(format: "%.2f %%", share * 100) }

  private static func table(_ rows: [(String, String)]) -> [String] {
    ["| | |", "|---|---|"] + rows.map { "| \($0) | \(cell($1)) |" }
  }

  /// A text that stands in a table: without what would end the cell or the line.
  private static func cell(_ text: String) -> String {
    text.replacing("|", with: "\\|").replacing("\n", with: " ")
  }
}
