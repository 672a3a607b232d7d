/// Where the parts of an LSTM policy lie in its one list of parameters.
///
/// With D decisions, n_d options at decision d and H hidden units: LSTM weights [2H × 4H] (rows: input then hidden
/// state; columns: input gate, forget gate, cell candidate, output gate), LSTM biases [4H], the first input [H], then
/// for each decision the softmax weights [n_d × H], the softmax biases [n_d] and the embeddings [n_d × H] of its
/// choices. The last decision's choice is never an input, so it has no embeddings.
struct PolicyLayout: Hashable, Sendable {
  let hidden: Int
  let options: [Int]
  let bias: Int
  let start: Int
  let headWeights: [Int]
  let headBiases: [Int]
  let embeddings: [Int]
  /// `firstOption[d]` is where decision d begins in a list of all options of all decisions.
  let firstOption: [Int]
  let totalOptions: Int
  let count: Int

  init(options: [Int], hidden: Int) {
    self.options = options
    self.hidden = hidden
    var next = 2 * hidden * 4 * hidden
    func take(_ size: Int) -> Int {
      defer { next += size }
      return next
    }
    bias = take(4 * hidden)
    start = take(hidden)
    var weights: [Int] = []
    var biases: [Int] = []
    var inputs: [Int] = []
    var first: [Int] = []
    var total = 0
    for (decision, size) in options.enumerated() {
      weights.append(take(size * hidden))
      biases.append(take(size))
      inputs.append(decision + 1 < options.count ? take(size * hidden) : next)
      first.append(total)
      total += size
    }
    headWeights = weights
    headBiases = biases
    embeddings = inputs
    firstOption = first
    totalOptions = total
    count = next
  }

  /// Where the input vector of decision `step` lies: the first input, or the embedding of the choice before it.
  func input(step: Int, choices: [Int]) -> Int {
    step == 0 ? start : embeddings[step - 1] + choices[step - 1] * hidden
  }
}
