/// Regression by a Gaussian process over sequences of categorical choices (Rasmussen and Williams, "Gaussian processes for
/// machine learning", 2006, algorithm 2.1).
///
/// The covariance of two sequences is exp(−d / l), where d is the number of decisions in which they differ (the kernel for
/// categorical parameters of Hutter et al., "Sequential model-based optimization for general algorithm configuration", LION
/// 2011, equation 3) and l the length scale. The prior has mean 0 and variance 1; `noise` is the variance of a
/// measurement's noise. Only additions, multiplications, divisions and square roots are used, so that a seed gives the same
/// run on every machine.
struct GaussianProcess: Sendable {
  /// The two numbers that are chosen by the data.
  struct Parameters: Hashable, Sendable {
    /// l, as a share of the number of decisions.
    let lengthScale: Double
    /// The variance of the noise, where the signal's is 1.
    let noise: Double
  }

  /// How many points have been added; the cost of a prediction grows with the square of it.
  private(set) var count = 0
  private let decisions: Int
  let parameters: Parameters
  /// `covariances[d]` is that of two sequences which differ in d decisions.
  private let covariances: [Double]
  /// The choices of all measured points, one after the other.
  private var points: [Int] = []
  /// The Cholesky factor L of the covariance matrix with noise: lower triangle, row by row.
  private var factor: [Double] = []
  /// L⁻ᵀ L⁻¹ y, set by `fit`.
  private var weights: [Double] = []
  /// y · weights, for the likelihood.
  private var energy = 0.0

  /// A process that has measured nothing.
  init(decisions: Int, parameters: Parameters) {
    self.decisions = decisions
    self.parameters = parameters
    let scale = parameters.lengthScale * Double(decisions)
    covariances = (0...decisions).map { ElementaryFunctions.exp(-Double($0) / scale) }
  }

  /// Adds a measured point: one more row of the factor.
  mutating func append(_ choices: [Int]) {
    var row = covariance(with: choices)
    var sum = 0.0
    factor.withUnsafeBufferPointer { factor in
      row.withUnsafeMutableBufferPointer { row in
        guard let factor = factor.baseAddress, let row = row.baseAddress else { return }
        var start = 0
        for index in 0..<count {
          let value = (row[index] - VectorKernels.dot(factor + start, row, width: index)) / factor[start + index]
          row[index] = value
          sum += value * value
          start += index + 1
        }
      }
    }
    // Rounding may leave a little less than the noise when two points are the same.
    row.append(max(1 + parameters.noise - sum, parameters.noise * 0.5).squareRoot())
    factor += row
    points += choices
    count += 1
  }

  /// Takes the values of all points; `values` are in the order in which the points were added.
  mutating func fit(_ values: [Double]) {
    var solution = values
    factor.withUnsafeBufferPointer { factor in
      solution.withUnsafeMutableBufferPointer { solution in
        guard let factor = factor.baseAddress, let solution = solution.baseAddress else { return }
        var start = 0
        for index in 0..<count {
          let known = VectorKernels.dot(factor + start, solution, width: index)
          solution[index] = (solution[index] - known) / factor[start + index]
          start += index + 1
        }
        for index in stride(from: count - 1, through: 0, by: -1) {
          start -= index + 1
          solution[index] /= factor[start + index]
          let value = solution[index]
          for earlier in 0..<index { solution[earlier] -= value * factor[start + earlier] }
        }
      }
    }
    weights = solution
    energy = zip(values, weights).reduce(0) { $0 + $1.0 * $1.1 }
  }

  /// The logarithm of the probability of the fitted values under the process, without its constant term (Rasmussen and
  /// Williams, equation 2.30).
  var logLikelihood: Double {
    var start = 0
    var determinant = 0.0
    for index in 0..<count {
      determinant += ElementaryFunctions.log(factor[start + index])
      start += index + 1
    }
    return -0.5 * energy - determinant
  }

  /// Mean and variance, without noise, of every query.
  func predict(_ queries: [[Int]]) -> [(mean: Double, variance: Double)] {
    let width = queries.count
    var means = [Double](repeating: 0, count: width)
    var variances = [Double](repeating: 1, count: width)
    // Row i holds the covariances of point i with the queries, then row i of L⁻¹ times these.
    var rows = [Double](repeating: 0, count: count * width)
    for (column, query) in queries.enumerated() {
      for (index, value) in covariance(with: query).enumerated() { rows[index * width + column] = value }
    }
    var negative = factor
    for index in negative.indices { negative[index] = -negative[index] }
    rows.withUnsafeMutableBufferPointer { rows in
      negative.withUnsafeBufferPointer { negative in
        guard let rows = rows.baseAddress, let negative = negative.baseAddress else { return }
        var start = 0
        for index in 0..<count {
          let row = rows + index * width
          for column in 0..<width { means[column] += weights[index] * row[column] }
          VectorKernels.addRows(rows, negative + start, step: 1, count: index, to: row, width: width)
          let scale = -1 / negative[start + index]
          for column in 0..<width {
            row[column] *= scale
            variances[column] -= row[column] * row[column]
          }
          start += index + 1
        }
      }
    }
    return zip(means, variances).map { ($0, max($1, 0)) }
  }

  /// The covariances of a sequence with all points.
  private func covariance(with choices: [Int]) -> [Double] {
    (0..<count).map { index in
      var differences = 0
      let start = index * decisions
      for decision in 0..<decisions where points[start + decision] != choices[decision] { differences += 1 }
      return covariances[differences]
    }
  }
}
