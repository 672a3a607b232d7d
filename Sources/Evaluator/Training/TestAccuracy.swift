/// An accuracy on test images: what a paper reports at the end. A type of its own, so that it cannot be taken for a
/// reward; only the full training of a cell and the check of a stored model make one.
public struct TestAccuracy: Hashable, Sendable, Codable {
  /// The share of the test images classified rightly, in 0...1.
  public let share: Double
  /// How many test images there were.
  public let images: Int

  init(share: Double, images: Int) {
    self.share = share
    self.images = images
  }
}
