import Controllers
import Foundation
import SearchSpace

/// The state of a running search: what has been proposed, what is finished, what the controller has been told.
///
/// Replay and search are the same steps; the only difference is whether a candidate's outcome is stored already.
struct SearchSession {
  private let settings: SearchSettings
  private let store: CandidateStore
  private let clock: @Sendable () -> Double
  private let start: Double
  private let onEvent: @Sendable (SearchEvent) -> Void
  private var controller: any Controller
  private var proposer: Proposer
  /// Every candidate proposed so far.
  private var planned: [PlannedCandidate] = []
  /// Finished candidates that wait for an earlier one.
  private var waiting: [Int: CandidateRecord] = [:]
  /// Finished candidates in index order: exactly what the journal holds.
  private var records: [CandidateRecord] = []
  /// How many records the controller has been told of.
  private var observed = 0
  private var best: CandidateRecord?
  private var isReplaying: Bool

  init(
    settings: SearchSettings, controller: any Controller, store: CandidateStore, proposer: Proposer,
    clock: @escaping @Sendable () -> Double, onEvent: @escaping @Sendable (SearchEvent) -> Void
  ) {
    self.settings = settings
    self.controller = controller
    self.store = store
    self.proposer = proposer
    self.clock = clock
    self.onEvent = onEvent
    start = clock()
    isReplaying = !store.replayed.isEmpty
  }

  /// How the search ended, once nothing is running any more.
  var result: SearchResult {
    let reason: SearchResult.Reason =
      records.count >= settings.evaluations ?? .max
      ? .evaluationsReached : Task.isCancelled ? .interrupted : .timeReached
    return SearchResult(reason: reason, candidates: records, best: best)
  }

  /// Proposes until a candidate needs evaluation, and returns it; nil when none can start now.
  mutating func advance() throws -> Candidate? {
    while planned.count < max(settings.evaluations ?? .max, store.replayed.count) {
      let index = planned.count
      let known = max(0, index - settings.window + 1)
      let stored = store.stored(index)
      guard known <= records.count, stored != nil || mayStart else { return nil }
      observe(upTo: known)
      let plan = try proposer.propose(index: index, controller: controller)
      if let stored { try verify(stored, against: plan) }
      planned.append(plan)
      if let stored, index >= store.replayed.count {
        waiting[index] = stored
        onEvent(.finished(stored))
      }
      try settle()
      if stored == nil, plan.duplicateOf == nil, plan.invalid == nil { return plan.candidate }
    }
    return nil
  }

  /// Keeps the outcome of an evaluation.
  mutating func finish(_ evaluated: Evaluated) throws {
    let outcome = try evaluated.outcome.get()
    let record = record(planned[evaluated.index], outcome: outcome, seconds: evaluated.seconds)
    if evaluated.index != records.count { try store.keep(record) }
    waiting[evaluated.index] = record
    onEvent(.finished(record))
    try settle()
  }

  private var elapsed: Double { store.elapsed + clock() - start }

  private var mayStart: Bool { !Task.isCancelled && elapsed < settings.seconds ?? .infinity }

  private mutating func observe(upTo count: Int) {
    while observed < count {
      controller.observe(
        Observation(index: observed, proposal: planned[observed].proposal, reward: records[observed].reward))
      observed += 1
    }
  }

  /// Moves finished candidates into the journal for as long as none before them is missing.
  private mutating func settle() throws {
    while records.count < planned.count {
      let index = records.count
      let isJournaled = index < store.replayed.count
      guard let record = isJournaled ? store.replayed[index] : settled(planned[index]) else { return }
      if !isJournaled { try store.append(record) }
      waiting[index] = nil
      records.append(record)
      try updateBest(record)
      if isReplaying, records.count == store.replayed.count {
        isReplaying = false
        onEvent(.resumed(candidates: records.count, best: best))
        // The run may have been killed between writing the journal and best.json.
        if let best { try store.writeBest(best) }
      }
    }
  }

  /// The record of a candidate that is finished or need not be evaluated.
  private func settled(_ plan: PlannedCandidate) -> CandidateRecord? {
    if let record = waiting[plan.index] { return record }
    let outcome: Outcome
    if let original = plan.duplicateOf {
      outcome = records[original].outcome
    } else if let invalid = plan.invalid {
      outcome = .failed(invalid)
    } else {
      return nil
    }
    let record = record(plan, outcome: outcome, seconds: 0)
    onEvent(.finished(record))
    return record
  }

  private mutating func updateBest(_ record: CandidateRecord) throws {
    guard let reward = record.reward, reward > best?.reward ?? -.infinity else { return }
    best = record
    guard !isReplaying else { return }
    try store.writeBest(record)
    onEvent(.newBest(record))
  }

  private func record(_ plan: PlannedCandidate, outcome: Outcome, seconds: Double) -> CandidateRecord {
    let timing = Timing(
      seconds: milliseconds(seconds), elapsed: milliseconds(elapsed), finished: Date.now.ISO8601Format())
    return CandidateRecord(plan, outcome: outcome, timing: timing)
  }

  private func milliseconds(_ seconds: Double) -> Double { (seconds * 1_000).rounded() / 1_000 }

  private func verify(_ recorded: CandidateRecord, against plan: PlannedCandidate) throws {
    let parts = [
      ("architecture", "\(recorded.architecture.choices)", "\(plan.proposal.architecture.choices)"),
      ("fingerprint", recorded.fingerprint, plan.fingerprint), ("seed", "\(recorded.seed)", "\(plan.seed)"),
      ("attempt", "\(recorded.attempt)", "\(plan.attempt)"),
      (
        "duplicateOf", "\(recorded.duplicateOf.map(String.init) ?? "none")", plan.duplicateOf.map(String.init) ?? "none"
      ),
    ]
    for (what, old, new) in parts where old != new {
      throw SearchError.replayDiffers(index: plan.index, what: what, recorded: old, proposed: new)
    }
  }
}

extension CandidateRecord {
  /// The record of a settled candidate with its outcome.
  init(_ plan: PlannedCandidate, outcome: Outcome, timing: Timing) {
    var measurement: SearchSpace.Measurement?
    var failure: Failure?
    switch outcome {
    case .measured(let measured): measurement = measured
    case .failed(let failed): failure = failed
    }
    self.init(
      index: plan.index, architecture: plan.proposal.architecture, fingerprint: plan.fingerprint, seed: plan.seed,
      parent: plan.proposal.parent,
      logProbability: plan.proposal.logProbability.flatMap { $0.isFinite ? $0 : nil }, attempt: plan.attempt,
      duplicateOf: plan.duplicateOf, parameters: measurement?.parameters ?? plan.cost?.parameters,
      multiplyAdds: measurement?.multiplyAdds ?? plan.cost?.multiplyAdds, reward: measurement?.reward,
      epochs: measurement?.epochs ?? [], failure: failure, timing: timing)
  }

  /// What a later candidate with the same fingerprint takes over.
  var outcome: Outcome {
    if let failure { return .failed(failure) }
    guard let reward else { preconditionFailure("a record has either a reward or a failure") }
    return .measured(
      SearchSpace.Measurement(
        reward: reward, epochs: epochs, parameters: parameters ?? 0, multiplyAdds: multiplyAdds ?? 0))
  }
}
