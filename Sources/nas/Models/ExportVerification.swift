import Export
import Foundation
import SearchSpace

/// The check of a written file: that it is read back as what it is of, and that a runtime computes the same with it.
struct ExportVerification {
  /// What the check came to; a difference is an error.
  struct Result: Encodable {
    /// What was checked of the file itself.
    let structure: String
    /// The runtime that ran it, with its version; nil when none did.
    let runtime: String?
    /// The largest difference of a logit, as a share of the largest logit of its image.
    let largestError: Double?
    /// Why no runtime ran it.
    let reason: String?

    /// For people.
    var lines: [String] {
      var lines = ["structure: \(structure)"]
      if let runtime, let largestError {
        lines.append("\(runtime): the same logits within \(String(format: "%.1e", largestError))")
      }
      if let reason { lines.append("not run: \(reason)") }
      return lines
    }
  }

  private let export: ExportedFile
  private let file: URL
  private let python: String

  init(_ export: ExportedFile, file: String, python: String) {
    self.export = export
    self.file = URL(fileURLWithPath: file)
    self.python = python
  }

  /// Checks the file.
  /// - Throws: `CommandError` or `ONNXError` with code 5 when it is not what it should be.
  func run(threads: Int) throws -> Result {
    let structure = try checkStructure()
    guard let model = export.model, let script = RuntimeScript(export.format) else {
      return Result(structure: structure, runtime: nil, largestError: nil, reason: nil)
    }
    switch try RuntimeRun(script, file: file, model: model, python: python).compare(threads: threads) {
    case .agrees(let runtime, let largestError):
      return Result(structure: structure, runtime: runtime, largestError: largestError, reason: nil)
    case .missing(let reason):
      return Result(structure: structure, runtime: nil, largestError: nil, reason: reason)
    }
  }

  private func mismatch(_ what: String) -> CommandError {
    CommandError(.verificationMismatch, "\(file.path) is not \(what) that was to be written: check the disk.")
  }

  private func checkStructure() throws -> String {
    guard let data = FileManager.default.contents(atPath: file.path), data == export.data else {
      throw mismatch("the content")
    }
    switch export.format {
    case .json:
      guard try GenotypeFile(json: data, path: file.path).genotype == export.genotype else {
        throw mismatch("the cells")
      }
      return "the file is read back as the same cells"
    case .text:
      var named = try Genotype(text: String(decoding: data, as: UTF8.self).trimmingCharacters(in: .newlines))
      named.name = export.genotype.name
      guard named == export.genotype else { throw mismatch("the cells") }
      return "the file is read back as the same cells"
    case .darts:
      // The name is not part of a DARTS genotype.
      let read = try DARTSGenotype(text: String(decoding: data, as: UTF8.self)).text()
      let written = try DARTSGenotype(export.genotype).text()
      guard read == written else { throw mismatch("the cells") }
      return "the file is read back as the same cells"
    case .safetensors:
      let read = try TrainedModel(contentsOf: file)
      guard read.weights == export.model?.weights, read.description == export.model?.description else {
        throw mismatch("the model")
      }
      return "the file is read back as the same \(Wording.count(read.weights.values.count)) tensors, to the bit"
    case .onnx:
      if let model = export.model { try ONNXModel(model).check(data) }
      return "values are made before they are read, shapes and weights are the network's"
    case .dot, .svg, .card, .pytorch:
      return "the file has the \(Wording.count(data.count)) bytes that were written"
    }
  }
}
