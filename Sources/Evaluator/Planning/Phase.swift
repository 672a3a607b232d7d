/// Steps that need nothing from each other but values of the same images.
///
/// Only batch normalisation mixes the images of a batch. Between two such points a thread takes a few images through all
/// steps of a phase before it takes the next ones, so that what one step leaves is still in the cache for the next.
struct Phase: Sendable {
  /// The steps, by their place in the plan's order.
  var steps: Range<Int>
  /// What is done with the sums of all images at the end, by place in the plan's list.
  var closings: Range<Int>
  /// How many images go through the steps at a time.
  var images: Int
}

/// Something done once at the end of a phase.
enum Closing: Sendable {
  /// Turns a batch's sums into the factors and addends of a normalisation, by its index.
  case normalize(Int)
  /// Turns a gradient's sums into the gradients of γ and β and the coefficients a, b, c.
  case normalizeBackward(Int)
  /// Adds up the pieces' shares of the gradient of packed weights, by their index, and unpacks it.
  case weights(Int)
  /// The same of a fully connected layer: weights and bias follow each other in a share.
  case linear(weights: Int, weightCount: Int, bias: Int, biasCount: Int, partial: Int)
}

/// Sorts steps into phases.
struct Schedule {
  /// The phase of each step.
  private(set) var phaseOfStep: [Int] = []
  /// The phases whose ends complete the forward and the backward sums of each normalisation.
  private(set) var forwardPhase: [Int]
  private(set) var backwardPhase: [Int]
  private(set) var count = 0

  /// What was done to a buffer so far.
  private struct History {
    var access: Access
    var phase: Int
    var isWrite: Bool
  }

  private var history: [Int: [History]] = [:]

  /// - Parameter together: whether steps may share a phase; else each has one of its own.
  init(_ accesses: [StepAccess], _ normalizations: [NormalizationSlot], pieces: Int, together: Bool) {
    forwardPhase = Array(repeating: -1, count: normalizations.count)
    backwardPhase = forwardPhase
    for (index, access) in accesses.enumerated() {
      var phase = together ? 0 : index
      for place in access.coefficients where place >= 0 {
        guard let norm = normalizations.firstIndex(where: { $0.coefficientPlaces.contains(place) }) else { continue }
        let isForward = place < normalizations[norm].a
        phase = max(phase, (isForward ? forwardPhase[norm] : backwardPhase[norm]) + 1)
      }
      for read in access.reads { phase = max(phase, lastPhase(of: read, onlyWrites: true)) }
      for write in access.writes { phase = max(phase, lastPhase(of: write, onlyWrites: false)) }
      note(access, phase)
      for place in access.sums where place >= 0 {
        for (norm, slot) in normalizations.enumerated() {
          let count = pieces * 2 * slot.width
          if (slot.forwardSums..<(slot.forwardSums + count)).contains(place) {
            forwardPhase[norm] = max(forwardPhase[norm], phase)
          } else if (slot.backwardSums..<(slot.backwardSums + count)).contains(place) {
            backwardPhase[norm] = max(backwardPhase[norm], phase)
          }
        }
      }
      phaseOfStep.append(phase)
      count = max(count, phase + 1)
    }
  }

  private func lastPhase(of access: Access, onlyWrites: Bool) -> Int {
    (history[access.buffer] ?? []).reduce(0) { last, entry in
      (entry.isWrite || !onlyWrites) && entry.access.overlaps(access) ? max(last, entry.phase) : last
    }
  }

  private mutating func note(_ access: StepAccess, _ phase: Int) {
    for read in access.reads {
      history[read.buffer, default: []].append(History(access: read, phase: phase, isWrite: false))
    }
    for write in access.writes {
      history[write.buffer, default: []].append(History(access: write, phase: phase, isWrite: true))
    }
  }
}
