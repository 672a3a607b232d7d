import SearchSpace
import Testing

/// The counts of the released networks on the CIFAR skeleton, ten classes, no auxiliary head.
@Suite struct CellNetworkTests {
  struct Oracle: Sendable, CustomStringConvertible {
    let cell: String
    let cells: Int
    let filters: Int
    let parameters: Int
    var buffers: Int?
    var description: String { "\(cell) N=\(cells) F=\(filters)" }
  }

  @Test(arguments: [
    Oracle(cell: "nasnet-a", cells: 1, filters: 4, parameters: 25_486, buffers: 1_296),
    Oracle(cell: "nasnet-a", cells: 1, filters: 8, parameters: 72_370, buffers: 2_592),
    Oracle(cell: "nasnet-a", cells: 2, filters: 32, parameters: 1_294_698, buffers: 15_744),
    Oracle(cell: "nasnet-a", cells: 6, filters: 32, parameters: 3_346_538, buffers: 37_248),
    Oracle(cell: "nasnet-a", cells: 7, filters: 96, parameters: 32_590_954, buffers: 127_872),
    Oracle(cell: "nasnet-a", cells: 6, filters: 96, parameters: 28_213_546),
    Oracle(cell: "amoebanet-a", cells: 1, filters: 8, parameters: 59_482, buffers: 2_328),
    Oracle(cell: "amoebanet-a", cells: 3, filters: 24, parameters: 843_322, buffers: 13_704),
    Oracle(cell: "amoebanet-a", cells: 6, filters: 32, parameters: 2_567_754, buffers: 31_712),
    Oracle(cell: "amoebanet-a", cells: 6, filters: 36, parameters: 3_218_266, buffers: 35_676),
  ])
  func parametersAreThePublishedOnes(oracle: Oracle) throws {
    let network = try Network(
      genotype: KnownCells.genotype(named: oracle.cell),
      skeleton: Skeleton(cells: oracle.cells, filters: oracle.filters))
    #expect(network.parameterCount == oracle.parameters)
    if let buffers = oracle.buffers { #expect(network.bufferCount == buffers) }
  }
}
