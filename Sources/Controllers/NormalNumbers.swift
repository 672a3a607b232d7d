import SearchSpace

extension RandomStream {
  /// A number of the standard normal distribution (Marsaglia and Bray, "A convenient method for generating normal
  /// variables", SIAM Review, 1964: the polar method, here one number a pair).
  public mutating func normal() -> Double {
    while true {
      let x = 2 * uniform() - 1
      let y = 2 * uniform() - 1
      let square = x * x + y * y
      // Subnormal squares are beyond the logarithm's domain; they come once in 10^300 draws.
      if square < 1, square.isNormal { return x * (-2 * ElementaryFunctions.log(square) / square).squareRoot() }
    }
  }
}
