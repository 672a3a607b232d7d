/// How the best reward of a run grew, over its candidates and over its seconds of searching.
///
/// A run that has found nothing yet counts with a best of 0.
public struct BestSoFar: Hashable, Sendable {
  /// A moment at which a candidate finished, and the best reward from then on.
  private struct Moment: Hashable, Sendable {
    let seconds: Double
    let best: Double?
  }

  /// `byCandidate[i]` is the best among candidates 0...i, nil while there is none.
  public let byCandidate: [Double?]
  private let moments: [Moment]

  /// How many candidates are finished.
  public var candidates: Int { byCandidate.count }
  /// The seconds of searching until the last of them was finished, summed over resumed sessions.
  public var seconds: Double { moments.last?.seconds ?? 0 }

  /// Takes a run's records in index order.
  public init(_ records: [CandidateRecord]) {
    byCandidate = RunSummary(records).bestSoFar
    var best: Double?
    moments = records.sorted { ($0.timing.elapsed, $0.index) < ($1.timing.elapsed, $1.index) }.map { record in
      if let reward = record.reward { best = max(best ?? reward, reward) }
      return Moment(seconds: record.timing.elapsed, best: best)
    }
  }

  /// The best of the first `count` candidates, nil when there is none.
  public func best(candidates count: Int) -> Double? {
    guard count > 0, let last = byCandidate.prefix(count).last else { return nil }
    return last
  }

  /// The best of what was finished within `seconds` of searching, nil when there is nothing.
  public func best(seconds: Double) -> Double? {
    moments.last { $0.seconds <= seconds }?.best
  }

  /// The mean of the best so far over the first `count` candidates: the area under the curve, divided by its length.
  public func area(candidates count: Int) -> Double {
    guard count > 0, candidates > 0 else { return 0 }
    return byCandidate.prefix(count).reduce(0) { $0 + ($1 ?? 0) } / Double(min(count, candidates))
  }

  /// The mean of the best so far over the first `seconds`: the area under the steps, divided by their length.
  public func area(seconds end: Double) -> Double {
    guard end > 0 else { return 0 }
    var area = 0.0
    for (position, moment) in moments.enumerated() where moment.seconds < end {
      let next = position + 1 < moments.count ? min(end, moments[position + 1].seconds) : end
      area += (moment.best ?? 0) * (next - moment.seconds)
    }
    return area / end
  }
}
