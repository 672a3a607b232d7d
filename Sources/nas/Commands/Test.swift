import ArgumentParser
import Evaluator
import Export
import Foundation
import SearchSpace

extension Nas {
  /// `nas test`: checks a stored model against its stored number.
  struct Test: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Measure a stored model on the test images and compare with its stored accuracy.",
      discussion: """
        MODEL is the folder of a finished replay, or a file of weights that 'nas export --format safetensors' wrote. Ends \
        with code 5 when the stored number is not reproduced.
        """)

    @Argument(help: "The model.") var model: String
    @Option(name: .customLong("data"), help: "Where the data set is now (default: as recorded).") var place: String?
    @Option(help: "Threads (default: one per core).") var threads: Int?
    @OptionGroup var output: OutputOptions

    /// A measured or a stored accuracy.
    private struct Accuracy: Encodable, Equatable {
      /// The share of the images classified rightly.
      let share: Double
      let images: Int
    }

    private struct Report: Encodable {
      let measured, stored: Accuracy
      let reproduced: Bool
    }

    func run() throws {
      let threads = threads ?? Machine.cores
      guard (1...1024).contains(threads) else {
        throw SettingError.malformed(
          origin: "--threads", expected: "a whole number from 1 to 1024", found: "\(threads)")
      }
      let model = try ModelArgument.model(self.model)
      let (stored, training) = try storedAccuracy(of: model)
      var data = try data(training)
      try data.move(to: place)
      let inference = try model.inference(threads: threads)
      let measured: TestAccuracy
      do {
        measured = try inference.testAccuracy(data.load().loadTest(), normalization: model.normalization)
      } catch let failure as Failure where failure.kind == .diverged {
        throw CommandError(
          .verificationMismatch, "The model's outputs are not finite: its weights are not those of the training.")
      }
      try report(
        Accuracy(share: measured.share, images: measured.images), stored: stored, instructions: training.instructions)
    }

    /// The number to be reproduced: a replay's result, or what the file says.
    private func storedAccuracy(of model: TrainedModel) throws -> (Accuracy, ModelDescription.Training) {
      guard let training = model.description.training else {
        throw CommandError(.usage, "\(self.model) has untrained weights: there is no accuracy to compare with.")
      }
      if ReplayDirectory.exists(at: self.model),
        let result = try ReplayDirectory(url: URL(fileURLWithPath: self.model)).result()
      {
        return (Accuracy(share: result.test.share, images: result.test.images), training)
      }
      guard let share = training.testAccuracy, let images = training.testImages else {
        throw CommandError(
          .usage,
          "\(self.model) has no stored test accuracy, being a candidate of a search: train it in full with 'nas replay "
            + "\(self.model)'.")
      }
      return (Accuracy(share: share, images: images), training)
    }

    /// Where the images are that the model was trained on.
    private func data(_ training: ModelDescription.Training) throws -> DataReference {
      if ReplayDirectory.exists(at: model) {
        return try ReplayDirectory(url: URL(fileURLWithPath: model)).configuration().data
      }
      return try DataReference(training)
    }

    private func report(_ measured: Accuracy, stored: Accuracy, instructions: String) throws {
      let reproduced = measured == stored
      let terminal = Terminal(quiet: output.quiet)
      if output.json {
        let report = Report(measured: measured, stored: stored, reproduced: reproduced)
        terminal.result(try JSONOutput("test", report).text())
      } else {
        terminal.result(
          "test accuracy \(Wording.percent(measured.share)) on \(Wording.count(measured.images)) images, stored "
            + Wording.percent(stored.share))
      }
      guard reproduced else {
        throw CommandError(
          .verificationMismatch,
          "The model measures \(measured.share), but \(stored.share) is stored: the model or the test images are "
            + "not those of the training, or they were measured with another instruction set (\(instructions)).")
      }
    }
  }
}
