import ArgumentParser
import Evaluator
import Export
import Foundation
import SearchSpace

extension Nas {
  /// `nas predict`: classifies images with a trained model.
  struct Predict: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Classify images with a trained model.",
      discussion: """
        MODEL is the folder of a finished replay, or a file of weights that 'nas export --format safetensors' wrote. \
        Images are PNG or JPEG of any size: the largest centred part with the proportions of the model's input is \
        resized to it.
        """)

    @Argument(help: "The model.") var model: String
    @Argument(help: ArgumentHelp("PNG or JPEG files.", valueName: "image")) var images: [String] = []
    @Option(help: "How many classes are shown for each image.") var top = 3
    @Option(
      name: .customLong("images"),
      help: ArgumentHelp(
        "Instead of image files, a safetensors file with the tensor 'images' [batch, channels, rows, columns], already "
          + "normalised.", valueName: "file")) var tensor: String?
    @Option(help: "Write the logits [images, classes] to a safetensors file.") var logits: String?
    @Flag(help: "Overwrite a file that is already there.") var force = false
    @Option(help: "Threads (default: one per core).") var threads: Int?
    @Flag(help: "Print JSON.") var json = false

    private struct Prediction: Encodable {
      let `class`: String
      let probability: Double
    }

    private struct Predicted: Encodable {
      /// The file's path, or the image's number in the tensor.
      let image: String
      let predictions: [Prediction]
    }

    private struct Shown: Encodable {
      let images: [Predicted]
    }

    func validate() throws {
      if images.isEmpty == (tensor == nil) { throw ValidationError("Give image files, or a tensor with --images.") }
      if force && logits == nil { throw ValidationError("--force is for a file: name it with --logits.") }
      if top < 1 { throw ValidationError("--top needs a whole number above 0, but has \(top).") }
      if let threads, !(1...1024).contains(threads) {
        throw ValidationError("--threads needs a whole number from 1 to 1024, but has \(threads).")
      }
    }

    func run() throws {
      if let logits { try OutputFile.check(logits, flag: "--logits", force: force) }
      let model = try ModelArgument.model(self.model)
      let input = model.network.inputShape
      let prepared = try tensor.map { try ImageTensor.read($0, for: input) } ?? normalised(for: model)
      let inference = try model.inference(threads: threads ?? Machine.cores)
      let values = try inference.logits(prepared)
      guard values.allSatisfy(\.isFinite) else {
        throw CommandError(.failed, "The model's outputs are not finite: its weights or the images are not usable.")
      }
      if let logits { try write(values, classes: model.network.classes, to: logits) }
      try show(values, classes: model.description.classes)
    }

    private func normalised(for model: TrainedModel) throws -> [Float] {
      let input = model.network.inputShape
      let pixels = try images.flatMap { try ImageFile(contentsOf: URL(fileURLWithPath: $0)).pixels(for: input) }
      return model.normalization.applied(to: pixels, channels: input.channels)
    }

    private func write(_ values: [Float], classes: Int, to path: String) throws {
      let tensor = PortableTensor(name: ImageTensor.answer, shape: [values.count / classes, classes], values: values)
      try OutputFile.write(SafetensorsFile(tensors: [tensor]).data(), to: path)
    }

    private func show(_ values: [Float], classes: [String]) throws {
      let rows = stride(from: 0, to: values.count, by: classes.count).map { Array(values[$0..<($0 + classes.count)]) }
      let results = rows.enumerated().map { index, row in
        let ranked = zip(classes, Predict.probabilities(row)).enumerated().sorted {
          // Equal ones in the order of the classes.
          ($1.element.1, $0.offset) < ($0.element.1, $1.offset)
        }
        return Predicted(
          image: tensor == nil ? images[index] : "\(index)",
          predictions: ranked.prefix(top).map { Prediction(class: $0.element.0, probability: $0.element.1) })
      }
      let terminal = Terminal()
      if json { return terminal.result(try JSONOutput("predict", Shown(images: results)).text()) }
      let lines = results.map { result in
        [result.image] + result.predictions.flatMap { [$0.class, Wording.percent($0.probability)] }
      }
      let percents = Set((0..<top).map { 2 * $0 + 2 })
      Wording.table(lines, rightAligned: percents).forEach(terminal.result)
    }

    /// Softmax, in double precision.
    static func probabilities(_ logits: [Float]) -> [Double] {
      let largest = Double(logits.max() ?? 0)
      let powers = logits.map { exp(Double($0) - largest) }
      let sum = powers.reduce(0, +)
      return powers.map { $0 / sum }
    }
  }
}
