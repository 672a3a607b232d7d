/// Steps that need nothing from each other but values of the same images.
///
/// Only batch normalisation mixes the images of a batch. Between two such points a thread takes a few images through all
/// steps of a phase before it takes the next ones, so that what one step leaves is still in the cache for the next.
struct Phase: Sendable {
  /// The steps, by their place in the plan's order.
  var steps: Range<Int>
  /// What is done with the sums of all images at the end, by place in the plan's list.
  var closings: Range<Int>
  /// How many images go through the steps at a time.
  var images: Int
}

/// Something done once at the end of a phase.
enum Closing: Sendable {
  /// Turns a batch's sums into the factors and addends of a normalisation, by its index.
  case normalize(Int)
  /// Turns a gradient's sums into the gradients of γ and β and the coefficients a, b, c.
  case normalizeBackward(Int)
  /// Adds up the pieces' shares of the gradient of packed weights, by their index, and unpacks it.
  case weights(Int)
  /// The same of a fully connected layer: weights and bias follow each other in a share.
  case linear(weights: Int, weightCount: Int, bias: Int, biasCount: Int, partial: Int)
}
