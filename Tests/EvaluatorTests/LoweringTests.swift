import Testing

@testable import Evaluator
@testable import SearchSpace

/// Concatenations whose parts share vectors, with drop-path and without.
@Suite struct LoweringTests {
  private static let dropping = PlanFeatures(dropsPaths: true)

  /// Parts of 3 and 5 channels, some of them droppable, behind a normalisation: no width of blocks leaves them apart.
  private func parts(_ left: Bool, _ right: Bool) throws -> Network {
    var builder = NetworkBuilder(input: Shape(height: 7, width: 6, channels: 3))
    func convolution(_ channels: Int, _ name: String) throws -> NetworkBuilder.Value {
      let convolution = Convolution(outputChannels: channels, window: Window(kernel: Extent(3)))
      return try builder.add(.convolution(convolution), [builder.input], name: name)
    }
    let values = try [convolution(3, "left"), convolution(5, "right")]
    for (value, isDroppable) in zip(values, [left, right]) where isDroppable { builder.noteDroppable(value, depth: 1) }
    let whole = try builder.add(.concat, values, name: "concat")
    let norm = try builder.add(.batchNorm(BatchNorm()), [whole], name: "norm")
    let active = try builder.add(.relu, [norm], name: "relu")
    let mean = try builder.add(.globalAveragePool, [active], name: "mean")
    let logits = try builder.add(.linear(Linear(outputs: 4)), [mean], name: "linear")
    return builder.network(output: logits)
  }

  @Test func droppedPartsLeaveEachOtherAlone() throws {
    for (left, right) in [(true, true), (true, false), (false, true), (false, false)] {
      let network = try parts(left, right)
      for batch in [3, 10] {
        let check = GradientCheck(try EngineRun(network, batch: batch, features: LoweringTests.dropping))
        #expect(check.error < 1e-4, "left \(left), right \(right), batch \(batch): \(check)")
      }
    }
  }

  /// Without drop-path they are packed, and inference is always.
  @Test func onlyDroppedPartsAreKeptApart() throws {
    func hasGaps(_ network: Network, _ features: PlanFeatures) -> Bool {
      Lowering(network, lanes: 8, features: features).points.contains { $0.shape.channels == 8 && $0.layout.hasGaps }
    }
    #expect(try !hasGaps(parts(true, true), PlanFeatures()))
    #expect(try !hasGaps(parts(false, false), LoweringTests.dropping))
    #expect(try hasGaps(parts(true, false), LoweringTests.dropping))
    #expect(try hasGaps(parts(false, true), LoweringTests.dropping))
  }

  /// NASNet-A averages the previous state twice for one addition. In its first cell, which has to narrow that state, two
  /// convolutions read the averages: there they are one. Additions keep two, whose gradients are the sum's.
  @Test func equalPoolingsOfConvolutionsAreShared() throws {
    let network = try Network(
      genotype: KnownCells.nasnetA,
      skeleton: Skeleton(cells: 1, filters: 4, input: Shape(height: 16, width: 16, channels: 3), classes: 10))
    let lowering = Lowering(network, lanes: 8, features: PlanFeatures())
    func averages(of cell: String) -> Int {
      lowering.operations.count { operation in
        guard case .pooling(let pooling) = operation.kind, pooling.kind == .average else { return false }
        return network.nodes[operation.node].name.hasPrefix(cell + ".block5.")
      }
    }
    #expect(averages(of: "cell0") == 1)
    #expect(averages(of: "cell2") == 2)
  }

  /// A cell whose operations end in a bare convolution and whose blocks concatenate: 4 channels beside 4.
  @Test func bareConvolutionsInConcatenatingBlocks() throws {
    let bare = Operation(name: "bare") { builder, input, channels, stride in
      let window = Window(kernel: Extent(3), stride: Extent(stride))
      return try builder.add(
        .convolution(Convolution(outputChannels: channels, window: window)), [input], name: "convolution")
    }
    let cell = Cell(blocks: [Block(.init("bare", 0), .init("bare", 1), combine: .concat)])
    let network = try Network(
      genotype: Genotype(normal: cell, reduction: cell),
      skeleton: Skeleton(cells: 1, filters: 4, input: Shape(height: 9, width: 9, channels: 3), classes: 5),
      operations: OperationCatalogue([bare]))
    #expect(network.droppablePaths.count == 10)
    let check = GradientCheck(try EngineRun(network, batch: 5, features: LoweringTests.dropping))
    #expect(check.error < 1e-4, "\(check)")
  }
}
