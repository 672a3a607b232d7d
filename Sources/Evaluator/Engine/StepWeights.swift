import CKernels

// Weights are packed before a step, and the pieces' shares of their gradients added up behind it.
extension StepContext {
  /// Packs one tensor of weights.
  func pack(weights index: Int) {
    let weights = tables.weights[index]
    var packing = weights.packing(tables.places)
    let source = trainable + weights.tensor
    if weights.isDepthwise {
      nas_pack_depthwise(&packing, source, lanes, arena + weights.packed)
    } else {
      nas_pack_convolution(
        &packing, source, optional(weights.scale), arena + weights.packed, optional(weights.transposed))
    }
  }

  /// Adds up the pieces' shares of the gradient of one tensor of weights, always in the same order, and unpacks the sum.
  func reduce(weights index: Int) {
    let weights = tables.weights[index]
    let sum = reduce(weights.partial, count: weights.packedCount)
    var packing = weights.packing(tables.places)
    let target = gradients + weights.tensor
    if weights.isDepthwise {
      nas_unpack_depthwise(&packing, sum, lanes, target)
    } else {
      nas_unpack_convolution(&packing, sum, target)
    }
  }

  /// The same of a fully connected layer, whose weights and bias follow each other.
  func reduce(_ partial: Int, weights: Int, weightCount: Int, bias: Int, biasCount: Int) {
    let sum = reduce(partial, count: weightCount + biasCount)
    (gradients + weights).update(from: sum, count: weightCount)
    (gradients + bias).update(from: sum + weightCount, count: biasCount)
  }

  /// Leaves the sum of all pieces' shares in the first.
  private func reduce(_ partial: Int, count: Int) -> UnsafeMutablePointer<Float> {
    for piece in 1..<max(pieces, 1) { kernels.pointee.accumulate(share(partial, 0), share(partial, piece), count) }
    return share(partial, 0)
  }
}
