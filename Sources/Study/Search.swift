import Controllers
import Foundation
import SearchSpace

/// Counts what an architecture costs; an error says why its network cannot be built, which makes the candidate a
/// recorded failure.
public typealias CandidateCosting = @Sendable (Architecture) throws -> CandidateCost

/// What happens while a search runs.
public enum SearchEvent: Hashable, Sendable {
  /// This many candidates were found finished, and have been replayed; the best of them.
  case resumed(candidates: Int, best: CandidateRecord?)
  /// An evaluation begins.
  case started(Candidate)
  /// A candidate is finished, though an earlier one may not be.
  case finished(CandidateRecord)
  /// A candidate was journaled whose reward is above that of all before it.
  case newBest(CandidateRecord)
}

/// How a search ended.
public struct SearchResult: Hashable, Sendable {
  /// Why it ended.
  public enum Reason: Hashable, Sendable {
    /// All candidates of the budget are finished.
    case evaluationsReached
    /// The time budget is used up.
    case timeReached
    /// The task was cancelled; `resume` goes on from here.
    case interrupted
  }

  /// Why it ended.
  public let reason: Reason
  /// The journaled candidates in index order.
  public let candidates: [CandidateRecord]
  /// The first of the candidates with the highest reward.
  public let best: CandidateRecord?
}

/// A search: a controller proposes, an evaluator measures, the journal remembers.
///
/// The journal follows from the settings, the space, the controller and the evaluator alone; neither the number of
/// workers nor their speed changes it (timing aside). A run that was stopped or killed at any point goes on by calling
/// `run` again: the journal is replayed through the controller, then continued.
public struct Search: Sendable {
  private let space: any Space
  private let controller: any Controller
  private let evaluator: any Evaluating
  private let settings: SearchSettings
  private let cost: CandidateCosting
  private let clock: @Sendable () -> Double
  private let describeBest: @Sendable (CandidateRecord) throws -> Data
  private let identity: Data

  /// Creates a search.
  /// - Parameters:
  ///   - controller: a controller that has observed nothing.
  ///   - identity: whatever decides the result besides the settings (recipe, data, …); its hash stands in the journal, and
  ///     a run is resumed only with the same.
  ///   - cost: counts an architecture's parameters and multiply-adds.
  ///   - describeBest: the content of `best.json` for the best candidate; its journal record unless given.
  ///   - clock: seconds since any fixed moment.
  public init(
    space: any Space, controller: any Controller, evaluator: any Evaluating, settings: SearchSettings,
    identity: Data, cost: @escaping CandidateCosting, describeBest: (@Sendable (CandidateRecord) throws -> Data)? = nil,
    clock: @escaping @Sendable () -> Double = { ProcessInfo.processInfo.systemUptime }
  ) {
    self.space = space
    self.controller = controller
    self.evaluator = evaluator
    self.settings = settings
    self.cost = cost
    self.describeBest = describeBest ?? { try JSONLine.encode($0) }
    self.identity = identity
    self.clock = clock
  }

  /// Checks the settings, and that a first candidate can be proposed, without which a run ends at once.
  /// - Throws: `SearchError`.
  public static func check(
    space: any Space, controller: any Controller, settings: SearchSettings, cost: @escaping CandidateCosting
  ) throws {
    try settings.validate()
    var proposer = Proposer(settings: settings, space: space, cost: cost)
    _ = try proposer.propose(index: 0, controller: controller)
  }

  /// Searches until a budget is used up or the task is cancelled, beginning where the run's journal ends.
  ///
  /// Cancellation cancels the evaluations that are running; they are repeated on resume.
  /// - Parameters:
  ///   - lock: the run to write to.
  ///   - onEvent: told of everything that happens, one call at a time.
  /// - Throws: `SearchError`, `JournalError`, `RunDirectoryError`, and whatever error of the evaluator concerns the whole
  ///   run. What was finished before is kept.
  public func run(
    holding lock: RunLock, onEvent: @escaping @Sendable (SearchEvent) -> Void = { _ in }
  ) async throws -> SearchResult {
    try settings.validate()
    let session = try openSession(lock.directory, onEvent: onEvent)
    return try await withThrowingTaskGroup(of: Evaluated.self) { group in
      var session = session
      var fatal: (any Error)?
      var running = 0
      while true {
        do {
          while fatal == nil, running < settings.workers, let candidate = try session.advance() {
            onEvent(.started(candidate))
            group.addTask { await evaluate(candidate) }
            running += 1
          }
        } catch {
          // What is running is finished first, so that it is not lost.
          fatal = error
        }
        guard let next = try await group.next() else { break }
        running -= 1
        do {
          try session.finish(next)
        } catch {
          if fatal == nil, !(Task.isCancelled && error is CancellationError) { fatal = error }
          group.cancelAll()
        }
      }
      if let fatal { throw fatal }
      return session.result
    }
  }

  private func openSession(
    _ directory: RunDirectory, onEvent: @escaping @Sendable (SearchEvent) -> Void
  ) throws -> SearchSession {
    var hash = StableHash()
    for byte in identity { hash.combine(byte) }
    let header = SearchRecord(
      version: SearchRecord.currentVersion, space: space.name, controller: controller.name, seed: settings.seed,
      window: settings.window, duplicates: settings.duplicates, configuration: hash.hexadecimal)
    let store = try CandidateStore(directory: directory, header: header, describeBest: describeBest)
    return SearchSession(
      settings: settings, controller: controller, store: store,
      proposer: Proposer(settings: settings, space: space, cost: cost), clock: clock, onEvent: onEvent)
  }

  private func evaluate(_ candidate: Candidate) async -> Evaluated {
    let start = clock()
    do {
      let outcome = try await evaluator.evaluate(candidate).checked
      return Evaluated(index: candidate.index, outcome: .success(outcome), seconds: clock() - start)
    } catch {
      return Evaluated(index: candidate.index, outcome: .failure(error), seconds: clock() - start)
    }
  }
}

/// What an evaluation gave.
struct Evaluated: Sendable {
  let index: Int
  let outcome: Result<Outcome, any Error>
  let seconds: Double
}
