import CKernels
import SearchSpace
import Testing

/// The measures of the processor: what they count must be what they do.
struct KernelsMeasureTests {
  @Test(arguments: [1, 7, 16, 100, 5003]) func triadAgreesWithReference(_ count: Int) throws {
    var stream = RandomStream(seed: 7)
    let (a, b) = (FloatBuffer(stream.floats(count)), FloatBuffer(stream.floats(count)))
    func run(_ table: nas_kernels) throws -> [Float] {
      let to = FloatBuffer([Float](repeating: 9, count: count))
      try present(table.triad)(to.pointer, a.pointer, b.pointer, 0.25, count)
      try #require(to.guardIsIntact)
      return to.values
    }
    let expected = try run(try referenceTable())
    #expect(relativeError(expected, zip(a.values, b.values).map { $0 + 0.25 * $1 }) < 1e-6)
    for table in vectorTables() { #expect(relativeError(try run(table), expected) < 1e-6) }
  }

  @Test func aBurstCountsItsMultiplyAdds() throws {
    for table in vectorTables() + [try referenceTable()] {
      func burst(_ rounds: Int) throws -> (count: Int, perSum: Float) {
        var result: Float = 0
        let count = try present(table.multiply_add_burst)(rounds, &result)
        // Every sum tends to 2, so their number is half of what is left.
        return (count, result / 2)
      }
      let (one, many) = (try burst(1), try burst(1000))
      #expect(many.count == 1000 * one.count)
      let lanes = table.isa == NAS_ISA_REFERENCE ? 1 : table.lanes
      #expect(many.perSum == Float(one.count / lanes))
    }
  }
}
