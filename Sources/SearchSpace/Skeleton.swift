/// The network around the cells: how many, how wide, for which images (Zoph et al. 2018, Fig. 2; slim `nasnet.py`).
public struct Skeleton: Hashable, Sendable {
  /// What comes before the first stack of cells.
  public enum Stem: Hashable, Sendable, Codable {
    /// A 3×3 convolution to 3F filters in the size of the image (slim `nasnet.py`, `_cifar_stem`).
    case convolution
    /// A 3×3 convolution with stride 2 and without padding to so many filters, then two reduction cells of F/4 and F/2
    /// filters (slim `nasnet.py`, `_imagenet_stem`).
    case reductionCells(filters: Int)
  }

  /// A second classifier on the output of the last cell before the second reduction: ReLU; average pooling 5×5 with
  /// stride 3 and without padding; 1×1 convolution, BN, ReLU; convolution over the whole image, BN, ReLU; fully
  /// connected layer (slim `nasnet.py`, `_build_aux_head`).
  public struct AuxiliaryHead: Hashable, Sendable, Codable {
    /// Filters of the 1×1 convolution.
    public var projectionFilters: Int
    /// Filters of the convolution over the whole image.
    public var filters: Int

    /// Creates a head; the defaults are those of every NASNet and PNASNet.
    public init(projectionFilters: Int = 128, filters: Int = 768) {
      self.projectionFilters = projectionFilters
      self.filters = filters
    }
  }

  /// N: normal cells per stack; three stacks with two reduction cells between them.
  public var cells: Int
  /// F: filters of the first stack's cells; doubled at each reduction cell.
  public var filters: Int
  /// The images: 32×32×3 for CIFAR.
  public var input: Shape
  /// The number of classes.
  public var classes: Int
  /// What comes before the cells.
  public var stem = Stem.convolution
  /// Whether the first normal cell behind a reduction cell has as its skip input the cell before the one that the
  /// reduction cell reads, and not that one (slim `nasnet.py`, `skip_reduction_layer_input`; NASNet-A large).
  public var skipsReductionInput = false
  /// Whether each reduction cell is the first of the next stack's N cells, and not one more (slim `pnasnet.py`).
  public var reductionsReplaceCells = false
  /// The second classifier, for training only; nil for none.
  public var auxiliaryHead: AuxiliaryHead?
  /// Every batch normalisation.
  public var normalization = BatchNorm()

  /// Creates a CIFAR skeleton.
  public init(
    cells: Int, filters: Int, input: Shape = Shape(height: 32, width: 32, channels: 3), classes: Int = 10
  ) {
    self.cells = cells
    self.filters = filters
    self.input = input
    self.classes = classes
  }

  /// The most that pixels times squared filters may come to, summed over a stack's cells: for cells of a hundred blocks
  /// multiply-adds still fit into an integer. NASNet-A large has 2^34.
  private static let largestStack = 1 << 46

  /// Checks that every number is positive and small enough for counts to fit into an integer.
  /// - Throws: `NetworkError.notPositive`, `NetworkError.tooLarge`, `NetworkError.tooNarrowForStem`.
  public func validate() throws {
    var numbers = [
      ("number of cells per stack", cells, 1000), ("number of filters", filters, 10_000),
      ("image height", input.height, 10_000), ("image width", input.width, 10_000),
      ("number of image channels", input.channels, 10_000), ("number of classes", classes, 1_000_000),
    ]
    if case .reductionCells(let filters) = stem { numbers.append(("number of the stem's filters", filters, 10_000)) }
    if let auxiliaryHead {
      numbers.append(("number of the auxiliary projection's filters", auxiliaryHead.projectionFilters, 10_000))
      numbers.append(("number of the auxiliary head's filters", auxiliaryHead.filters, 10_000))
    }
    for (what, found, limit) in numbers {
      guard found > 0 else { throw NetworkError.notPositive(what: what, found: found) }
      guard found <= limit else { throw NetworkError.tooLarge(what: what, found: found, limit: limit) }
    }
    let cell = input.height * input.width * filters * filters
    guard cell <= Skeleton.largestStack / cells else {
      throw NetworkError.tooLarge(
        what: "number of pixels times squared filters (with \(cells) cells per stack)", found: cell,
        limit: Skeleton.largestStack / cells)
    }
    if case .reductionCells = stem, filters < 4 { throw NetworkError.tooNarrowForStem(filters: filters) }
  }
}

/// One cell of a network.
struct CellPlacement {
  /// The scope of its nodes.
  let name: String
  /// Whether it is the reduction cell, with stride 2.
  let isReduction: Bool
  /// Its number of filters.
  let filters: Int
  /// How many cells before the direct input the skip input is.
  let skipDistance: Int
}

extension Skeleton {
  /// The cells in order. The stem's reduction cells have ⌊F/4⌋ and ⌊F/2⌋ filters.
  var placements: [CellPlacement] {
    var placements: [CellPlacement] = []
    if case .reductionCells = stem {
      placements = [4, 2].enumerated().map { index, share in
        CellPlacement(name: "stemCell\(index)", isReduction: true, filters: filters / share, skipDistance: 1)
      }
    }
    let stemCells = placements.count
    for stack in 0..<3 {
      let hasReduction = stack > 0
      let normalCells = cells - (hasReduction && reductionsReplaceCells ? 1 : 0)
      let kinds = (hasReduction ? [true] : []) + [Bool](repeating: false, count: normalCells)
      for (index, isReduction) in kinds.enumerated() {
        let isBehindReduction = hasReduction && index == 1
        placements.append(
          CellPlacement(
            name: "cell\(placements.count - stemCells)", isReduction: isReduction, filters: filters << stack,
            skipDistance: isBehindReduction && skipsReductionInput ? 2 : 1))
      }
    }
    return placements
  }

  /// The name of the cell whose output the auxiliary head reads: the last before the second reduction.
  var auxiliaryPlacement: String { "cell\(reductionsReplaceCells ? 2 * cells - 1 : 2 * cells)" }
}
