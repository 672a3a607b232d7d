import SearchSpace

/// A policy over sequences of categorical decisions: a one-layer LSTM (Hochreiter and Schmidhuber, Neural Computation
/// 1997) that takes one decision per step (Zoph et al., CVPR 2018, section 3.1 and appendix A).
///
/// Every decision has a softmax of its own; the step's input is a learned embedding, as wide as the hidden state, of
/// the choice before it (a learned vector at the first step). State and memory begin at zero for every architecture.
/// With no hidden units what is left are the softmaxes' biases: independent logits, as tabular benchmarks use them.
/// The paper gives the 100 units and the initial range but not the embedding nor a forget-gate bias: embeddings of
/// the hidden width and no extra bias are this toolkit's choice.
struct LSTMPolicy: Sendable {
  let layout: PolicyLayout
  var parameters: [Double]

  /// A policy with all parameters drawn at random.
  init(options: [Int], hidden: Int, initialization: ReinforceSettings.Initialization, random: RandomStream) {
    layout = PolicyLayout(options: options, hidden: hidden)
    var random = random
    parameters = (0..<layout.count).map { _ in
      switch initialization {
      case .uniform(let range): (2 * random.uniform() - 1) * range
      case .normal(let deviation): random.normal() * deviation
      }
    }
  }

  /// Draws a sequence of choices.
  func sample(using random: inout RandomStream) -> PolicyTrace {
    var stream = random
    defer { random = stream }
    return trace { _, probabilities in LSTMPolicy.draw(stream.uniform(), from: probabilities) }
  }

  /// What the policy computes when it takes the given choices.
  func trace(of choices: [Int]) -> PolicyTrace {
    trace { step, _ in choices[step] }
  }

  /// Runs over all decisions; `choose` is handed the step and its probabilities.
  private func trace(choose: (Int, ArraySlice<Double>) -> Int) -> PolicyTrace {
    var trace = PolicyTrace(layout: layout)
    for step in layout.options.indices {
      advance(&trace, step: step)
      predict(&trace, step: step)
      let first = layout.firstOption[step]
      let choice = choose(step, trace.probabilities[first..<first + layout.options[step]])
      trace.choices.append(choice)
      trace.logProbability += trace.logProbabilities[first + choice]
    }
    return trace
  }

  /// One step of the LSTM.
  private func advance(_ trace: inout PolicyTrace, step: Int) {
    let hidden = layout.hidden
    let input = layout.input(step: step, choices: trace.choices)
    let row = step * 2 * hidden
    for unit in 0..<hidden {
      trace.inputs[row + unit] = parameters[input + unit]
      if step > 0 { trace.inputs[row + hidden + unit] = trace.hidden[(step - 1) * hidden + unit] }
    }
    var gates = Array(parameters[layout.bias..<layout.bias + 4 * hidden])
    parameters.withUnsafeBufferPointer { weights in
      trace.inputs.withUnsafeBufferPointer { inputs in
        gates.withUnsafeMutableBufferPointer { gates in
          guard let weights = weights.baseAddress, let inputs = inputs.baseAddress, let gates = gates.baseAddress
          else { return }
          VectorKernels.addRows(weights, inputs + row, step: 1, count: 2 * hidden, to: gates, width: 4 * hidden)
        }
      }
    }
    for unit in 0..<hidden {
      let inputGate = ElementaryFunctions.sigmoid(gates[unit])
      let forgetGate = ElementaryFunctions.sigmoid(gates[hidden + unit])
      let candidate = ElementaryFunctions.tanh(gates[2 * hidden + unit])
      let outputGate = ElementaryFunctions.sigmoid(gates[3 * hidden + unit])
      let before = step > 0 ? trace.cells[(step - 1) * hidden + unit] : 0
      let cell = forgetGate * before + inputGate * candidate
      let squashed = ElementaryFunctions.tanh(cell)
      let gate = step * 4 * hidden + unit
      trace.gates[gate] = inputGate
      trace.gates[gate + hidden] = forgetGate
      trace.gates[gate + 2 * hidden] = candidate
      trace.gates[gate + 3 * hidden] = outputGate
      trace.cells[step * hidden + unit] = cell
      trace.squashed[step * hidden + unit] = squashed
      trace.hidden[step * hidden + unit] = outputGate * squashed
    }
  }

