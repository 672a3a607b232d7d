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

  /// Checks that every number is positive.
  /// - Throws: `NetworkError.notPositive`.
  public func validate() throws {
    let numbers = [
      ("number of cells per stack", cells), ("number of filters", filters), ("image height", input.height),
      ("image width", input.width), ("number of image channels", input.channels), ("number of classes", classes),
    ]
    for (what, found) in numbers where found < 1 { throw NetworkError.notPositive(what: what, found: found) }
  }
}
