import ArgumentParser
import SearchSpace

/// The flags that describe the network around the cells.
struct SkeletonOptions: ParsableArguments {
  @Option(
    name: .customLong("skeleton"),
    help: "cifar, imagenet (224 pixels, stem of 32 filters), imagenet-large (331, 96, its skip rule) or pnasnet.")
  var preset: String?
  @Option(help: "N: normal cells per stack.") var cells: Int?
  @Option(help: "F: filters of the first stack's cells.") var filters: Int?
  @Option(help: ArgumentHelp("N and F as papers write them: 4@1056 (penultimate filters) or 4,44.", valueName: "name"))
  var size: String?
  @Option(help: "Rows and columns of the images, such as 224 or 224x192.") var imageSize: String?
  @Option(help: "The number of classes.") var classes: Int?
  @Option(help: "Filters of an ImageNet stem's convolution.") var stemFilters: Int?
  @Flag(help: "With the auxiliary head, which is for training only.") var auxiliaryHead = false

  /// The skeleton that the flags describe; what they leave out is as in `found`, or else as in the preset.
  /// - Throws: `CommandError`, `UnknownName`, `NetworkError`.
  func skeleton(for genotype: Genotype, found: Skeleton? = nil) throws -> Skeleton {
    var skeleton =
      if let preset { Skeleton(try Skeleton.Preset(named: preset)) } else { found ?? Skeleton(.cifar) }
    if let size {
      guard cells == nil, filters == nil else {
        throw CommandError(.usage, "--size has both N and F: leave out --cells and --filters.")
      }
      (skeleton.cells, skeleton.filters) = try SkeletonOptions.parse(size: size, genotype: genotype)
    }
    skeleton.cells = cells ?? skeleton.cells
    skeleton.filters = filters ?? skeleton.filters
    skeleton.classes = classes ?? skeleton.classes
    if let imageSize {
      let (height, width) = try SkeletonOptions.parse(imageSize: imageSize)
      skeleton.input = Shape(height: height, width: width, channels: skeleton.input.channels)
    }
    if let stemFilters {
      guard case .reductionCells = skeleton.stem else {
        throw CommandError(
          .usage, "--stem-filters is for the ImageNet skeletons, but this one has a stem of 3F filters: add --skeleton."
        )
      }
      skeleton.stem = .reductionCells(filters: stemFilters)
    }
    if auxiliaryHead { skeleton.auxiliaryHead = Skeleton.AuxiliaryHead() }
    try skeleton.validate()
    return skeleton
  }

  /// Checks that no flag is there.
  /// - Throws: `CommandError` that gives the reason and names the flag.
  func expectNone(because reason: String) throws {
    let given: [(String, Bool)] = [
      ("--skeleton", preset != nil), ("--cells", cells != nil), ("--filters", filters != nil), ("--size", size != nil),
      ("--image-size", imageSize != nil), ("--classes", classes != nil), ("--stem-filters", stemFilters != nil),
      ("--auxiliary-head", auxiliaryHead),
    ]
    guard let first = given.first(where: \.1) else { return }
    throw CommandError(.usage, "\(reason): leave out \(first.0).")
  }

  /// N and F of `4@1056`, `4 @ 1056`, `4,44` or `(4, 44)`.
  static func parse(size: String, genotype: Genotype) throws -> (cells: Int, filters: Int) {
    let text = size.filter { !" ()".contains($0) }
    let isPenultimate = text.contains("@")
    let numbers = text.split(separator: isPenultimate ? "@" : ",", omittingEmptySubsequences: false).map { Int($0) }
    guard numbers.count == 2, let cells = numbers[0], let second = numbers[1], second <= Int(Int32.max) else {
      throw CommandError(
        .usage, "--size needs N @ penultimate filters such as 4@1056, or N,F such as 4,44, not '\(size)'.")
    }
    guard isPenultimate else { return (cells, second) }
    let width = genotype.penultimateWidth
    guard second > 0, second % width == 0 else {
      let nearest = max(1, (Double(second) / Double(width)).rounded())
      throw CommandError(
        .usage,
        "The last cell of \(genotype.name ?? "these cells") has \(width)F filters, but \(second) is no multiple of "
          + "\(width): the nearest is \(cells)@\(Int(nearest) * width).")
    }
    return (cells, second / width)
  }

  private static func parse(imageSize: String) throws -> (height: Int, width: Int) {
    let numbers = imageSize.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    switch (numbers.count, numbers.first ?? nil, numbers.last ?? nil) {
    case (1, let side?, _): return (side, side)
    case (2, let height?, let width?): return (height, width)
    default:
      throw CommandError(
        .usage,
        "--image-size needs a number of pixels such as 224, or rows and columns such as 224x192, not '\(imageSize)'."
      )
    }
  }
}
