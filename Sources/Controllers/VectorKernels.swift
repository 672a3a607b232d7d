/// The two loops in which an LSTM policy spends its time. The order of additions is fixed, so results do not depend on
/// the processor.
enum VectorKernels {
  /// target[j] += Σ_k coefficients[k · step] · rows[k · width + j] for k in 0..<count, j in 0..<width.
  ///
  /// Four rows at a time, so that the target is read and written a quarter as often.
  static func addRows(
    _ rows: UnsafePointer<Double>, _ coefficients: UnsafePointer<Double>, step: Int, count: Int,
    to target: UnsafeMutablePointer<Double>, width: Int
  ) {
    var k = 0
    while k + 4 <= count {
      let c0 = coefficients[k * step]
      let c1 = coefficients[(k + 1) * step]
      let c2 = coefficients[(k + 2) * step]
      let c3 = coefficients[(k + 3) * step]
      let r0 = rows + k * width
      let r1 = r0 + width
      let r2 = r1 + width
      let r3 = r2 + width
      var j = 0
      while j < width {
        target[j] += (c0 * r0[j] + c1 * r1[j]) + (c2 * r2[j] + c3 * r3[j])
        j &+= 1
      }
      k += 4
    }
    while k < count {
      let coefficient = coefficients[k * step]
      let row = rows + k * width
      var j = 0
      while j < width {
        target[j] += coefficient * row[j]
        j &+= 1
      }
      k += 1
    }
  }

  /// Σ_j left[j] · right[j] in four interleaved partial sums.
  static func dot(_ left: UnsafePointer<Double>, _ right: UnsafePointer<Double>, width: Int) -> Double {
    var s0 = 0.0
    var s1 = 0.0
    var s2 = 0.0
    var s3 = 0.0
    var j = 0
    while j &+ 4 <= width {
      s0 += left[j] * right[j]
      s1 += left[j &+ 1] * right[j &+ 1]
      s2 += left[j &+ 2] * right[j &+ 2]
      s3 += left[j &+ 3] * right[j &+ 3]
      j &+= 4
    }
    while j < width {
      s0 += left[j] * right[j]
      j &+= 1
    }
    return (s0 + s1) + (s2 + s3)
  }
}
