import Export
import Foundation
import SearchSpace

/// The content of one exported file.
struct ExportedFile {
  let format: ExportFormat
  let data: Data
  /// The cells it is of.
  let genotype: Genotype
  /// The model it is of, when it has weights.
  let model: TrainedModel?

  /// Makes the content.
  /// - Throws: as `ModelSource.model` for formats with weights, and what the format cannot express.
  init(_ source: ModelSource, format: ExportFormat) throws {
    let cells = source.cells
    self.format = format
    genotype = cells.genotype
    switch format {
    case .json:
      data = Data(GenotypeFile(genotype: cells.genotype, provenance: cells.provenance).json().utf8)
      model = nil
    case .darts:
      data = Data((try DARTSGenotype(cells.genotype).text() + "\n").utf8)
      model = nil
    case .dot:
      data = Data(try GraphvizText.dot(cells.genotype).utf8)
      model = nil
    case .svg:
      let caption = ExportedFile.caption(cells.provenance)
      data = Data(try CellPicture(cells.genotype, title: cells.title, caption: caption).svg().utf8)
      model = nil
    case .text:
      data = Data((cells.genotype.description + "\n").utf8)
      model = nil
    case .card:
      let description = try source.description()
      data = Data(ModelCard(description, network: try description.network()).markdown().utf8)
      model = nil
    case .safetensors:
      let model = try source.model()
      data = try model.safetensors().data()
      self.model = model
    case .onnx:
      try ONNXModel.check(Network(genotype: cells.genotype, skeleton: source.skeleton))
      let model = try source.model()
      data = try ONNXModel(model).data()
      self.model = model
    case .pytorch:
      let model = try source.model()
      data = Data(try PyTorchModule(model.network, description: model.description).source().utf8)
      self.model = model
    }
  }

  private static func caption(_ provenance: Provenance?) -> String? {
    let parts = [
      provenance?.reward.map { "validation accuracy \(Wording.percent($0))" },
      provenance?.parameters.map { "\(Wording.count($0)) parameters" },
      provenance?.seed.map { "seed \($0)" },
    ].compactMap { $0 }
    return parts.isEmpty ? nil : parts.joined(separator: ", ")
  }
}
