extension Skeleton {
  /// The skeletons of published networks.
  public enum Preset: String, Hashable, Sendable, CaseIterable {
    /// Small images: a convolution as the stem (slim `nasnet.py`, `cifar_config`).
    case cifar
    /// ImageNet at 224 pixels with a stem of 32 filters (slim `nasnet.py`, `mobile_imagenet_config`; TPU AmoebaNets).
    case imagenet
    /// ImageNet at 331 pixels with a stem of 96 filters and the skip rule of the large model (slim `nasnet.py`,
    /// `large_imagenet_config`).
    case imagenetLarge = "imagenet-large"
    /// As `imagenetLarge`, but the reduction cells take the place of normal cells, which leaves the skip rule nothing to
    /// do (slim `pnasnet.py`, `large_imagenet_config`).
    case pnasnet

    /// The preset of a name.
    /// - Throws: `UnknownName` with a suggestion.
    public init(named name: String) throws {
      guard let preset = Preset(rawValue: name) else {
        throw UnknownName(kind: "skeleton", found: name, known: Preset.allCases.map(\.rawValue))
      }
      self = preset
    }
  }

  /// Batch normalisation of the ImageNet models (slim `nasnet.py`, `nasnet_mobile_arg_scope`).
  public static let imagenetNormalization = BatchNorm(epsilon: 1e-3, momentum: 0.9997)

  /// The skeleton of a preset. Numbers that are not given are those of the published network: for ImageNet (N, F) is
  /// (4, 44), the large one (6, 168) and PNASNet's (4, 216), with 1000 classes; for CIFAR a small (1, 8), with 10 classes.
  public init(_ preset: Preset, cells: Int? = nil, filters: Int? = nil, size: Int? = nil, classes: Int? = nil) {
    let (publishedCells, publishedFilters, publishedSize) =
      switch preset {
      case .cifar: (1, 8, 32)
      case .imagenet: (4, 44, 224)
      case .imagenetLarge: (6, 168, 331)
      case .pnasnet: (4, 216, 331)
      }
    let size = size ?? publishedSize
    self.init(
      cells: cells ?? publishedCells, filters: filters ?? publishedFilters,
      input: Shape(height: size, width: size, channels: 3), classes: classes ?? (preset == .cifar ? 10 : 1000))
    guard preset != .cifar else { return }
    stem = .reductionCells(filters: preset == .imagenet ? 32 : 96)
    skipsReductionInput = preset == .imagenetLarge
    reductionsReplaceCells = preset == .pnasnet
    normalization = Skeleton.imagenetNormalization
  }

  /// The preset whose structure this is, whatever the numbers; nil when there is none.
  public var preset: Preset? {
    switch (stem, reductionsReplaceCells, skipsReductionInput) {
    case (.convolution, false, false): .cifar
    case (.reductionCells, false, false): .imagenet
    case (.reductionCells, false, true): .imagenetLarge
    case (.reductionCells, true, false): .pnasnet
    case (.convolution, _, true), (.convolution, true, _), (.reductionCells, true, true): nil
    }
  }
}

// Only what differs from a CIFAR skeleton is written, so that what was written before there were others stays the same.
extension Skeleton: Codable {
  private enum CodingKeys: String, CodingKey {
    case cells, filters, input, classes, stem, skipsReductionInput, reductionsReplaceCells, auxiliaryHead
    case normalization
  }

  /// Decodes a skeleton; what is missing is as in a CIFAR skeleton.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      cells: try container.decode(Int.self, forKey: .cells), filters: try container.decode(Int.self, forKey: .filters),
      input: try container.decode(Shape.self, forKey: .input),
      classes: try container.decode(Int.self, forKey: .classes))
    stem = try container.decodeIfPresent(Stem.self, forKey: .stem) ?? stem
    skipsReductionInput =
      try container.decodeIfPresent(Bool.self, forKey: .skipsReductionInput) ?? skipsReductionInput
    reductionsReplaceCells =
      try container.decodeIfPresent(Bool.self, forKey: .reductionsReplaceCells) ?? reductionsReplaceCells
    auxiliaryHead = try container.decodeIfPresent(AuxiliaryHead.self, forKey: .auxiliaryHead)
    normalization = try container.decodeIfPresent(BatchNorm.self, forKey: .normalization) ?? normalization
  }

  /// Encodes the numbers and what differs from a CIFAR skeleton.
  public func encode(to encoder: any Encoder) throws {
    let plain = Skeleton(cells: cells, filters: filters)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(cells, forKey: .cells)
    try container.encode(filters, forKey: .filters)
    try container.encode(input, forKey: .input)
    try container.encode(classes, forKey: .classes)
    if stem != plain.stem { try container.encode(stem, forKey: .stem) }
    if skipsReductionInput { try container.encode(true, forKey: .skipsReductionInput) }
    if reductionsReplaceCells { try container.encode(true, forKey: .reductionsReplaceCells) }
    try container.encodeIfPresent(auxiliaryHead, forKey: .auxiliaryHead)
    if normalization != plain.normalization { try container.encode(normalization, forKey: .normalization) }
  }
}
