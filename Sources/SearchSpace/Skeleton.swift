/// The network around the cells: how many, how wide, for which images (spec: NASNet paper Fig. 2; slim `nasnet.py`).
public struct Skeleton: Hashable, Sendable, Codable {
  /// N: normal cells per stack; three stacks with two reduction cells between them.
  public var cells: Int
  /// F: filters of the first stack's cells; doubled at each reduction cell.
  public var filters: Int
  /// The images: 32×32×3 for CIFAR.
  public var input: Shape
  /// The number of classes.
  public var classes: Int

  /// Creates a CIFAR skeleton.
  public init(
    cells: Int, filters: Int, input: Shape = Shape(height: 32, width: 32, channels: 3), classes: Int = 10
  ) {
    self.cells = cells
    self.filters = filters
    self.input = input
    self.classes = classes
  }

  /// Checks that every number is positive and small enough for counts to fit into an integer.
  /// - Throws: `NetworkError.notPositive`, `NetworkError.tooLarge`.
  public func validate() throws {
    let numbers = [
      ("number of cells per stack", cells, 1000), ("number of filters", filters, 10_000),
      ("image height", input.height, 10_000), ("image width", input.width, 10_000),
      ("number of image channels", input.channels, 10_000), ("number of classes", classes, 1_000_000),
    ]
    for (what, found, limit) in numbers {
      guard found > 0 else { throw NetworkError.notPositive(what: what, found: found) }
      guard found <= limit else { throw NetworkError.tooLarge(what: what, found: found, limit: limit) }
    }
  }
}
