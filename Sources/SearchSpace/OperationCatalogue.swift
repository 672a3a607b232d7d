/// Operations by name, in a fixed order.
public struct OperationCatalogue: Sendable {
  /// The operations.
  public let operations: [Operation]
  private let positions: [String: Int]

  /// Creates a catalogue; of two operations with one name the first counts.
  public init(_ operations: [Operation]) {
    self.operations = operations
    positions = Dictionary(zip(operations.map(\.name), operations.indices), uniquingKeysWith: { first, _ in first })
  }

  /// The names in order.
  public var names: [String] { operations.map(\.name) }

  /// The operation of a name.
  /// - Throws: `UnknownName` with a suggestion.
  public func operation(named name: String) throws -> Operation {
    guard let position = positions[name] else { throw UnknownName(kind: "operation", found: name, known: names) }
    return operations[position]
  }

  /// Every operation of the NASNet and AmoebaNet spaces and of the released cells (Zoph et al. 2018, section 3;
  /// Real et al. 2019, "Methods"; slim `nasnet_utils.py`; TPU `network_utils.py`), and timm's average pooling, which is in
  /// no space.
  public static let standard = OperationCatalogue(
    [Operation.identity, .convolution1x1]
      + [
        .bottleneck("conv_3x3", kernels: [Extent(3)]),
        .bottleneck(
          "conv_1x3_3x1", kernels: [Extent(height: 1, width: 3), Extent(height: 3, width: 1)], numerator: 3,
          denominator: 8),
        .bottleneck("conv_1x7_7x1", kernels: [Extent(height: 1, width: 7), Extent(height: 7, width: 1)]),
        .bottleneck("dil_conv_3x3", kernels: [Extent(3)], dilation: 2),
      ]
      + [3, 5, 7].map { .separable($0) }
      + [3, 5, 7].map { .dilatedSeparable($0) }
      + [2, 3, 5].map { .pooling(.average, $0) }
      + [2, 3, 5, 7].map { .pooling(.max, $0) }
      + [.pooling(.min, 2), .averagePoolingIncludingPad(3)])

  /// The 13 operations of the NASNet space in the paper's order (Zoph et al. 2018, section 3).
  public static let nasnet = [
    "identity", "conv_1x3_3x1", "conv_1x7_7x1", "dil_conv_3x3", "avg_pool_3x3", "max_pool_3x3", "max_pool_5x5",
    "max_pool_7x7", "conv_1x1", "conv_3x3", "sep_conv_3x3", "sep_conv_5x5", "sep_conv_7x7",
  ]

  /// The 8 operations of the AmoebaNet space (Real et al. 2019, "Search space").
  public static let amoebanet = [
    "identity", "sep_conv_3x3", "sep_conv_5x5", "sep_conv_7x7", "avg_pool_3x3", "max_pool_3x3", "dil_sep_conv_3x3",
    "conv_1x7_7x1",
  ]
}
