import Foundation
import SearchSpace
import Study

/// Shows a running search: a live line on a terminal, a plain line per finished candidate otherwise.
///
/// Unchecked because the search calls it from one task at a time; the lock makes that no assumption.
final class SearchProgress: @unchecked Sendable {
  private let lock = NSLock()
  private let terminal: Terminal
  private let evaluations: Int
  private let workers: Int
  private let clock: @Sendable () -> Double
  private let start: Double
  private var finished = 0
  private var finishedHere = 0
  private var failed = 0
  private var running: Set<Int> = []
  private var best: CandidateRecord?
  private var watch: SearchWatch
  /// What has been warned of and still holds.
  private var warned: Set<HealthWarning.Kind> = []

  init(
    terminal: Terminal, evaluations: Int, workers: Int, watch: SearchWatch,
    clock: @escaping @Sendable () -> Double = { ProcessInfo.processInfo.systemUptime }
  ) {
    self.terminal = terminal
    self.evaluations = evaluations
    self.workers = workers
    self.clock = clock
    self.watch = watch
    start = clock()
  }

  /// Takes note of an event and shows it.
  func show(_ event: SearchEvent) {
    lock.withLock {
      switch event {
      case .resumed(let candidates, let best):
        finished = candidates
        self.best = best
        terminal.note("resumed after \(candidates) of \(evaluations) candidates")
      case .started(let candidate):
        running.insert(candidate.index)
      case .finished(let record):
        finished += 1
        finishedHere += 1
        running.remove(record.index)
        if record.failure != nil { failed += 1 }
        if !terminal.isInteractive { terminal.note(plainLine(record)) }
        look(record)
      case .newBest(let record):
        best = record
        if terminal.isInteractive { terminal.note(plainLine(record) + "  best so far") }
      }
      terminal.live(liveLine)
    }
  }

  /// After every window of candidates a line about the search's health, and what has begun to go wrong.
  private func look(_ record: CandidateRecord) {
    let health: SearchHealth?
    do {
      health = try watch.take(record)
    } catch {
      // The search has checked the settings; what it shows of itself must not end it.
      return terminal.note("the search's health cannot be told: \(error)")
    }
    guard let health else { return }
    let report = HealthReport(health)
    terminal.note("candidates \(health.finished - health.latest) to \(health.finished - 1): \(report.line)")
    for warning in health.warnings where !warned.contains(warning.kind) {
      terminal.note("warning: \(warning.words)")
    }
    warned = Set(health.warnings.map(\.kind))
  }

  private func plainLine(_ record: CandidateRecord) -> String {
    let outcome =
      record.failure.map { "failed (\($0.kind.rawValue)): \($0.reason)" }
      ?? "validation \(Wording.percent(record.reward ?? 0))"
    let cost = record.parameters.map { "  \(Wording.count($0)) parameters" } ?? ""
    let origin =
      record.duplicateOf.map { "  (same as #\($0))" } ?? "  \(Wording.duration(record.timing.seconds))"
    return "#\(record.index)  \(outcome)\(cost)\(origin)"
  }

  private var liveLine: String {
    var parts = ["\(finished)/\(evaluations)"]
    if let best { parts.append("best \(Wording.percent(best.reward ?? 0)) (#\(best.index))") }
    if failed > 0 { parts.append("\(failed) failed") }
    parts.append("running " + running.sorted().map { "#\($0)" }.joined(separator: " "))
    if finishedHere > 0 {
      let left = Double(evaluations - finished) * (clock() - start) / Double(finishedHere)
      parts.append("about \(Wording.duration(left)) left")
    }
    return parts.joined(separator: "  ")
  }
}
