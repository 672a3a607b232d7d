/// The published networks of the NASNet, AmoebaNet and PNASNet cells.
///
/// Counts are those of Keras' own models (NASNet for ImageNet), of PyTorch (multiply-adds that are given exactly on CIFAR)
/// and of another program that agrees with both. NASNet-A 5 @ 1538, 7 @ 1920 and 7 @ 2304 for ImageNet are missing: their
/// published counts fit no N.
public enum PublishedNetworks {
  /// Every network.
  public static let all = nasnetImageNet + pnasnetImageNet + nasnetCIFAR + amoebanetCIFAR + amoebanetImageNet

  private static let million = 1_000_000
  private static let zoph = "Zoph et al. 2018"
  private static let real = "Real et al. 2019"

  private static let nasnetImageNet: [PublishedNetwork] = {
    let mobile = Skeleton(.imagenet)
    let large = Skeleton(.imagenetLarge)
    let mobileClaim = PublishedNetwork.Claim(
      zoph, parameters: Figure(53, unit: 100_000), multiplyAdds: Figure(564, unit: million))
    let largeClaims = [
      PublishedNetwork.Claim(
        zoph, parameters: Figure(889, unit: 100_000), multiplyAdds: Figure(238, unit: 100 * million)),
      PublishedNetwork.Claim(
        "timm", parameters: Figure(8875, unit: 10_000), multiplyAdds: Figure(2389, unit: 10 * million)),
    ]
    return [
      PublishedNetwork(
        name: "NASNet-A mobile", genotype: KnownCells.nasnetA, skeleton: mobile, parameters: 5_289_978,
        buffers: 36_738, multiplyAdds: Figure(5636, unit: 100_000), claims: [mobileClaim]),
      PublishedNetwork(
        name: "NASNet-A mobile", genotype: KnownCells.nasnetA, skeleton: Skeleton(.imagenet, classes: 1001),
        parameters: 5_291_035, buffers: 36_738),
      PublishedNetwork(
        name: "NASNet-A mobile, no classifier", genotype: KnownCells.nasnetA, skeleton: mobile, hasClassifier: false,
        parameters: 4_232_978, buffers: 36_738),
      PublishedNetwork(
        name: "NASNet-A large", genotype: KnownCells.nasnetA, skeleton: large, parameters: 88_753_150,
        buffers: 196_668, multiplyAdds: Figure(23_783, unit: million), claims: largeClaims,
        notes: [.countsNormalization]),
      PublishedNetwork(
        name: "NASNet-A large", genotype: KnownCells.nasnetA, skeleton: Skeleton(.imagenetLarge, classes: 1001),
        parameters: 88_757_183, buffers: 196_668),
    ]
  }()

  private static let pnasnetImageNet: [PublishedNetwork] = {
    let timm = PublishedNetwork.Claim(
      "timm", parameters: Figure(8606, unit: 10_000), multiplyAdds: Figure(2504, unit: 10 * million))
    // The paper has 25.0 B, which is the figure of a counter like timm's.
    let liu = PublishedNetwork.Claim(
      "Liu et al. 2018", parameters: Figure(861, unit: 100_000), multiplyAdds: Figure(250, unit: 100 * million))
    return [(1000, 86_057_668), (1001, 86_061_989)].map { classes, parameters in
      PublishedNetwork(
        name: "PNASNet-5 large", genotype: KnownCells.pnasnet5, skeleton: Skeleton(.pnasnet, classes: classes),
        parameters: parameters, buffers: 176_988, multiplyAdds: Figure(2494, unit: 10 * million),
        claims: classes == 1000 ? [liu, timm] : [], notes: classes == 1000 ? [.countsNormalization] : [])
    }
  }()

  private static let nasnetCIFAR = [
    cifar(
      "NASNet-A", KnownCells.nasnetA, (6, 32), 3_346_538, 37_248, Figure(544_333_312), auxiliary: 1_631_498,
      claim: Figure(33, unit: 100_000)),
    cifar(
      "NASNet-A", KnownCells.nasnetA, (7, 96), 32_590_954, 127_872, Figure(5_151_250_944),
      claim: Figure(276, unit: 100_000), notes: [.unresolved]),
    cifar("NASNet-A", KnownCells.nasnetA, (6, 96), 28_213_546, nil, Figure(4_501_903_872)),
    cifar(
      "NASNet-A", KnownCells.nasnetA, (2, 32), 1_294_698, 15_744, Figure(232_185_344), auxiliary: 1_631_498),
    cifar("NASNet-A", KnownCells.nasnetA, (1, 8), 72_370, 2_592, Figure(13_567_872)),
    cifar("NASNet-A", KnownCells.nasnetA, (1, 4), 25_486, 1_296, Figure(4_768_704)),
  ]

