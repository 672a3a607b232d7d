import Controllers
import SearchSpace

/// Follows a running search: takes finished candidates as they come, and after every so many in index order says how the
/// search is doing.
public struct SearchWatch: Sendable {
  private let space: any Space
  private let controller: ControllerSettings
  private let seed: UInt64
  /// The finished candidates up to the first that is missing.
  private var records: [CandidateRecord]
  /// Finished candidates that wait for an earlier one.
  private var waiting: [Int: CandidateRecord] = [:]

  /// Begins to follow a search.
  /// - Parameter records: the candidates of earlier sessions.
  public init(space: any Space, controller: ControllerSettings, seed: UInt64, records: [CandidateRecord] = []) {
    self.space = space
    self.controller = controller
    self.seed = seed
    self.records = records
  }

  /// Takes in a finished candidate. Tells of the search when with it another `SearchHealth.window` of candidates is whole.
  /// - Throws: `SettingsError`.
  public mutating func take(_ record: CandidateRecord) throws -> SearchHealth? {
    guard record.index >= records.count else { return nil }
    waiting[record.index] = record
    let windows = records.count / SearchHealth.window
    while let next = waiting.removeValue(forKey: records.count) { records.append(next) }
    guard records.count / SearchHealth.window > windows else { return nil }
    return try SearchHealth(records, space: space, controller: controller, seed: seed)
  }
}
