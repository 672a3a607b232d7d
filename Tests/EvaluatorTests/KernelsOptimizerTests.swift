import CKernels
import SearchSpace
import Testing

/// The optimiser of every vector table against the reference, and the reference by hand.
struct KernelsOptimizerTests {
  private func step(_ table: nas_kernels, _ start: [[Float]], nesterov: Bool) throws -> [Float] {
    let (w, v, g) = (FloatBuffer(start[0]), FloatBuffer(start[1]), FloatBuffer(start[2]))
    try present(table.sgd_step)(w.pointer, v.pointer, g.pointer, w.count, 0.1, 0.9, 0.01, 0.5, nesterov ? 1 : 0)
    try present(table.accumulate)(g.pointer, w.pointer, w.count)
    try #require(w.guardIsIntact && v.guardIsIntact && g.guardIsIntact)
    return w.values + v.values + g.values + [Float(try present(table.sum_of_squares)(w.pointer, w.count))]
  }

  @Test(arguments: [1, 7, 8, 100, 5000], [false, true])
  func agreesWithReference(_ count: Int, nesterov: Bool) throws {
    var stream = RandomStream(seed: 6)
    let start = (0..<3).map { _ in stream.floats(count) }
    let expected = try step(try referenceTable(), start, nesterov: nesterov)
    for table in vectorTables() {
      #expect(relativeError(try step(table, start, nesterov: nesterov), expected) < 1e-5)
    }
  }

  @Test func referenceByHand() throws {
    // g = 4 * 0.5 + 0.01 * 2 = 2.02; v = 0.9 * 1 + g = 2.92; Nesterov's step is 0.1 * (g + 0.9 * v) = 0.4648.
    let plain = try step(try referenceTable(), [[2], [1], [4]], nesterov: false)
    #expect(relativeError(plain, [1.708, 2.92, 5.708, 2.917264]) < 1e-6)
    let nesterov = try step(try referenceTable(), [[2], [1], [4]], nesterov: true)
    #expect(relativeError(nesterov, [1.5352, 2.92, 5.5352, 2.35683904]) < 1e-6)
  }
}
