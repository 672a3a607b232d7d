import Evaluator

/// How a search divides the machine: worker processes, and threads in each of them.
struct WorkerSplit: Codable, Hashable, Sendable {
  var workers: Int
  var threads: Int

  /// `2 workers of 1 thread`.
  var words: String { "\(workers == 1 ? "1 worker" : "\(workers) workers") of \(Wording.threads(threads))" }
}

/// The threads that a search may use, and what has been told about their division. Unless told otherwise, all workers'
/// threads together are at most one per core.
struct ThreadBudget: Equatable, Sendable {
  /// The cores there are.
  let cores: Int
  /// How many workers can be busy at once: the window, and the number of candidates.
  let busy: Int
  /// How many workers the memory has room for.
  var fitting = Int.max
  /// What has been told.
  let workers: Int?
  let threads: Int?

  /// The divisions worth comparing, first the one that is taken when nothing is measured.
  ///
  /// That has as many workers as possible: candidates need nothing from each other, but the threads of one candidate wait
  /// for each other at the end of every phase. With fewer workers than cores their threads share what is left, though
  /// not more threads than a batch has pieces.
  var splits: [WorkerSplit] {
    if let workers { return [WorkerSplit(workers: workers, threads: threads ?? share(workers))] }
    if let threads {
      return [WorkerSplit(workers: max(1, min(cores / threads, busy, fitting)), threads: threads)]
    }
    let most = max(1, min(cores, busy, fitting))
    var splits = [WorkerSplit(workers: most, threads: share(most))]
    for fewer in [most / 2, most / 4] where fewer > 0 && share(fewer) > splits[splits.count - 1].threads {
      splits.append(WorkerSplit(workers: fewer, threads: share(fewer)))
    }
    return splits
  }

  /// Why the first of the divisions is the first.
  var reason: SplitChoice.Reason {
    if workers != nil || threads != nil { return .told }
    if fitting < min(cores, busy) { return .memory }
    return busy < cores ? .busy : .cores
  }

  private func share(_ workers: Int) -> Int { max(1, min(cores / workers, ExecutionPlan.maximumPieces)) }
}

/// The division that a search takes, and why; it makes no difference to what the search finds.
struct SplitChoice: Codable, Hashable, Sendable {
  enum Reason: String, Codable, Sendable {
    /// The flags say so.
    case told
    /// One worker for each core.
    case cores
    /// No more workers can be busy.
    case busy
    /// No more workers fit into memory.
    case memory
    /// It was faster than the others.
    case measured
  }

  /// How fast a division was.
  struct Trial: Codable, Hashable, Sendable {
    let split: WorkerSplit
    /// Training images a second of all workers together.
    let imagesPerSecond: Double
  }

  /// Another division must be so much faster than the first one to be taken: less may be chance.
  static let margin = 1.05

  let split: WorkerSplit
  let reason: Reason
  /// What was measured; empty where the rule was enough.
  let trials: [Trial]

  /// The choice by rule.
  init(_ budget: ThreadBudget) {
    split = budget.splits[0]
    reason = budget.reason
    trials = []
  }

  /// The choice by measurement; the first trial is the rule's.
  init(_ trials: [Trial]) {
    let best = trials.dropFirst().max { $0.imagesPerSecond < $1.imagesPerSecond }
    let first = trials[0]
    split =
      best.flatMap { $0.imagesPerSecond > first.imagesPerSecond * SplitChoice.margin ? $0.split : nil } ?? first.split
    reason = .measured
    self.trials = trials
  }

  /// One line for the person who waits.
  var words: String {
    switch reason {
    case .told: "\(split.words), as told"
    case .cores: "\(split.words): one worker for each core"
    case .busy: "\(split.words): no more can be busy, by the window and the number of candidates"
    case .memory: "\(split.words): the memory has room for no more"
    case .measured:
      "\(split.words), as measured: "
        + trials.map { "\(Wording.count(Int($0.imagesPerSecond))) images/s with \($0.split.words)" }
        .joined(separator: ", ")
    }
  }
}
