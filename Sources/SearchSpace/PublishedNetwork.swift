/// A number as a source gives it: exact, or rounded to a unit.
public struct Figure: Hashable, Sendable {
  /// The number.
  public let value: Int
  /// What it is rounded to; 1 when it is exact.
  public let unit: Int

  /// A number of units: `Figure(889, unit: 100_000)` is 88.9 M.
  public init(_ count: Int, unit: Int = 1) {
    value = count * unit
    self.unit = unit
  }

  /// Whether a count is the figure or rounds to it.
  public func agrees(with count: Int) -> Bool { 2 * abs(count - value) <= unit }
}

extension Figure: CustomStringConvertible {
  /// `72,370` when it is exact, otherwise `88.9 M` or `23.78 B` with the digits that are given.
  public var description: String {
    if unit == 1 { return value.grouped }
    let (scale, letter) = value >= 1_000_000_000 ? (1_000_000_000, "B") : (1_000_000, "M")
    guard unit < scale else { return "\(value / scale) \(letter)" }
    let digits = String(value % scale / unit)
    let places = String(scale / unit).count - 1
    return "\(value / scale).\(String(repeating: "0", count: places - digits.count))\(digits) \(letter)"
  }
}

/// A network of a paper or a release, with its counts as others give them.
///
/// `parameters`, `buffers`, `multiplyAdds` and `auxiliaryParameters` are those of a run of Keras or PyTorch, or of another
/// program that agrees with Keras; ours must equal them. `claims` are what was published, which need not be exact.
public struct PublishedNetwork: Sendable {
  /// What a source says about the network.
  public struct Claim: Hashable, Sendable {
    /// Who says it.
    public let source: String
    /// Trainable scalars, or all of them: papers differ.
    public var parameters: Figure?
    /// Multiply-adds for one image.
    public var multiplyAdds: Figure?

    /// Creates a claim.
    public init(_ source: String, parameters: Figure? = nil, multiplyAdds: Figure? = nil) {
      self.source = source
      self.parameters = parameters
      self.multiplyAdds = multiplyAdds
    }
  }

  /// Our counts.
  public struct Counts: Hashable, Sendable, Codable {
    /// Trainable scalars, without an auxiliary head.
    public let parameters: Int
    /// Scalars that are kept but not trained.
    public let buffers: Int
    /// Multiply-adds for one image, without an auxiliary head.
    public let multiplyAdds: Int
    /// Trainable scalars of the auxiliary head.
    public let auxiliaryParameters: Int
  }

  /// Why a number differs from a published one.
  public enum Note: String, Hashable, Sendable, CaseIterable {
    /// AmoebaNet-A's 1×7 and 7×1 convolutions in reduction cells.
    case stridedPair
    /// Stem cells with an odd number of filters.
    case oddFilters
    /// Counters that count normalisations.
    case countsNormalization
    /// A published figure that fits other filters.
    case fits196
    /// Published figures that no reading of the source reproduces.
    case unresolved
  }

  /// Its name, such as `NASNet-A large`.
  public let name: String
  /// Its cells.
  public let genotype: Genotype
  /// Its skeleton.
  public let skeleton: Skeleton
  /// Whether the classifier is counted, a fully connected layer.
  public var hasClassifier = true
  /// Trainable scalars.
  public let parameters: Int
  /// Scalars that are kept but not trained.
  public var buffers: Int?
  /// Multiply-adds for one image.
  public var multiplyAdds: Figure?
  /// Trainable scalars of the auxiliary head.
  public var auxiliaryParameters: Int?
  /// What was published.
  public var claims: [Claim] = []
  /// What is to be said about differences.
  public var notes: [Note] = []

  /// Counts the network.
  /// - Throws: `NetworkError`.
  public func counts() throws -> Counts {
    let network = try Network(genotype: genotype, skeleton: skeleton)
    var trained = skeleton
    trained.auxiliaryHead = Skeleton.AuxiliaryHead()
    let auxiliary = try Network(genotype: genotype, skeleton: trained).parameterCount - network.parameterCount
    let classifier = hasClassifier ? nil : network.nodes.last
    return Counts(
      parameters: network.parameterCount - (classifier?.tensors.reduce(0) { $0 + $1.count } ?? 0),
      buffers: network.bufferCount, multiplyAdds: network.multiplyAdds - (classifier?.multiplyAdds ?? 0),
      auxiliaryParameters: auxiliary)
  }
}

extension PublishedNetwork {
  /// Whether our counts are those that others counted.
  public func agrees(with counts: Counts) -> Bool {
    parameters == counts.parameters && buffers ?? counts.buffers == counts.buffers
      && multiplyAdds?.agrees(with: counts.multiplyAdds) ?? true
      && auxiliaryParameters ?? counts.auxiliaryParameters == counts.auxiliaryParameters
  }
}

extension PublishedNetwork.Claim {
  /// Whether our counts of parameters round to the figure, the buffers included or not; nil when there is none.
  public func parametersAgree(with counts: PublishedNetwork.Counts) -> Bool? {
    parameters.map { $0.agrees(with: counts.parameters) || $0.agrees(with: counts.parameters + counts.buffers) }
  }

  /// Whether our multiply-adds round to the figure; nil when there is none.
  public func multiplyAddsAgree(with counts: PublishedNetwork.Counts) -> Bool? {
    multiplyAdds?.agrees(with: counts.multiplyAdds)
  }
}

extension PublishedNetwork.Note: CustomStringConvertible {
  /// One or two sentences.
  public var description: String {
    switch self {
    case .stridedPair:
      "A 1×7 convolution with stride (1, 2) and then a 7×1 convolution with stride (2, 1), as released, take these "
        + "multiply-adds, which PyTorch confirms. Who counts both at the halved size gets slightly less: 10.6 M, 138.8 M, "
        + "406.8 M, 508.5 M, 553.4 M and 23.10 B for the six networks of AmoebaNet-A, in this order."
    case .oddFilters:
      "A stem cell has an odd number of filters, which the factorized reduction released with the cells refuses; each of "
        + "its halves is rounded down here, as in the counts beside it. Later releases of slim round the second half up, "
        + "which gives 86,721,838 parameters and 23.13 B multiply-adds for (6, 190), and 5,087,731 and 554.7 M for (4, 50); "
        + "these round to the published figures."
    case .countsNormalization:
      "timm's counter adds two for every normalised value; with them ours are its figures and those of the PNASNet paper."
    case .fits196:
      "Published as (6, 190), but the published figures are those of F = 196."
    case .unresolved:
      "No reading of the source gives the published figure."
    }
  }
}