  /// The softmax of one decision.
  private func predict(_ trace: inout PolicyTrace, step: Int) {
    let hidden = layout.hidden
    let size = layout.options[step]
    var logits = Array(parameters[layout.headBiases[step]..<layout.headBiases[step] + size])
    parameters.withUnsafeBufferPointer { weights in
      trace.hidden.withUnsafeBufferPointer { state in
        guard let weights = weights.baseAddress, let state = state.baseAddress else { return }
        for option in 0..<size {
          let row = weights + layout.headWeights[step] + option * hidden
          logits[option] += VectorKernels.dot(row, state + step * hidden, width: hidden)
        }
      }
    }
    // The largest logit is subtracted, so that the largest exponential is 1 and the sum lies in 1...size.
    let largest = logits.reduce(-Double.infinity, max)
    let exponentials = logits.map { ElementaryFunctions.exp($0 - largest) }
    let sum = exponentials.reduce(0, +)
    let logarithm = ElementaryFunctions.log(sum)
    for option in 0..<size {
      trace.probabilities[layout.firstOption[step] + option] = exponentials[option] / sum
      trace.logProbabilities[layout.firstOption[step] + option] = logits[option] - largest - logarithm
    }
  }

  /// The option whose share of the unit interval holds `position`; the last one takes what rounding leaves over.
  static func draw(_ position: Double, from probabilities: ArraySlice<Double>) -> Int {
    var remaining = position
    for (option, probability) in probabilities.enumerated() {
      if remaining < probability { return option }
      remaining -= probability
    }
    return probabilities.count - 1
  }
}

/// Everything a run of the policy computed, kept for the gradient. T steps, H hidden units, row by row.
struct PolicyTrace: Sendable {
  /// [T × 2H]: the step's input, then the hidden state before it.
  var inputs: [Double]
  /// [T × 4H]: input gate, forget gate, cell candidate, output gate, after their nonlinearities.
  var gates: [Double]
  /// [T × H]: the memory after the step.
  var cells: [Double]
  /// [T × H]: tanh of the memory.
  var squashed: [Double]
  /// [T × H]: the hidden state after the step.
  var hidden: [Double]
  /// The probabilities of all options of all decisions.
  var probabilities: [Double]
  /// Their natural logarithms.
  var logProbabilities: [Double]
  /// The choices taken.
  var choices: [Int] = []
  /// The natural logarithm of the probability of the choices taken together.
  var logProbability = 0.0

  init(layout: PolicyLayout) {
    let steps = layout.options.count
    inputs = Array(repeating: 0, count: steps * 2 * layout.hidden)
    gates = Array(repeating: 0, count: steps * 4 * layout.hidden)
    cells = Array(repeating: 0, count: steps * layout.hidden)
    squashed = cells
    hidden = cells
    probabilities = Array(repeating: 0, count: layout.totalOptions)
    logProbabilities = probabilities
    choices.reserveCapacity(steps)
  }

  /// The entropy of decision `step` given the choices before it, in nats.
  func entropy(step: Int, layout: PolicyLayout) -> Double {
    let first = layout.firstOption[step]
    return (first..<first + layout.options[step]).reduce(0) { $0 - probabilities[$1] * logProbabilities[$1] }
  }

  /// The entropies of all decisions along these choices, summed, in nats: an unbiased estimate of the entropy of the
  /// whole policy when the choices were sampled from it (chain rule).
  func entropy(layout: PolicyLayout) -> Double {
    layout.options.indices.reduce(0) { $0 + entropy(step: $1, layout: layout) }
  }
}
