import CKernels

// Drop-path and dropout: values and gradients times factors that are drawn before the step. The kernels know nothing of
// them: a path's factor for an image is multiplied into the coefficients that the kernels apply anyway.
extension StepContext {
  private func factors(ofPath path: Int) -> UnsafeMutablePointer<Float> {
    arena + fixed.pathFactorsOffset + path * batch
  }

  /// y = f · x for every image; since f is not negative, behind the relu as before it.
  func copyDropped(_ step: AddForward, _ first: Int, _ last: Int, _ worker: Int) {
    let width = step.blocks * lanes
    let scale = scratch(worker)
    let shift = scale + width
    for image in first..<last {
      let factor = factors(ofPath: step.path)[image]
      var x = source(step.a, from: image * step.pixels)
      fill(scale, width, factor, x.scale, otherwise: 1)
      fill(shift, width, factor, x.shift, otherwise: 0)
      x.scale = UnsafePointer(scale)
      x.shift = UnsafePointer(shift)
      kernels.pointee.add(x, nothing, sink(step.y, from: image * step.pixels), step.blocks, step.pixels)
    }
  }

  /// dx = f · dy for every image.
  func passDropped(_ step: PassGradient, _ first: Int, _ last: Int, _ piece: Int, _ worker: Int) {
    let width = step.dx.blocks * lanes
    let (a, b, c) = (scratch(worker), scratch(worker) + width, scratch(worker) + 2 * width)
    for image in first..<last {
      let factor = factors(ofPath: step.path)[image]
      let pixel = image * step.pixels
      var dy = gradient(step.dy, from: pixel)
      fill(a, width, factor, dy.a, otherwise: 1)
      fill(b, width, factor, dy.b, otherwise: 0)
      fill(c, width, factor, dy.c, otherwise: 0)
      if dy.a == nil { (dy.z, dy.z_plane) = (dy.data, dy.plane) }
      (dy.a, dy.b, dy.c) = (UnsafePointer(a), UnsafePointer(b), UnsafePointer(c))
      kernels.pointee.pass_gradient(
        step.x.map { source($0, from: pixel) } ?? nothing, dy, sink(step.dx, from: pixel), step.dx.blocks, step.pixels,
        sums(step.dx, piece: piece))
    }
  }

  private func fill(
    _ target: UnsafeMutablePointer<Float>, _ width: Int, _ factor: Float, _ values: UnsafePointer<Float>?,
    otherwise: Float
  ) {
    guard let values else { return target.update(repeating: factor * otherwise, count: width) }
    for lane in 0..<width { target[lane] = factor * values[lane] }
  }

  /// Features, or their gradient, times their factors.
  func drop(_ step: DropFeatures, _ first: Int, _ last: Int) {
    let start = first * step.count
    nas_multiply(
      rows(step.rows) + start, arena + fixed.featureFactorsOffset + start, (last - first) * step.count)
  }
}
