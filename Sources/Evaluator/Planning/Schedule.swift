/// Sorts steps into phases: into as few as there can be, and among those into the ones where what they touch is touched by
/// other steps too, and is in the cache.
struct Schedule {
  /// The phase of each step.
  private(set) var phaseOfStep: [Int]
  private(set) var count = 0
  private let dependencies: StepDependencies

  /// - Parameter together: whether steps may share a phase; else each has one of its own.
  init(_ accesses: [StepAccess], _ normalizations: [NormalizationSlot], pieces: Int, together: Bool) {
    dependencies = StepDependencies(accesses, normalizations, pieces: pieces)
    phaseOfStep = Array(accesses.indices)
    count = accesses.count
    guard together else { return }
    for step in accesses.indices { phaseOfStep[step] = first(of: step) }
    count = (phaseOfStep.max() ?? -1) + 1
    moveToTheirData(accesses)
  }

  /// The phases whose ends complete the forward and the backward sums of a normalisation; -1 for none.
  func forwardPhase(of norm: Int) -> Int { dependencies.forwardSums[norm].reduce(-1) { max($0, phaseOfStep[$1]) } }
  func backwardPhase(of norm: Int) -> Int { dependencies.backwardSums[norm].reduce(-1) { max($0, phaseOfStep[$1]) } }

  /// The first phase that a step can be in while the others stay where they are, and the last one.
  private func first(of step: Int) -> Int {
    dependencies.before[step].reduce(0) { max($0, phaseOfStep[$1.step] + $1.phases) }
  }
  private func last(of step: Int) -> Int {
    dependencies.after[step].reduce(count - 1) { min($0, phaseOfStep[$1.step] - $1.phases) }
  }

  /// Moves single steps as long as that lessens what the phases have to fetch from memory and write back. No phase is left
  /// empty: it is there because of a chain of steps that have no choice.
  private mutating func moveToTheirData(_ accesses: [StepAccess]) {
    var traffic = PhaseTraffic(accesses, phases: count)
    for step in accesses.indices { traffic.add(step, to: phaseOfStep[step]) }
    var moves = 1
    for _ in 0..<Schedule.sweeps where moves > 0 {
      moves = 0
      for step in accesses.indices.reversed() {
        let (now, range) = (phaseOfStep[step], first(of: step)..<(last(of: step) + 1))
        guard range.count > 1 else { continue }
        traffic.remove(step, from: now)
        var best = now
        for phase in range where traffic.cost(of: step, in: phase) < traffic.cost(of: step, in: best) { best = phase }
        traffic.add(step, to: best)
        phaseOfStep[step] = best
        moves += best == now ? 0 : 1
      }
    }
  }

  /// How often all steps are looked at, at most; a few sweeps leave nothing to move.
  private static let sweeps = 8
}
