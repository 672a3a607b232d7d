import Evaluator
import SearchSpace

/// Where the time of training steps goes: every step of the plan and every kind of step, the most expensive first.
struct StepProfile: Encodable {
  /// What one step, or all steps of a kind, cost in a batch.
  struct Cost: Encodable {
    /// The step's name; of a kind, what it does.
    let name: String
    /// What is fused into the step; of a kind absent.
    let action: String?
    let isBackward: Bool
    /// How many steps these are.
    let steps: Int
    /// Seconds a batch, of all threads together.
    let seconds: Double
    /// Of the time that all threads have in a batch.
    let share: Double
    /// Floating-point operations a second of one thread: two for each multiply-add.
    let operationsPerSecond: Double
    /// Bytes of values and gradients read and written a second by one thread.
    let bytesPerSecond: Double
  }

  /// What was measured of one batch.
  struct Batch {
    /// What each step of the plan took, of all threads together.
    let seconds: [Double]
    /// How the time divides, for one thread.
    let parts: StepParts
  }

  let steps: [Cost]
  let kinds: [Cost]
  /// Shares of the time that are not part of a step: assembling the images, and clipping with the update of the weights.
  let assemblingShare: Double
  let updatingShare: Double
  /// The rest: packing weights, adding up gradients, normalisations' factors, and threads that wait.
  let otherShare: Double

  /// Medians over batches, so that what else the machine did meanwhile does not count; there must be one.
  init(_ summaries: [StepSummary], batches: [Batch], threads: Int) {
    let assembling = batches.map(\.parts.assembling).median
    let updating = batches.map(\.parts.updating).median
    let wall = assembling + updating + batches.map(\.parts.propagating).median
    let whole = wall * Double(threads)
    let seconds = summaries.indices.map { step in batches.map { $0.seconds[step] }.median }
    func cost(_ indices: [Int], name: String, action: String?) -> Cost {
      let taken = indices.reduce(0) { $0 + seconds[$1] }
      let multiplyAdds = indices.reduce(0) { $0 + summaries[$1].multiplyAdds }
      let bytes = indices.reduce(0) { $0 + summaries[$1].bytesRead + summaries[$1].bytesWritten }
      return Cost(
        name: name, action: action, isBackward: summaries[indices[0]].isBackward, steps: indices.count, seconds: taken,
        share: taken / whole, operationsPerSecond: taken > 0 ? 2 * Double(multiplyAdds) / taken : 0,
        bytesPerSecond: taken > 0 ? Double(bytes) / taken : 0)
    }
    steps = summaries.indices.map { cost([$0], name: summaries[$0].name, action: summaries[$0].action) }
      .sorted { $0.seconds > $1.seconds }
    let groups = Dictionary(grouping: summaries.indices) { Kind(name: summaries[$0].kind, summaries[$0].isBackward) }
    kinds = groups.map { cost($0.value, name: $0.key.name, action: nil) }
      .sorted { ($1.seconds, $0.name) < ($0.seconds, $1.name) }
    assemblingShare = assembling / wall
    updatingShare = updating / wall
    otherShare = 1 - steps.reduce(0) { $0 + $1.share } - assemblingShare - updatingShare
  }

  private struct Kind: Hashable {
    let name: String
    let isBackward: Bool

    init(name: String, _ isBackward: Bool) {
      self.name = name
      self.isBackward = isBackward
    }
  }

  /// Both lists as tables, and what is in neither.
  var lines: [String] {
    let rates = ["ms", "share", "GF/s", "GB/s"]
    let stepRows = steps.map { [$0.half, $0.name, $0.action ?? ""] + $0.rates }
    let kindRows = kinds.map { [$0.half, $0.name, "\($0.steps)"] + $0.rates }
    let shares = [assemblingShare, updatingShare, otherShare].map(Wording.percent)
    return ["a batch's time of all threads, and speed of one thread:", ""]
      + Wording.table([["half", "step", "does"] + rates] + stepRows, rightAligned: [3, 4, 5, 6]) + [""]
      + Wording.table([["half", "kind", "steps"] + rates] + kindRows, rightAligned: [2, 3, 4, 5, 6]) + [
        "",
        "besides: assembling images \(shares[0]), clipping and update \(shares[1]), packing, sums and waiting \(shares[2])",
      ]
  }
}

extension StepProfile.Cost {
  fileprivate var half: String { isBackward ? "backward" : "forward" }

  fileprivate var rates: [String] {
    [
      Wording.decimal(seconds * 1e3, 3), Wording.percent(share),
      operationsPerSecond > 0 ? Wording.decimal(operationsPerSecond / 1e9, 1) : "-",
      bytesPerSecond > 0 ? Wording.decimal(bytesPerSecond / 1e9, 1) : "-",
    ]
  }
}
