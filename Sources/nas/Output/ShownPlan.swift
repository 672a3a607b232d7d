import Evaluator
import Foundation
import SearchSpace

/// The steps of a network's plan and their sums, as `nas show --plan` prints them.
struct ShownPlan: Encodable {
  /// One step, over a whole batch.
  struct Step: Encodable {
    /// The phase that it belongs to.
    let phase: Int
    let name: String
    let action: String
    let isBackward: Bool
    let bytesRead: Int
    let bytesWritten: Int
    let multiplyAdds: Int
  }

  /// The sums of one half.
  struct Total: Encodable, Equatable {
    let steps: Int
    let bytesRead: Int
    let bytesWritten: Int
    let multiplyAdds: Int

    init(_ steps: [StepSummary]) {
      self.steps = steps.count
      bytesRead = steps.reduce(0) { $0 + $1.bytesRead }
      bytesWritten = steps.reduce(0) { $0 + $1.bytesWritten }
      multiplyAdds = steps.reduce(0) { $0 + $1.multiplyAdds }
    }
  }

  let title: String
  let cells: Int
  let filters: Int
  let batch: Int
  /// `training` or `inference`.
  let mode: String
  let instructions: String
  /// Channels lie in blocks of as many floats.
  let lanes: Int
  /// How values and their gradients are stored; in inference always single precision.
  let precision: Precision
  /// The number of images that go through the steps of each phase at a time.
  let phaseImages: [Int]
  let steps: [Step]
  let forward: Total
  /// Absent in inference.
  let backward: Total?
  /// Memory for activations, gradients with respect to them, sums and the scratch of one thread.
  let arenaBytes: Int
  /// Memory for weights and statistics, in training with gradients and momentum.
  let parameterBytes: Int
  /// Trainable scalars.
  let parameters: Int

  /// Plans a network for one thread. The precision is that of a training; inference has no other than single.
  /// - Throws: `EngineError`.
  init(
    _ network: Network, title: String, skeleton: Skeleton, batch: Int, mode: ExecutionPlan.Mode,
    instructions: InstructionSet, precision: Precision = .float32
  ) throws {
    let stored = mode == .training ? precision : .float32
    let plan = try ExecutionPlan(
      network: network, batch: batch, mode: mode, instructions: instructions, precision: stored)
    self.title = title
    cells = skeleton.cells
    filters = skeleton.filters
    self.batch = batch
    switch mode {
    case .training: self.mode = "training"
    case .inference: self.mode = "inference"
    }
    self.precision = stored
    self.instructions = instructions.rawValue
    lanes = plan.lanes
    phaseImages = plan.stretches.map(\.images)
    steps = plan.stretches.enumerated().flatMap { number, phase in
      plan.summary[phase.steps].map { Step(phase: number, $0) }
    }
    forward = Total(plan.summary.filter { !$0.isBackward })
    let backwardSteps = plan.summary.filter(\.isBackward)
    backward = backwardSteps.isEmpty ? nil : Total(backwardSteps)
    arenaBytes = plan.arenaBytes
    parameterBytes = plan.parameterBytes
    parameters = network.parameterCount
  }

  /// The plan as a table and what it comes to.
  func lines(isASCII: Bool) -> [String] {
    let head = ["phase", "half", "step", "does", "read", "written", "multiply-adds"]
    let rows = steps.map { step in
      ["\(step.phase)", step.isBackward ? "backward" : "forward", step.name, step.action]
        + ShownPlan.costs(step.bytesRead, step.bytesWritten, step.multiplyAdds)
    }
    let lines =
      [
        "\(title), N \(cells), F \(filters), batch \(batch), \(mode), \(instructions), blocks of \(lanes)"
          + precision.inTitles, "",
      ] + Wording.table([head] + rows, rightAligned: [0, 4, 5, 6]) + [""]
      + ShownPlan.words("forward", forward) + (backward.map { ShownPlan.words("backward", $0) } ?? []) + [
        "memory: \(Wording.bytes(arenaBytes)) for values, gradients and sums, \(Wording.bytes(parameterBytes)) for "
          + "\(Wording.count(parameters)) parameters"
      ]
    return isASCII ? lines.map { $0.replacing("×", with: "x") } : lines
  }

  private static func words(_ half: String, _ total: Total) -> [String] {
    let costs = costs(total.bytesRead, total.bytesWritten, total.multiplyAdds)
    return ["\(half): \(total.steps) steps, \(costs[0]) read, \(costs[1]) written, \(costs[2]) multiply-adds"]
  }

  private static func costs(_ read: Int, _ written: Int, _ multiplyAdds: Int) -> [String] {
    [Wording.bytes(read), Wording.bytes(written), multiplyAdds == 0 ? "-" : Wording.millions(multiplyAdds)]
  }
}

extension ShownPlan.Step {
  fileprivate init(phase: Int, _ summary: StepSummary) {
    self.phase = phase
    name = summary.name
    action = summary.action
    isBackward = summary.isBackward
    bytesRead = summary.bytesRead
    bytesWritten = summary.bytesWritten
    multiplyAdds = summary.multiplyAdds
  }
}
