import SearchSpace
import Testing

@testable import Evaluator

/// Whole networks against the double-precision interpreter: the loss, and the derivative along random directions.
@Suite struct GradientTests {
  typealias Build = @Sendable (inout NetworkBuilder, NetworkBuilder.Value) throws -> NetworkBuilder.Value

  /// One thing to check: stem → body → mean → linear.
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    var input = Shape(height: 7, width: 6, channels: 5)
    let body: Build
    var testDescription: String { name }

    func network() throws -> Network {
      var builder = NetworkBuilder(input: input)
      let stem = try builder.add(
        .convolution(Convolution(outputChannels: 6, window: Window(kernel: Extent(3)))), [builder.input], name: "stem")
      let body = try body(&builder, stem)
      let pooled = try builder.add(.globalAveragePool, [body], name: "pool")
      let logits = try builder.add(.linear(Linear(outputs: 4)), [pooled], name: "classifier")
      return builder.network(output: logits)
    }
  }

  private static func window(_ name: String, _ channels: Int, _ window: Window, groups: Int = 1) -> Case {
    Case(name: name) { builder, x in
      let relu = try builder.add(.relu, [x], name: "relu")
      let y = try builder.add(
        .convolution(Convolution(outputChannels: channels, window: window, groups: groups)), [relu], name: "conv")
      return try builder.add(.batchNorm(BatchNorm()), [y], name: "norm")
    }
  }

  private static func pool(
    _ kind: Pooling.Kind, _ window: Window, behindNorm: Bool = false, countsPadding: Bool = false
  ) -> Case {
    let size = "\(window.kernel.height) / \(window.stride.height)"
    return Case(name: "\(kind) pool \(size), norm before: \(behindNorm), padding counted: \(countsPadding)") {
      builder, x in
      let input = behindNorm ? try builder.add(.batchNorm(BatchNorm()), [x], name: "before") : x
      let pooling = Pooling(kind: kind, window: window, countsPadding: countsPadding)
      let y = try builder.add(.pooling(pooling), [input], name: "pool2d")
      return try builder.add(.batchNorm(BatchNorm()), [y], name: "norm")
    }
  }

  static let cases: [Case] =
    [
      window("1×1", 9, Window(kernel: Extent(1))),
      window("1×1 / 2", 9, Window(kernel: Extent(1), stride: Extent(2))),
      window("3×3 / 2", 17, Window(kernel: Extent(3), stride: Extent(2))),
      window("1×7", 5, Window(kernel: Extent(height: 1, width: 7))),
      window("7×1 / (2, 1)", 5, Window(kernel: Extent(height: 7, width: 1), stride: Extent(height: 2, width: 1))),
      window("3×3 dilated", 5, Window(kernel: Extent(3), dilation: Extent(2))),
      window("3×3 in 3 groups", 9, Window(kernel: Extent(3)), groups: 3),
      window("3×3 valid", 5, Window(kernel: Extent(3), padding: .valid)),
      window(
        "1×1 / 2 shifted", 5,
        Window(
          kernel: Extent(1), stride: Extent(2), padding: .explicit(Insets(top: -1, left: -1, bottom: 1, right: 1)))),
      window("depthwise 3", 6, Window(kernel: Extent(3)), groups: 6),
      window("depthwise 5 / 2", 6, Window(kernel: Extent(5), stride: Extent(2)), groups: 6),
      window("depthwise 7", 6, Window(kernel: Extent(7)), groups: 6),
      window("depthwise 3 dilated", 6, Window(kernel: Extent(3), dilation: Extent(2)), groups: 6),
    ]
    + Pooling.Kind.allCases.flatMap { kind in
      [
        pool(kind, Window(kernel: Extent(3))), pool(kind, Window(kernel: Extent(3), stride: Extent(2))),
        pool(kind, Window(kernel: Extent(5), stride: Extent(2)), behindNorm: true),
        pool(kind, Window(kernel: Extent(2), stride: Extent(2), padding: .valid)),
      ]
    } + [pool(.average, Window(kernel: Extent(3), stride: Extent(2)), countsPadding: true)]

  @Test(arguments: cases) func primitive(_ example: Case) throws {
    for batch in [3, 10] {
      let check = GradientCheck(try EngineRun(example.network(), batch: batch))
      #expect(check.error < 1e-4, "batch \(batch): \(check)")
    }
  }

  @Test(arguments: OddGraphs.cases) func oddGraph(_ example: Case) throws {
    let network = try example.network()
    let check = GradientCheck(try EngineRun(network, batch: 9))
    #expect(check.error < 1e-4, "\(check)")
    // The offsets alone: their gradients are small beside the others'.
    let offsets = GradientCheck(try EngineRun(network, batch: 9)) { $0 == .offset || $0 == .bias }
    #expect(offsets.error < 1e-4, "\(offsets)")
  }

  @Test(arguments: KnownCells.all) func knownCell(_ cell: Genotype) throws {
    let skeleton = Skeleton(cells: 1, filters: 4, input: Shape(height: 9, width: 9, channels: 3), classes: 5)
    let network = try Network(genotype: cell, skeleton: skeleton)
    let check = GradientCheck(try EngineRun(network, batch: 3))
    #expect(check.error < 1e-4, "\(check)")
  }
}
