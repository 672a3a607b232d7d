import Foundation

/// Times the steps of a training from its hook, which is called before each of them.
struct StepClock {
  /// The seconds of each timed step.
  private(set) var times: [Double] = []
  private let warmup: Int
  private let steps: Int
  private var seen = 0
  private var last = 0.0

  /// - Parameters:
  ///   - warmup: steps before the clock starts; the first ones touch fresh memory.
  ///   - steps: steps that are timed.
  init(warmup: Int, steps: Int) {
    self.warmup = warmup
    self.steps = steps
  }

  /// Whether all steps are timed.
  var isDone: Bool { times.count == steps }

  /// The seconds of all timed steps together.
  var total: Double { times.reduce(0, +) }

  /// Before every step.
  mutating func tick() {
    guard !isDone else { return }
    let now = ProcessInfo.processInfo.systemUptime
    if seen > warmup { times.append(now - last) }
    last = now
    seen += 1
  }
}

extension [Double] {
  /// The middle value, or the mean of both; there must be one.
  var median: Double {
    let ordered = sorted()
    return (ordered[count / 2] + ordered[(count - 1) / 2]) / 2
  }
}
