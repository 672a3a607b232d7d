import SearchSpace
import Testing

@testable import Evaluator

/// The order of steps, on whole networks.
@Suite struct ScheduleTests {
  private static let cells = [KnownCells.nasnetA, KnownCells.amoebanetA]

  private func planner(_ cells: Genotype) throws -> Planner {
    let network = try Network(
      genotype: cells,
      skeleton: Skeleton(cells: 1, filters: 8, input: Shape(height: 16, width: 16, channels: 3), classes: 10))
    var planner = Planner(
      network: network, batch: 8, mode: .training, kernels: try KernelTable(.underTest(), for: network), threads: 1,
      features: PlanFeatures())
    planner.planForward()
    planner.planBackward()
    return planner
  }

  /// Pair by pair: a phase is never before one whose values, sums or free memory its steps need.
  @Test(arguments: cells) func stepsWaitForWhatTheyNeed(_ cells: Genotype) throws {
    let planner = try planner(cells)
    let accesses = planner.steps.map { planner.access(of: $0) }
    let schedule = Schedule(accesses, planner.normalizations, pieces: planner.pieces, together: true)
    let phases = schedule.phaseOfStep
    #expect(Set(phases) == Set(0..<schedule.count))
    func touches(_ one: [Access], _ other: [Access]) -> Bool { one.contains { a in other.contains { $0.overlaps(a) } } }
    for (later, access) in accesses.enumerated() {
      for (earlier, other) in accesses[..<later].enumerated() {
        if touches(other.writes, access.reads + access.writes) || touches(other.reads, access.writes) {
          #expect(phases[earlier] <= phases[later], "steps \(earlier) and \(later)")
        }
      }
    }
    for slot in planner.normalizations {
      let size = planner.pieces * 2 * slot.width
      for (sums, coefficients) in [
        (slot.forwardSums, slot.coefficients..<slot.a),
        (slot.backwardSums, slot.a..<slot.coefficientPlaces.upperBound),
      ] {
        let sources = accesses.indices.filter { accesses[$0].sums.contains { (sums..<(sums + size)).contains($0) } }
        let readers = accesses.indices.filter { accesses[$0].coefficients.contains { coefficients.contains($0) } }
        for reader in readers { #expect(sources.allSatisfy { phases[$0] < phases[reader] }) }
        #expect(!sources.isEmpty && !readers.isEmpty)
      }
    }
  }

  /// AmoebaNet-A's pools write to gradients that convolutions in later phases add to.
  @Test func stepsMoveToTheirData() throws {
    let planner = try planner(KnownCells.amoebanetA)
    let accesses = planner.steps.map { planner.access(of: $0) }
    let schedule = Schedule(accesses, planner.normalizations, pieces: planner.pieces, together: true)
    let dependencies = StepDependencies(accesses, planner.normalizations, pieces: planner.pieces)
    var first: [Int] = []
    for step in accesses.indices {
      first.append(dependencies.before[step].reduce(0) { max($0, first[$1.step] + $1.phases) })
    }
    #expect((first.max() ?? 0) + 1 == schedule.count)
    func traffic(_ phases: [Int]) -> Int {
      var traffic = PhaseTraffic(accesses, phases: schedule.count)
      return phases.enumerated().reduce(0) { total, place in
        defer { traffic.add(place.offset, to: place.element) }
        return total + traffic.cost(of: place.offset, in: place.element)
      }
    }
    #expect(Double(traffic(schedule.phaseOfStep)) < 0.93 * Double(traffic(first)))
  }

  /// Two steps that read half of what a third writes, and one that adds to all of it.
  @Test func trafficCountsPartsOnce() {
    func access(_ blocks: Range<Int>) -> Access { Access(buffer: 0, blocks: blocks, bytes: 10 * blocks.count) }
    let write = StepAccess(reads: [], writes: [access(0..<4)])
    let half = StepAccess(reads: [access(0..<2)], writes: [])
    let other = StepAccess(reads: [access(1..<3)], writes: [])
    let adding = StepAccess(reads: [access(0..<4)], writes: [access(0..<4)])
    var traffic = PhaseTraffic([write, half, other, adding], phases: 2)
    #expect([0, 1, 2, 3].map { traffic.cost(of: $0, in: 1) } == [80, 20, 20, 80])
    traffic.add(1, to: 1)
    #expect([0, 2, 3].map { traffic.cost(of: $0, in: 1) } == [60, 10, 60])
    traffic.add(0, to: 1)
    #expect([2, 3].map { traffic.cost(of: $0, in: 1) } == [0, 0])
    #expect(traffic.cost(of: 3, in: 0) == 80)
    traffic.remove(0, from: 1)
    #expect([0, 2, 3].map { traffic.cost(of: $0, in: 1) } == [60, 10, 60])
  }
}
