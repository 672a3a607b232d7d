/// Which steps must wait for which.
///
/// A step that touches what an earlier one writes, or writes what an earlier one touches, comes no earlier than that one's
/// phase, and within it behind that one, in the plan's order. A step that reads a normalisation's coefficients comes in a
/// later phase than all that add to its sums.
struct StepDependencies {
  struct Edge {
    /// The other step.
    let step: Int
    /// How many phases lie between the two at least.
    let phases: Int
  }

  /// What each step waits for, and what waits for it.
  private(set) var before: [[Edge]]
  private(set) var after: [[Edge]]
  /// The steps that add to the forward and the backward sums of each normalisation.
  private(set) var forwardSums: [[Int]]
  private(set) var backwardSums: [[Int]]

  private struct Touch {
    let step: Int
    let access: Access
    let isWrite: Bool
  }

  init(_ accesses: [StepAccess], _ normalizations: [NormalizationSlot], pieces: Int) {
    before = Array(repeating: [], count: accesses.count)
    after = before
    forwardSums = Array(repeating: [], count: normalizations.count)
    backwardSums = forwardSums
    var touches: [Int: [Touch]] = [:]
    for (step, access) in accesses.enumerated() {
      for place in access.coefficients where place >= 0 { waitForSums(step, place, normalizations) }
      for read in access.reads {
        for touch in touches[read.buffer] ?? [] where touch.isWrite && touch.access.overlaps(read) {
          link(touch.step, step, phases: 0)
        }
      }
      for write in access.writes {
        for touch in touches[write.buffer] ?? [] where touch.access.overlaps(write) {
          link(touch.step, step, phases: 0)
        }
      }
      for read in access.reads {
        touches[read.buffer, default: []].append(Touch(step: step, access: read, isWrite: false))
      }
      for write in access.writes {
        touches[write.buffer, default: []].append(Touch(step: step, access: write, isWrite: true))
      }
      for place in access.sums where place >= 0 { noteSums(step, place, normalizations, pieces: pieces) }
    }
  }

  private mutating func link(_ first: Int, _ second: Int, phases: Int) {
    after[first].append(Edge(step: second, phases: phases))
    before[second].append(Edge(step: first, phases: phases))
  }

  private mutating func waitForSums(_ step: Int, _ place: Int, _ normalizations: [NormalizationSlot]) {
    guard let norm = normalizations.firstIndex(where: { $0.coefficientPlaces.contains(place) }) else { return }
    let isForward = place < normalizations[norm].a
    for source in isForward ? forwardSums[norm] : backwardSums[norm] { link(source, step, phases: 1) }
  }

  private mutating func noteSums(_ step: Int, _ place: Int, _ normalizations: [NormalizationSlot], pieces: Int) {
    for (norm, slot) in normalizations.enumerated() {
      let count = pieces * 2 * slot.width
      if (slot.forwardSums..<(slot.forwardSums + count)).contains(place) {
        forwardSums[norm].append(step)
      } else if (slot.backwardSums..<(slot.backwardSums + count)).contains(place) {
        backwardSums[norm].append(step)
      }
    }
  }
}
