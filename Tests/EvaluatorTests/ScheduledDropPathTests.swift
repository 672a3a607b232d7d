import SearchSpace
import Testing

@testable import Evaluator

@Suite struct ScheduledDropPathTests {
  /// k1 = 1 − (c + 1) / T · (1 − keep), k2 = 1 − progress · (1 − k1), by hand for N = 6: T = 20 cells, keep = 0.6.
  @Test func keepProbabilitiesByHand() throws {
    let dropPath = ScheduledDropPath(finalKeep: 0.6, depths: [])
    for (cell, progress, expected) in [
      (0, 1.0, 0.98), (9, 1.0, 0.8), (19, 1.0, 0.6), (0, 0.0, 1.0), (19, 0.0, 1.0), (19, 0.5, 0.8), (9, 0.25, 0.95),
      (19, 2.0, 0.6),
    ] {
      let found = dropPath.keep(depth: Double(cell + 1) / 20, progress: progress)
      #expect(abs(found - expected) < 1e-15, "cell \(cell), \(progress)")
    }
  }

  @Test func factorsAreZeroOrOneByKeep() {
    let dropPath = ScheduledDropPath(finalKeep: 0.5, depths: [0.2, 1])
    let count = 4000
    let factors = UnsafeMutablePointer<Float>.allocate(capacity: 2 * count)
    defer { factors.deallocate() }
    let random = RandomStream(seed: 3)
    dropPath.draw(factors, count: count, progress: 0.5, random: random, firstStream: 100)
    // 1 − 0.5 · 0.2 · 0.5 = 0.95 and 1 − 0.5 · 0.5 = 0.75.
    for (path, keep) in [(0, 0.95), (1, 0.75)] {
      let values = (0..<count).map { factors[path * count + $0] }
      #expect(Set(values) == [0, Float(1 / keep)])
      let mean = values.reduce(0) { $0 + Double($1) } / Double(count)
      // Four deviations of a mean of this many draws.
      #expect(abs(mean - 1) < 4 * ((1 - keep) / keep / Double(count)).squareRoot())
    }
    // An image's factors depend on its stream alone, not on the batch that it lies in.
    let later = UnsafeMutablePointer<Float>.allocate(capacity: 20)
    defer { later.deallocate() }
    dropPath.draw(later, count: 10, progress: 0.5, random: random, firstStream: 150)
    #expect((0..<10).allSatisfy { later[$0] == factors[50 + $0] && later[10 + $0] == factors[count + 50 + $0] })
    dropPath.draw(later, count: 10, progress: 0, random: random, firstStream: 0)
    #expect((0..<20).allSatisfy { later[$0] == 1 })
  }

  @Test func featuresAreLeftOutByTheirShare() {
    let count = 4000
    let factors = UnsafeMutablePointer<Float>.allocate(capacity: count)
    defer { factors.deallocate() }
    Dropout(share: 0.2).draw(factors, count: 40, features: 100, random: RandomStream(seed: 1), firstStream: 0)
    #expect(Set((0..<count).map { factors[$0] }) == [0, 1.25])
    let dropped = (0..<count).count { factors[$0] == 0 }
    #expect(abs(Double(dropped) / Double(count) - 0.2) < 4 * (0.16 / Double(count)).squareRoot())
  }
}
