/// Adam (Kingma and Ba, ICLR 2015, algorithm 1), ascending: β1 = 0.9, β2 = 0.999, ε = 1e-8, the paper's defaults.
struct Adam: Sendable {
  let learningRate: Double
  private(set) var steps = 0
  private var first: [Double]
  private var second: [Double]
  private var firstDecay = 1.0
  private var secondDecay = 1.0

  init(count: Int, learningRate: Double) {
    self.learningRate = learningRate
    first = Array(repeating: 0, count: count)
    second = first
  }

  /// Moves the parameters up the gradient.
  mutating func ascend(_ parameters: inout [Double], along gradient: [Double]) {
    steps += 1
    firstDecay *= 0.9
    secondDecay *= 0.999
    let rate = learningRate / (1 - firstDecay)
    let scale = 1 / (1 - secondDecay)
    var index = 0
    while index < gradient.count {
      let slope = gradient[index]
      first[index] = 0.9 * first[index] + 0.1 * slope
      second[index] = 0.999 * second[index] + 0.001 * (slope * slope)
      parameters[index] += rate * first[index] / ((second[index] * scale).squareRoot() + 1e-8)
      index += 1
    }
  }
}
