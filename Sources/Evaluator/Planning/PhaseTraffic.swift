/// What the phases of a schedule move between memory and the caches, taken that the caches hold what a phase touches of a few
/// images until its last step is through: whatever a phase touches is fetched once, and what it writes is written back once.
struct PhaseTraffic {
  /// Of each step, the parts of buffers that it reads and writes, none of which overlap.
  private var reads: [[Int]]
  private var writes: [[Int]]
  /// Bytes of one image's share of each part.
  private var bytes: [Int] = []
  /// How many steps of a phase touch a part and how many write it; by phase, then by part.
  private var touching: [Int]
  private var writing: [Int]

  init(_ accesses: [StepAccess], phases: Int) {
    // Where the accesses to a buffer begin and end cuts it into parts.
    var cuts: [Int: Set<Int>] = [:]
    for access in accesses.flatMap({ $0.reads + $0.writes }) {
      cuts[access.buffer, default: []].formUnion([access.blocks.lowerBound, access.blocks.upperBound])
    }
    let sorted = cuts.mapValues { $0.sorted() }
    var partOf: [Place: Int] = [:]
    var sizes: [Int] = []
    func parts(of access: Access) -> [Int] {
      let inside = (sorted[access.buffer] ?? []).filter { access.blocks.contains($0) }
      return inside.enumerated().map { index, start in
        let place = Place(buffer: access.buffer, block: start)
        if let part = partOf[place] { return part }
        let end = index + 1 < inside.count ? inside[index + 1] : access.blocks.upperBound
        sizes.append(access.bytes * (end - start) / access.blocks.count)
        partOf[place] = sizes.count - 1
        return sizes.count - 1
      }
    }
    reads = accesses.map { Array(Set($0.reads.flatMap(parts))).sorted() }
    writes = accesses.map { Array(Set($0.writes.flatMap(parts))).sorted() }
    bytes = sizes
    touching = Array(repeating: 0, count: phases * sizes.count)
    writing = touching
  }

  private struct Place: Hashable {
    let buffer: Int
    let block: Int
  }

  mutating func add(_ step: Int, to phase: Int) { change(step, phase, by: 1) }
  mutating func remove(_ step: Int, from phase: Int) { change(step, phase, by: -1) }

  private mutating func change(_ step: Int, _ phase: Int, by amount: Int) {
    let first = phase * bytes.count
    for part in reads[step] { touching[first + part] += amount }
    for part in writes[step] {
      touching[first + part] += amount
      writing[first + part] += amount
    }
  }

  /// Bytes that a step adds to the traffic of a phase that it is not in.
  func cost(of step: Int, in phase: Int) -> Int {
    let first = phase * bytes.count
    var total = 0
    for part in reads[step] where touching[first + part] == 0 { total += bytes[part] }
    for part in writes[step] where writing[first + part] == 0 {
      // What is written is fetched first, unless the step's own reading has done that.
      let isFetched = touching[first + part] > 0 || reads[step].contains(part)
      total += isFetched ? bytes[part] : 2 * bytes[part]
    }
    return total
  }
}
