import SearchSpace
import Testing

@testable import Controllers

/// Against the same regression by a plain inverse of the covariance matrix.
@Suite struct GaussianProcessTests {
  private static let parameters = GaussianProcess.Parameters(lengthScale: 0.4, noise: 0.1)

  private func points(_ count: Int, _ seed: UInt64) -> [[Int]] {
    var random = RandomStream(seed: seed)
    return (0..<count).map { _ in (0..<5).map { _ in random.integer(below: 3) } }
  }

  private func covariance(_ left: [Int], _ right: [Int]) -> Double {
    let differences = zip(left, right).count { $0 != $1 }
    return ElementaryFunctions.exp(-Double(differences) / (0.4 * 5))
  }

  /// Solves a system of equations by elimination with the largest pivot; also gives the determinant.
  private func solve(_ matrix: [[Double]], _ right: [Double]) -> (solution: [Double], determinant: Double) {
    var rows = zip(matrix, right).map { $0 + [$1] }
    var determinant = 1.0
    for pivot in rows.indices {
      let largest = (pivot..<rows.count).max { abs(rows[$0][pivot]) < abs(rows[$1][pivot]) } ?? pivot
      if largest != pivot {
        rows.swapAt(largest, pivot)
        determinant = -determinant
      }
      determinant *= rows[pivot][pivot]
      for row in rows.indices where row != pivot {
        let factor = rows[row][pivot] / rows[pivot][pivot]
        for column in pivot...rows.count { rows[row][column] -= factor * rows[pivot][column] }
      }
    }
    return (rows.indices.map { rows[$0][rows.count] / rows[$0][$0] }, determinant)
  }

  @Test func predictionsAndLikelihoodAreThoseOfTheDefinition() {
    let points = points(17, 1)
    var random = RandomStream(seed: 2)
    let values = points.map { _ in random.normal() }
    var process = GaussianProcess(decisions: 5, parameters: Self.parameters)
    for point in points { process.append(point) }
    process.fit(values)
    let matrix = points.map { left in
      points.map { right in covariance(left, right) }
    }.enumerated().map { row, line in line.enumerated().map { $0.element + ($0.offset == row ? 0.1 : 0) } }
    let (weights, determinant) = solve(matrix, values)
    let queries = self.points(7, 3) + [points[4]]
    for (query, found) in zip(queries, process.predict(queries)) {
      let row = points.map { covariance($0, query) }
      let mean = zip(row, weights).reduce(0) { $0 + $1.0 * $1.1 }
      let variance = 1 - zip(row, solve(matrix, row).solution).reduce(0) { $0 + $1.0 * $1.1 }
      #expect(abs(found.mean - mean) < 1e-10)
      #expect(abs(found.variance - variance) < 1e-10)
    }
    let energy = zip(values, weights).reduce(0) { $0 + $1.0 * $1.1 }
    #expect(abs(process.logLikelihood - (-0.5 * energy - 0.5 * ElementaryFunctions.log(determinant))) < 1e-9)
  }

  @Test func nothingMeasuredIsThePrior() {
    var process = GaussianProcess(decisions: 5, parameters: Self.parameters)
    process.fit([])
    let found = process.predict(points(3, 4))
    #expect(found.allSatisfy { $0.mean == 0 && $0.variance == 1 })
    #expect(process.logLikelihood == 0)
  }

  @Test func theSamePointManyTimesIsStillARegression() {
    var process = GaussianProcess(decisions: 5, parameters: .init(lengthScale: 0.4, noise: 0.02))
    for _ in 0..<200 { process.append([0, 1, 2, 0, 1]) }
    process.fit([Double](repeating: 0.7, count: 200))
    let found = process.predict([[0, 1, 2, 0, 1]])
    #expect(abs(found[0].mean - 0.7) < 0.01 && found[0].variance < 0.001)
  }

  @Test func normalNumbersHaveTheMomentsOfTheNormalDistribution() {
    var random = RandomStream(seed: 5)
    let draws = (0..<20_000).map { _ in random.normal() }
    func moment(_ power: Int) -> Double {
      draws.reduce(0) { sum, draw in sum + (0..<power).reduce(1) { product, _ in product * draw } } / 20_000
    }
    // Deviations of the means of 20,000: 1, √2, √15 and √96 over √20,000.
    #expect(abs(moment(1)) < 4 * 0.0071)
    #expect(abs(moment(2) - 1) < 4 * 0.01)
    #expect(abs(moment(3)) < 4 * 0.0274)
    #expect(abs(moment(4) - 3) < 4 * 0.0693)
  }
}
