import Controllers
import SearchSpace

/// A candidate whose architecture is settled, before it is evaluated.
struct PlannedCandidate {
  let index: Int
  let proposal: Proposal
  let fingerprint: String
  let seed: UInt64
  let attempt: Int
  let duplicateOf: Int?
  let cost: CandidateCost?
  /// Why the network cannot be built.
  let invalid: Failure?

  var candidate: Candidate { Candidate(index: index, architecture: proposal.architecture, seed: seed) }
}

/// Asks a controller for candidates until one is acceptable.
///
/// What it answers depends only on the run's seed and on earlier candidates' proposals and the observations the
/// controller has had, never on timing.
struct Proposer {
  private let settings: SearchSettings
  private let space: any Space
  private let cost: CandidateCosting
  /// The first candidate with each fingerprint, and its seed.
  private var first: [String: (index: Int, seed: UInt64)] = [:]

  init(settings: SearchSettings, space: any Space, cost: @escaping CandidateCosting) {
    self.settings = settings
    self.space = space
    self.cost = cost
  }

  /// Settles candidate `index`; candidates are settled in index order.
  /// - Throws: `SearchError.noValidCandidate`, `SearchError.invalidProposal`.
  mutating func propose(index: Int, controller: any Controller) throws -> PlannedCandidate {
    let stream = RandomStream(seed: settings.seed).split("candidate", index)
    var evaluation = stream.split("evaluation")
    // 53 bits, so that every JSON reader keeps the number exactly.
    let seed = evaluation.next() >> 11
    var firstDuplicate: PlannedCandidate?
    var duplicates = 0
    for attempt in 0..<SearchSettings.maximumAttempts {
      let proposal = controller.propose(index: index, random: stream.split("proposal", attempt))
      let planned = try plan(proposal, index: index, attempt: attempt, seed: seed, controller: controller)
      if let cost = planned.cost, !settings.limits.allow(cost) { continue }
      guard settings.duplicates == .skip, planned.duplicateOf != nil else { return accept(planned) }
      firstDuplicate = firstDuplicate ?? planned
      duplicates += 1
      if duplicates > SearchSettings.maximumDuplicates { break }
    }
    if let firstDuplicate { return accept(firstDuplicate) }
    throw SearchError.noValidCandidate(
      index: index, attempts: SearchSettings.maximumAttempts, limits: settings.limits)
  }

  private mutating func accept(_ planned: PlannedCandidate) -> PlannedCandidate {
    if first[planned.fingerprint] == nil { first[planned.fingerprint] = (planned.index, planned.seed) }
    return planned
  }

  private func plan(
    _ proposal: Proposal, index: Int, attempt: Int, seed: UInt64, controller: any Controller
  ) throws -> PlannedCandidate {
    let fingerprint: String
    do {
      fingerprint = try space.fingerprint(of: proposal.architecture)
    } catch {
      throw SearchError.invalidProposal(index: index, controller: controller.name, reason: "\(error)")
    }
    let original = settings.duplicates == .reevaluate ? nil : first[fingerprint]
    var counted: CandidateCost?
    var invalid: Failure?
    do {
      counted = try cost(proposal.architecture)
    } catch {
      invalid = Failure(kind: .invalid, reason: "\(error)")
    }
    return PlannedCandidate(
      index: index, proposal: proposal, fingerprint: fingerprint, seed: original?.seed ?? seed, attempt: attempt,
      duplicateOf: original?.index, cost: counted, invalid: invalid)
  }
}
