/// Exponential, logarithm and their relatives, made of IEEE 754 additions, multiplications and divisions alone.
///
/// The C library's versions differ in the last bit between systems, and on one system between processors with and
/// without fused multiply-add. One bit is enough to make a policy draw another architecture, and a seed must give the
/// same run on every machine; so they are not used. The errors are a few units in the last place.
enum ElementaryFunctions {
  /// e to the power of x; the argument is clamped to ±700, where the result is still finite and normal.
  ///
  /// Argument reduction by Cody and Waite ("Software Manual for the Elementary Functions", 1980, chapter 6), then the
  /// Taylor series to degree 13, whose remainder on |r| ≤ ln 2 / 2 is below 5e-18.
  @inline(__always)
  static func exp(_ x: Double) -> Double {
    let clamped = x < -700 ? -700 : (x > 700 ? 700 : x)
    let exponent = (clamped * 1.442_695_040_888_963_4).rounded(.toNearestOrEven)
    // ln 2 in two parts; the first has so few bits that its product with the exponent is exact.
    let rest = (clamped - exponent * 0x1.62E42FEEp-1) - exponent * 0x1.A39EF35793C76p-33
    var sum = 1.0 / 6_227_020_800
    sum = sum * rest + 1.0 / 479_001_600
    sum = sum * rest + 1.0 / 39_916_800
    sum = sum * rest + 1.0 / 3_628_800
    sum = sum * rest + 1.0 / 362_880
    sum = sum * rest + 1.0 / 40_320
    sum = sum * rest + 1.0 / 5_040
    sum = sum * rest + 1.0 / 720
    sum = sum * rest + 1.0 / 120
    sum = sum * rest + 1.0 / 24
    sum = sum * rest + 1.0 / 6
    sum = sum * rest + 0.5
    sum = sum * rest + 1
    sum = sum * rest + 1
    return sum * Double(bitPattern: UInt64(bitPattern: Int64(exponent) + 1023) << 52)
  }

  /// The natural logarithm of a positive, normal, finite x: ln m + e ln 2 with m in [√½, √2), and
  /// ln m = 2 artanh((m − 1) / (m + 1)) by its series to degree 23.
  static func log(_ x: Double) -> Double {
    var mantissa = x.significand
    var exponent = Double(x.exponent)
    if mantissa > 1.414_213_562_373_095_1 {
      mantissa /= 2
      exponent += 1
    }
    let ratio = (mantissa - 1) / (mantissa + 1)
    let square = ratio * ratio
    var sum = 0.0
    for degree in stride(from: 23, through: 1, by: -2) { sum = sum * square + 1 / Double(degree) }
    return exponent * 0x1.62E42FEEp-1 + (2 * ratio * sum + exponent * 0x1.A39EF35793C76p-33)
  }

  /// The logistic function.
  @inline(__always)
  static func sigmoid(_ x: Double) -> Double {
    1 / (1 + exp(-x))
  }

  /// The hyperbolic tangent, exact to about 2e-16 in absolute terms.
  @inline(__always)
  static func tanh(_ x: Double) -> Double {
    1 - 2 / (exp(2 * x) + 1)
  }
}
