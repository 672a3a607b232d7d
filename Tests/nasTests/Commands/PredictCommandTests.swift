import Export
import Foundation
import Testing

@testable import nas

@Suite(.serialized) struct PredictCommandTests {
  private func model(_ program: BuiltProgram) throws {
    let made = try program.run([
      "export", "nasnet-a", "--format", "safetensors", "--out", "w", "--initial-weights", "1", "--filters", "2",
    ])
    #expect(made.status == 0, "\(made.errors)")
  }

  @Test func imagesAreClassified() throws {
    let program = try BuiltProgram()
    defer { program.remove() }
    try model(program)
    let cases = try ImageFileTests.cases()
    for (name, golden) in [("a.png", cases[0]), ("b.jpg", cases[6])] {
      try golden.file.write(to: program.folder.appendingPathComponent(name))
    }
    let ended = try program.run(["predict", "w", "a.png", "b.jpg", "--json", "--top", "10", "--logits", "l"])
    #expect(ended.status == 0, "\(ended.errors)")
    let images = try #require(try object(ended.output)["images"] as? [[String: Any]])
    #expect(images.map { $0["image"] as? String } == ["a.png", "b.jpg"])
    for image in images {
      let predictions = try #require(image["predictions"] as? [[String: Any]])
      let probabilities = predictions.compactMap { $0["probability"] as? Double }
      #expect(abs(probabilities.reduce(0, +) - 1) < 1e-9 && probabilities == probabilities.sorted(by: >))
      #expect(Set(predictions.compactMap { $0["class"] as? String }).count == 10)
    }
    let plain = try program.run(["predict", "w", "a.png"]).output
    #expect(plain.hasPrefix("a.png  ") && plain.split(separator: "%").count == 4)
    try logitsOfATensor(program)
  }

  /// The same images as a tensor give the same logits.
  private func logitsOfATensor(_ program: BuiltProgram) throws {
    let url = program.folder.appendingPathComponent("l")
    let logits = try SafetensorsFile(contentsOf: url)
    #expect(logits.tensors.map(\.name) == ["logits"] && logits.tensors[0].shape == [2, 10])
    let model = try TrainedModel(contentsOf: program.folder.appendingPathComponent("w"))
    let images = try ["a.png", "b.jpg"].flatMap { name in
      try ImageFile(contentsOf: program.folder.appendingPathComponent(name)).pixels(for: model.network.inputShape)
    }
    let tensor = ImageTensor.tensor(
      model.normalization.applied(to: images, channels: 3), of: model.network.inputShape)
    try SafetensorsFile(tensors: [tensor]).data().write(to: program.folder.appendingPathComponent("t"))
    let arguments = ["predict", "w", "--images", "t", "--logits", "l"]
    #expect(try program.run(arguments).sentence.contains("--force"))
    let again = try program.run(arguments + ["--force"])
    #expect(again.status == 0 && again.output.hasPrefix("0  "))
    #expect(try SafetensorsFile(contentsOf: url).tensors == logits.tensors)
  }

  @Test func whatCannotBeClassifiedIsOneSentence() throws {
    let program = try BuiltProgram()
    defer { program.remove() }
    try model(program)
    try Data("text".utf8).write(to: program.folder.appendingPathComponent("a.png"))
    for (arguments, status, sentence) in [
      (["w", "a.png"], 2, "a.png is neither a PNG nor a JPEG image"),
      (["w", "b.png"], 2, "there is no image at"),
      (["w"], 2, "give image files, or a tensor with --images"),
      (["w", "a.png", "--top", "0"], 2, "--top needs a whole number above 0"),
      (["a.png", "a.png"], 2, "a.png is no model"),
      (["nowhere.safetensors", "a.png"], 2, "there is no safetensors file at"),
      (["w", "--images", "w"], 2, "should have a tensor 'images'"),
    ] {
      let ended = try program.run(["predict"] + arguments)
      #expect(ended.status == status && ended.sentence.contains(sentence), "\(arguments): \(ended.errors)")
      #expect(ended.output.isEmpty && ended.errors.split(separator: "\n").count == 1)
    }
  }

  @Test func probabilitiesAreTheSoftmax() {
    #expect(Nas.Predict.probabilities([0, 0]) == [0.5, 0.5])
    let values = Nas.Predict.probabilities([1000, 1001])
    #expect(abs(values[1] - 0.731_058_578_630_004_9) < 1e-12, "no overflow")
  }
}
