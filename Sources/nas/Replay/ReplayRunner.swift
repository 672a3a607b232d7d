import Evaluator
import Export
import Foundation
import SearchSpace
import Study

/// Trains a cell pair in full, from wherever its checkpoint stands, and measures it on the test images at the end.
struct ReplayRunner: Sendable {
  let directory: ReplayDirectory
  /// Held until the training ends.
  let lock: FileLock
  let configuration: ReplayConfiguration
  let json: Bool
  let terminal: Terminal

  init(
    directory: ReplayDirectory, lock: FileLock, configuration: ReplayConfiguration, output: OutputOptions
  ) {
    self.directory = directory
    self.lock = lock
    self.configuration = configuration
    json = output.json
    terminal = Terminal(quiet: output.quiet)
  }

  /// Goes on from the checkpoint. When there is a result, only prints it, and writes the model if it is missing or damaged.
  /// - Throws: as `train`; `CommandError` when the checkpoint cannot be used.
  func resume() throws {
    let result = try directory.result()
    if let result, try hasModel() { return try show(result) }
    let (trainer, data) = try configuration.trainer()
    let hasCheckpoint = try directory.restore(trainer)
    if let result, trainer.isFinished {
      try directory.write(configuration.model(trainer, data: data, result: result))
      return try show(result)
    }
    if hasCheckpoint {
      let steps = trainer.stepsDone == 0 ? "" : " and step \(trainer.stepsDone) of \(trainer.stepsPerEpoch)"
      terminal.note("resumed after epoch \(trainer.epochs.count) of \(configuration.training.epochs)\(steps)")
      let here = try Machine.instructions().rawValue
      if here != configuration.origin.instructions {
        terminal.note(
          "this machine computes with \(here), the replay was started with \(configuration.origin.instructions): the "
            + "weights will not be those of an uninterrupted replay, to the last bit")
      }
    }
    try train(trainer, on: data)
  }

  /// Whether the model of a finished training is there. A damaged file is none where a checkpoint can make it anew.
  private func hasModel() throws -> Bool {
    let files = FileManager.default
    guard files.fileExists(atPath: directory.weightsURL.path) else { return false }
    guard files.fileExists(atPath: directory.checkpointURL.path) else { return true }
    do {
      _ = try directory.model()
    } catch is SafetensorsError {
      terminal.note("\(directory.weightsURL.path) is damaged and is written again")
      return false
    }
    return true
  }

  /// Trains to the end and prints the result.
  /// - Throws: `CommandError` with the interruption's exit code; `Failure` when the training diverges.
  func train(_ trainer: Trainer, on data: TrainingData) throws {
    // Watched before anything is said: whoever reads it may interrupt.
    let interruption = Interruption()
    announce(trainer)
    do {
      try trainEpochs(trainer, interruption: interruption)
      let test = try trainer.testAccuracy(data.dataset.loadTest()) { _, _ in try interruption.check() }
      let result = try ReplayResult(trainer, test: test, configuration: configuration)
      try directory.write(configuration.model(trainer, data: data, result: result))
      try directory.write(result, to: directory.resultURL)
      try show(result)
    } catch is CancellationError {
      let place =
        trainer.isFinished
        ? "before the test" : "in epoch \(trainer.epochs.count + 1) of \(configuration.training.epochs)"
      throw CommandError(
        interruption.status ?? .failed, "Interrupted \(place); continue with 'nas resume \(directory.url.path)'.")
    }
  }

  private func announce(_ trainer: Trainer) {
    terminal.note(
      "replay of \(configuration.genotype.name ?? "cells"): N \(configuration.skeleton.cells), F "
        + "\(configuration.skeleton.filters), \(Wording.count(trainer.network.parameterCount)) parameters, "
        + configuration.training.summary(dataset: configuration.data))
    terminal.note(
      "seed \(configuration.seed), \(configuration.threads) threads, \(Wording.bytes(trainer.memoryBytes)) of memory, "
        + "in \(directory.url.path)")
  }

  private func trainEpochs(_ trainer: Trainer, interruption: Interruption) throws {
    let progress = ReplayProgress(terminal: terminal, trainer: trainer)
    var pace = CheckpointPace(seconds: configuration.checkpointSeconds ?? CheckpointPace.usual)
    while !trainer.isFinished {
      let record: EpochRecord
      do {
        record = try trainer.trainEpoch { step, steps in
          try interruption.check()
          progress.step(step, of: steps)
          // Not during the measurement behind the last step.
          if step < steps, pace.isDue() { try directory.writeCheckpoint(trainer.checkpoint()) }
        }
      } catch let error as CancellationError {
        try directory.writeCheckpoint(trainer.checkpoint())
        throw error
      }
      try directory.writeCheckpoint(trainer.checkpoint())
      progress.finished(record)
    }
  }

  private func show(_ result: ReplayResult) throws {
    if json { return terminal.result(try JSONOutput("replay", result).text()) }
    let synthetic = configuration.data.name == .synthetic ? " (synthetic images)" : ""
    terminal.result("validation accuracy \(Wording.percent(result.validationAccuracy))\(synthetic)")
    terminal.result(
      "test accuracy \(Wording.percent(result.test.share)) on \(Wording.count(result.test.images)) images")
    terminal.result(
      "\(Wording.count(result.parameters)) parameters, \(Wording.millions(result.multiplyAdds)) multiply-adds")
    terminal.result("model: \(directory.url.path)")
  }
}

/// When the next checkpoint within an epoch is due.
struct CheckpointPace {
  /// Seconds between two checkpoints, when nobody says otherwise.
  static let usual = 60.0

  let seconds: Double
  private var last = ProcessInfo.processInfo.systemUptime

  init(seconds: Double) { self.seconds = seconds }

  /// Whether so much time has passed since it was last due.
  mutating func isDue() -> Bool {
    let now = ProcessInfo.processInfo.systemUptime
    guard now - last >= seconds else { return false }
    last = now
    return true
  }
}

/// Shows a full training: a live line on a terminal, a plain line per epoch otherwise.
final class ReplayProgress {
  private let terminal: Terminal
  private let epochs: Int
  private let start = ProcessInfo.processInfo.systemUptime
  private let doneBefore: Double
  private var done: Int
  private var shown = 0.0

  init(terminal: Terminal, trainer: Trainer) {
    self.terminal = terminal
    epochs = trainer.plan.epochs
    done = trainer.epochs.count
    doneBefore = Double(done) + Double(trainer.stepsDone) / Double(max(trainer.stepsPerEpoch, 1))
  }

  /// Before a step of the epoch that runs.
  func step(_ step: Int, of steps: Int) {
    let now = ProcessInfo.processInfo.systemUptime
    guard now - shown > 0.2 else { return }
    shown = now
    let progress = Double(done) + Double(step) / Double(max(steps, 1))
    let spent = progress - doneBefore
    let left =
      spent > 0.02 ? "  about \(Wording.duration((now - start) * (Double(epochs) - progress) / spent)) left" : ""
    terminal.live("epoch \(done + 1)/\(epochs)  step \(step)/\(steps)\(left)")
  }

  /// After an epoch.
  func finished(_ record: EpochRecord) {
    done += 1
    let elapsed = Wording.duration(ProcessInfo.processInfo.systemUptime - start)
    terminal.note(
      "epoch \(record.epoch)/\(epochs)  loss \(String(format: "%.4f", record.loss))  validation "
        + "\(Wording.percent(record.validationAccuracy))  \(elapsed)")
  }
}
