/// Published cells, by name.
///
/// States follow the released code: 0 is the previous cell, 1 the cell before it. The output lists are the released
/// code's as well; the papers' figures show fewer states, but only these give the published parameter counts.
public enum KnownCells {
  /// Every known cell.
  public static let all = [nasnetA, amoebanetA]

  /// The genotype of a name.
  /// - Throws: `UnknownName` with a suggestion.
  public static func genotype(named name: String) throws -> Genotype {
    guard let genotype = all.first(where: { $0.name == name }) else {
      throw UnknownName(kind: "known cell", found: name, known: all.compactMap(\.name))
    }
    return genotype
  }

  /// NASNet-A: Zoph et al., "Learning transferable architectures for scalable image recognition", CVPR 2018, Fig. 4;
  /// indices and output flags as in tensorflow/models `research/slim/nets/nasnet/nasnet_utils.py`.
  public static let nasnetA = Genotype(
    name: "nasnet-a",
    normal: Cell(
      blocks: [
        Block(.init("sep_conv_5x5", 0), .init("sep_conv_3x3", 1)),
        Block(.init("sep_conv_5x5", 1), .init("sep_conv_3x3", 1)),
        Block(.init("avg_pool_3x3", 0), .init("identity", 1)),
        Block(.init("avg_pool_3x3", 1), .init("avg_pool_3x3", 1)),
        Block(.init("sep_conv_3x3", 0), .init("identity", 0)),
      ], concat: [1, 2, 3, 4, 5, 6]),
    reduction: Cell(
      blocks: [
        Block(.init("sep_conv_5x5", 0), .init("sep_conv_7x7", 1)),
        Block(.init("max_pool_3x3", 0), .init("sep_conv_7x7", 1)),
        Block(.init("avg_pool_3x3", 0), .init("sep_conv_5x5", 1)),
        Block(.init("identity", 3), .init("avg_pool_3x3", 2)),
        Block(.init("sep_conv_3x3", 2), .init("max_pool_3x3", 0)),
      ], concat: [3, 4, 5, 6]))

  /// AmoebaNet-A: Real et al., "Regularized evolution for image classifier architecture search", AAAI 2019, Fig. 5;
  /// indices and output flags as in tensorflow/tpu `models/official/amoeba_net/model_specs.py`.
  public static let amoebanetA = Genotype(
    name: "amoebanet-a",
    normal: Cell(
      blocks: [
        Block(.init("avg_pool_3x3", 0), .init("max_pool_3x3", 0)),
        Block(.init("sep_conv_3x3", 1), .init("identity", 1)),
        Block(.init("identity", 0), .init("avg_pool_3x3", 1)),
        Block(.init("sep_conv_3x3", 0), .init("sep_conv_5x5", 2)),
        Block(.init("avg_pool_3x3", 5), .init("sep_conv_3x3", 0)),
      ], concat: [1, 3, 4, 6]),
    reduction: Cell(
      blocks: [
        Block(.init("sep_conv_3x3", 1), .init("avg_pool_3x3", 0)),
        Block(.init("max_pool_3x3", 0), .init("sep_conv_7x7", 2)),
        Block(.init("max_pool_3x3", 1), .init("max_pool_3x3", 0)),
        Block(.init("sep_conv_3x3", 4), .init("conv_1x7_7x1", 0)),
        Block(.init("avg_pool_3x3", 1), .init("sep_conv_7x7", 0)),
      ], concat: [2, 3, 4, 5, 6]))
}
