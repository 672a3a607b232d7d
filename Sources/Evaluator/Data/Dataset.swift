import SearchSpace

/// Images of one shape with their labels, as bytes.
public struct ImageSet: Hashable, Sendable {
  /// The shape of every image.
  public let shape: Shape
  /// The images one after another, each height × width × channels (NHWC), values 0...255.
  public let pixels: [UInt8]
  /// The class of every image, an index into the data set's class names.
  public let labels: [UInt8]

  /// Creates a set; `pixels` must hold `labels.count` images of `shape`.
  public init(shape: Shape, pixels: [UInt8], labels: [UInt8]) {
    precondition(pixels.count == labels.count * shape.count, "an image set needs one image for every label")
    self.shape = shape
    self.pixels = pixels
    self.labels = labels
  }

  /// The number of images.
  public var count: Int { labels.count }
}

extension ImageSet: CustomStringConvertible {
  /// For example `50000 images of 32×32×3`.
  public var description: String { "\(count) images of \(shape)" }
}

/// Images that only a final test may read. A type of its own, so that nothing that searches can be handed them.
public struct TestSet: Hashable, Sendable {
  /// The test images.
  public let images: ImageSet

  init(images: ImageSet) {
    self.images = images
  }
}

/// A data set for image classification: the training images in memory, the test images only on request.
public struct Dataset: Sendable {
  /// The name by which commands and journals know it, for example `cifar10`.
  public let name: String
  /// Whether the images were generated; every report of a result has to say so.
  public let isSynthetic: Bool
  /// The names of the classes, in the order of the labels.
  public let classes: [String]
  /// The images to train and validate on; see `Split`.
  public let training: ImageSet
  /// The MD5 of the training records in the authors' binary layout and order, 32 hexadecimal digits; a run records it.
  public let checksum: String
  private let test: @Sendable () throws -> ImageSet

  init(
    name: String, isSynthetic: Bool, classes: [String], training: ImageSet, checksum: String,
    test: @escaping @Sendable () throws -> ImageSet
  ) {
    self.name = name
    self.isSynthetic = isSynthetic
    self.classes = classes
    self.training = training
    self.checksum = checksum
    self.test = test
  }

  /// The shape of every image.
  public var shape: Shape { training.shape }

  /// Reads the test images. Never called by a search, which must not know the test set.
  /// - Throws: `DatasetError` when they are missing or damaged.
  public func loadTest() throws -> TestSet {
    TestSet(images: try test())
  }
}
