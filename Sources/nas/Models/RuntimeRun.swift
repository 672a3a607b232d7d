import Evaluator
import Export
import Foundation
import SearchSpace

/// Runs an exported file in its runtime and compares the logits with the engine's: one image alone and seven together.
struct RuntimeRun {
  /// What a run came to.
  enum Outcome {
    /// The runtime, and the largest difference as a share of the largest logit of its image.
    case agrees(runtime: String, largestError: Double)
    /// Nothing was run, and why.
    case missing(reason: String)
  }

  /// The largest difference that counts as the same: sums of single-precision numbers in another order.
  static let tolerance = 1e-4
  private static let images = 8

  private let script: RuntimeScript
  private let file: URL
  private let model: TrainedModel
  private let python: String

  init(_ script: RuntimeScript, file: URL, model: TrainedModel, python: String) {
    self.script = script
    self.file = file
    self.model = model
    self.python = python
  }

  /// - Throws: `CommandError` with code 5 when the runtime cannot run the file or computes something else.
  func compare(threads: Int) throws -> Outcome {
    guard let executable = RuntimeRun.executable(python) else {
      return .missing(reason: "there is no \(python) in the PATH; name one with --python")
    }
    let input = model.network.inputShape
    var random = RandomStream(seed: 0).split("verification")
    let images = (0..<RuntimeRun.images * input.count).map { _ in Float(4 * random.uniform() - 2) }
    let expected = try model.inference(threads: threads).logits(images)
    guard expected.allSatisfy(\.isFinite) else {
      throw CommandError(.verificationMismatch, "The model's outputs are not finite: its weights cannot be used.")
    }
    let answer = try run(executable, images: ImageTensor.tensor(images, of: input))
    if let module = answer.missing {
      return .missing(reason: "\(python) has no \(module); install it, or name another Python with --python")
    }
    guard let logits = answer.logits, let runtime = answer.runtime,
      let error = RuntimeRun.largestError(logits, expected, classes: model.network.classes)
    else { throw mismatch("gives no logits that could be compared") }
    guard error <= RuntimeRun.tolerance else {
      throw mismatch("gives logits that differ by \(String(format: "%.1e", error)) of the largest")
    }
    return .agrees(runtime: runtime, largestError: error)
  }

  private func mismatch(_ what: String) -> CommandError {
    CommandError(.verificationMismatch, "\(script.runtime) \(what): \(file.path) is not the model.")
  }

  private struct Answer: Decodable {
    let missing: String?
    let runtime: String?
    let logits: [[Double]]?
  }

  private func run(_ executable: URL, images: PortableTensor) throws -> Answer {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("nas-verify-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    func place(_ name: String) -> URL { folder.appendingPathComponent(name) }
    try OutputFile.write(Data(script.text.utf8), to: place("run.py").path)
    try OutputFile.write(SafetensorsFile(tensors: [images]).data(), to: place("images.safetensors").path)
    var arguments = [place("run.py"), file.standardizedFileURL, place("images.safetensors")].map(\.path)
    if script.needsWeights {
      try OutputFile.write(model.safetensors().data(), to: place("weights.safetensors").path)
      arguments.append(place("weights.safetensors").path)
    }
    let (status, output, errors) = try ended(executable, arguments, in: folder)
    guard status == 0, let line = output.split(separator: "\n").last,
      let answer = try? JSONDecoder().decode(Answer.self, from: Data(line.utf8))
    else {
      let reason = errors.split(separator: "\n").last.map(String.init) ?? "it ended with code \(status)"
      throw CommandError(.verificationMismatch, "\(script.runtime) cannot run \(file.path): \(reason)")
    }
    return answer
  }

  /// Runs a program to its end; its streams go to files, which cannot fill up.
  private func ended(_ executable: URL, _ arguments: [String], in folder: URL) throws -> (Int32, String, String) {
    let process = Process()
    process.executableURL = executable
    process.arguments = arguments
    process.standardInput = FileHandle.nullDevice
    let streams = ["output", "errors"].map { folder.appendingPathComponent($0) }
    for stream in streams { try OutputFile.write(Data(), to: stream.path) }
    process.standardOutput = try FileHandle(forWritingTo: streams[0])
    process.standardError = try FileHandle(forWritingTo: streams[1])
    let interruption = Interruption()
    do {
      try process.run()
    } catch {
      throw CommandError(.failed, "\(executable.path) cannot be started: name a Python that can with --python.")
    }
    // A program that hangs is ended with this one.
    while process.isRunning {
      if let status = interruption.status {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        throw CommandError(status, "Interrupted while \(executable.path) ran the file; it is written, but not checked.")
      }
      usleep(10_000)
    }
    let texts = streams.map { String(decoding: FileManager.default.contents(atPath: $0.path) ?? Data(), as: UTF8.self) }
    return (process.terminationStatus, texts[0], texts[1])
  }

  /// The program of a path, or of a name in the PATH.
  static func executable(
    _ name: String, path: String = ProcessInfo.processInfo.environment["PATH"] ?? ""
  ) -> URL? {
    let candidates = name.contains("/") ? [name] : path.split(separator: ":").map { "\($0)/\(name)" }
    return candidates.first(where: FileManager.default.isExecutableFile).map { URL(fileURLWithPath: $0) }
  }

  /// The largest difference of a logit from the expected one, as a share of the largest expected logit of its image; nil
  /// when there are not as many or one is not a number.
  static func largestError(_ rows: [[Double]], _ expected: [Float], classes: Int) -> Double? {
    guard rows.count * classes == expected.count, expected.allSatisfy(\.isFinite),
      rows.allSatisfy({ $0.count == classes && $0.allSatisfy(\.isFinite) })
    else { return nil }
    var largest = 0.0
    for (index, row) in rows.enumerated() {
      let ours = expected[(index * classes)..<((index + 1) * classes)].map(Double.init)
      let scale = ours.reduce(0) { max($0, abs($1)) }
      let difference = zip(row, ours).reduce(0) { max($0, abs($1.0 - $1.1)) }
      largest = max(largest, scale > 0 ? difference / scale : difference)
    }
    return largest
  }
}