  private static let amoebanetCIFAR = [
    cifar(
      "AmoebaNet-A", KnownCells.amoebanetA, (1, 8), 59_482, 2_328, Figure(10_618_112), notes: [.stridedPair]),
    cifar(
      "AmoebaNet-A", KnownCells.amoebanetA, (3, 24), 843_322, 13_704, Figure(139_349_760), notes: [.stridedPair]),
    cifar(
      "AmoebaNet-A", KnownCells.amoebanetA, (6, 32), 2_567_754, 31_712, Figure(407_671_808), auxiliary: 1_615_114,
      claim: Figure(26, unit: 100_000), notes: [.stridedPair]),
    cifar(
      "AmoebaNet-A", KnownCells.amoebanetA, (6, 36), 3_218_266, 35_676, Figure(509_668_992), auxiliary: 1_619_210,
      claim: Figure(32, unit: 100_000), notes: [.stridedPair]),
    cifar(
      "AmoebaNet-B", KnownCells.amoebanetB, (6, 36), 2_839_186, 34_272, Figure(4549, unit: 100_000),
      auxiliary: 1_619_210, claim: Figure(28, unit: 100_000)),
    cifar("AmoebaNet-B", KnownCells.amoebanetB, (6, 80), 13_716_250, nil, nil, claim: Figure(137, unit: 100_000)),
    cifar("AmoebaNet-B", KnownCells.amoebanetB, (6, 128), 34_874_506, nil, nil, claim: Figure(349, unit: 100_000)),
  ]

  private static let amoebanetImageNet = [
    imagenet(
      "AmoebaNet-A", KnownCells.amoebanetA, (4, 50), 224, 5_088_963, nil, claim: Figure(51, unit: 100_000),
      Figure(555, unit: million), notes: [.stridedPair, .oddFilters]),
    imagenet(
      "AmoebaNet-A", KnownCells.amoebanetA, (6, 190), 331, 86_739_940, nil, claim: Figure(867, unit: 100_000),
      Figure(231, unit: 100 * million), notes: [.stridedPair, .oddFilters]),
    imagenet(
      "AmoebaNet-B", KnownCells.amoebanetB, (3, 62), 224, 5_259_612, Figure(5549, unit: 100_000),
      claim: Figure(53, unit: 100_000), Figure(555, unit: million)),
    imagenet(
      "AmoebaNet-B", KnownCells.amoebanetB, (6, 190), 331, 79_011_556, Figure(209, unit: 100 * million),
      claim: Figure(840, unit: 100_000), Figure(223, unit: 100 * million), notes: [.fits196]),
    imagenet(
      "AmoebaNet-B", KnownCells.amoebanetB, (6, 196), 331, 83_964_110, Figure(2227, unit: 10 * million),
      claim: Figure(840, unit: 100_000), Figure(223, unit: 100 * million), notes: [.fits196]),
    imagenet(
      "AmoebaNet-C", KnownCells.amoebanetC, (4, 44), 224, 5_057_771, Figure(5349, unit: 100_000),
      claim: Figure(506, unit: 10_000), Figure(535, unit: million)),
    imagenet(
      "AmoebaNet-C", KnownCells.amoebanetC, (4, 50), 224, 6_355_921, Figure(6777, unit: 100_000),
      claim: Figure(64, unit: 100_000), Figure(570, unit: million), notes: [.unresolved]),
    imagenet(
      "AmoebaNet-D", KnownCells.amoebanetD, (4, 256), 299, 84_007_145, Figure(189, unit: 100 * million)),
  ]

  /// A network for CIFAR-10.
  private static func cifar(
    _ name: String, _ genotype: Genotype, _ size: (cells: Int, filters: Int), _ parameters: Int, _ buffers: Int?,
    _ multiplyAdds: Figure?, auxiliary: Int? = nil, claim: Figure? = nil, notes: [PublishedNetwork.Note] = []
  ) -> PublishedNetwork {
    let source = genotype == KnownCells.nasnetA ? zoph : real
    return PublishedNetwork(
      name: name, genotype: genotype, skeleton: Skeleton(.cifar, cells: size.cells, filters: size.filters),
      parameters: parameters, buffers: buffers, multiplyAdds: multiplyAdds, auxiliaryParameters: auxiliary,
      claims: claim.map { [PublishedNetwork.Claim(source, parameters: $0)] } ?? [], notes: notes)
  }

  /// A network for ImageNet with a background class.
  private static func imagenet(
    _ name: String, _ genotype: Genotype, _ size: (cells: Int, filters: Int), _ pixels: Int, _ parameters: Int,
    _ multiplyAdds: Figure?, claim: Figure? = nil, _ claimedMultiplyAdds: Figure? = nil,
    notes: [PublishedNetwork.Note] = []
  ) -> PublishedNetwork {
    let claim = claim.map {
      PublishedNetwork.Claim(real, parameters: $0, multiplyAdds: claimedMultiplyAdds)
    }
    return PublishedNetwork(
      name: name, genotype: genotype,
      skeleton: Skeleton(.imagenet, cells: size.cells, filters: size.filters, size: pixels, classes: 1001),
      parameters: parameters, multiplyAdds: multiplyAdds, claims: claim.map { [$0] } ?? [], notes: notes)
  }
}
