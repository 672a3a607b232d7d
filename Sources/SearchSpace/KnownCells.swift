/// Published cells, by name.
///
/// States follow the released code: 0 is the previous cell, 1 the cell before it. The output lists are the released
/// code's as well; the papers' figures show fewer states, but only these give the published parameter counts.
/// NASNet-B and NASNet-C are missing: they were published as figures only.
public enum KnownCells {
  /// Every known cell.
  public static let all = [
    nasnetA, nasnetAFigure, nasnetATimm, amoebanetA, amoebanetB, amoebanetC, amoebanetD, pnasnet5,
  ]

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

  /// NASNet-A as the paper's Fig. 4 and DARTS' `genotypes.py` (quark0/darts, `NASNet`) show it: the same blocks, but only
  /// the block states that no block reads are concatenated, five and three of them.
  public static let nasnetAFigure = Genotype(
    name: "nasnet-a-figure", normal: Cell(blocks: nasnetA.normal.blocks),
    reduction: Cell(blocks: nasnetA.reduction.blocks))

  /// NASNet-A as timm (pytorch-image-models) computes it, for weights from there: `models/nasnet.py`, whose strided average
  /// pooling counts the padding (`layers/pool2d_same.py`). The tensors and counts are those of NASNet-A.
  public static let nasnetATimm = Genotype(
    name: "nasnet-a-timm", normal: nasnetA.normal,
    reduction: Cell(
      blocks: [
        Block(.init("sep_conv_5x5", 0), .init("sep_conv_7x7", 1)),
        Block(.init("max_pool_3x3", 0), .init("sep_conv_7x7", 1)),
        Block(.init("avg_pool_3x3_include_pad", 0), .init("sep_conv_5x5", 1)),
        Block(.init("identity", 3), .init("avg_pool_3x3", 2)),
        Block(.init("sep_conv_3x3", 2), .init("max_pool_3x3", 0)),
      ], concat: nasnetA.reduction.concat))

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

  /// AmoebaNet-B: Real et al. 2019, supplement; indices and output flags as in tensorflow/tpu
  /// `models/official/amoeba_net/model_specs.py`. The operation written there as a dilated separable 5×5 convolution is
  /// the plain one here, because that is what the released code makes of it; both have the same counts.
  public static let amoebanetB = Genotype(
    name: "amoebanet-b",
    normal: Cell(
      blocks: [
        Block(.init("conv_1x1", 1), .init("max_pool_3x3", 1)),
        Block(.init("identity", 1), .init("sep_conv_3x3", 0)),
        Block(.init("conv_1x1", 1), .init("sep_conv_3x3", 0)),
        Block(.init("conv_1x1", 2), .init("identity", 2)),
        Block(.init("avg_pool_3x3", 1), .init("conv_1x1", 5)),
      ], concat: [0, 3, 4, 6]),
    reduction: Cell(
      blocks: [
        Block(.init("max_pool_2x2", 0), .init("max_pool_3x3", 0)),
        Block(.init("identity", 2), .init("conv_3x3", 1)),
        Block(.init("sep_conv_5x5", 2), .init("max_pool_3x3", 2)),
        Block(.init("identity", 3), .init("sep_conv_3x3", 1)),
        Block(.init("avg_pool_3x3", 4), .init("conv_1x1", 3)),
      ], concat: [5, 6]))

  /// AmoebaNet-C: Real et al. 2019, supplement; indices and output flags as in tensorflow/tpu
  /// `models/official/amoeba_net/model_specs.py`. Its reduction cell also concatenates its halved direct input.
  public static let amoebanetC = Genotype(
    name: "amoebanet-c",
    normal: Cell(
      blocks: [
        Block(.init("avg_pool_3x3", 0), .init("sep_conv_3x3", 0)),
        Block(.init("identity", 0), .init("sep_conv_3x3", 0)),
        Block(.init("avg_pool_3x3", 2), .init("sep_conv_3x3", 1)),
        Block(.init("identity", 0), .init("sep_conv_3x3", 1)),
        Block(.init("avg_pool_3x3", 3), .init("sep_conv_3x3", 0)),
      ], concat: [1, 2, 4, 5, 6]),
    reduction: Cell(
      blocks: [
        Block(.init("max_pool_3x3", 0), .init("max_pool_3x3", 0)),
        Block(.init("sep_conv_7x7", 2), .init("sep_conv_3x3", 0)),
        Block(.init("sep_conv_7x7", 0), .init("max_pool_3x3", 1)),
        Block(.init("sep_conv_5x5", 4), .init("sep_conv_5x5", 4)),
        Block(.init("max_pool_3x3", 1), .init("sep_conv_3x3", 1)),
      ], concat: [0, 2, 3, 4, 5, 6]))

  /// AmoebaNet-D: the cell of Google's TPU submissions and of GPipe (Huang et al. 2019); tensorflow/tpu
  /// `models/official/amoeba_net/model_specs.py`.
  public static let amoebanetD = Genotype(
    name: "amoebanet-d",
    normal: Cell(
      blocks: [
        Block(.init("conv_1x1", 1), .init("max_pool_3x3", 1)),
        Block(.init("identity", 1), .init("conv_1x7_7x1", 0)),
        Block(.init("conv_1x1", 0), .init("conv_1x7_7x1", 0)),
        Block(.init("max_pool_3x3", 2), .init("identity", 2)),
        Block(.init("avg_pool_3x3", 1), .init("conv_1x1", 5)),
      ], concat: [0, 3, 4, 6]),
    reduction: Cell(
      blocks: [
        Block(.init("max_pool_2x2", 0), .init("max_pool_3x3", 0)),
        Block(.init("identity", 2), .init("conv_3x3", 1)),
        Block(.init("conv_1x7_7x1", 2), .init("max_pool_3x3", 2)),
        Block(.init("identity", 3), .init("max_pool_2x2", 1)),
        Block(.init("avg_pool_3x3", 2), .init("conv_1x1", 3)),
      ], concat: [4, 5, 6]))

  /// PNASNet-5: Liu et al., "Progressive neural architecture search", ECCV 2018, Fig. 1; indices and output flags as in
  /// tensorflow/models `research/slim/nets/nasnet/pnasnet.py`. One cell is both: strided where the size is halved.
  public static let pnasnet5 = Genotype(name: "pnasnet-5", normal: pnasnet5Cell, reduction: pnasnet5Cell)

  private static let pnasnet5Cell = Cell(
    blocks: [
      Block(.init("sep_conv_5x5", 1), .init("max_pool_3x3", 1)),
      Block(.init("sep_conv_7x7", 0), .init("max_pool_3x3", 0)),
      Block(.init("sep_conv_5x5", 0), .init("sep_conv_3x3", 0)),
      Block(.init("sep_conv_3x3", 4), .init("max_pool_3x3", 0)),
      Block(.init("sep_conv_3x3", 1), .init("identity", 0)),
    ], concat: [2, 3, 4, 5, 6])
}
