extension LSTMPolicy {
  /// Adds to `gradient` the gradient, with respect to all parameters, of
  /// `logWeight` · log π(choices) + `entropyWeight` · Σ_t H_t,
  /// where H_t is the entropy of decision t given the choices before it (held fixed).
  ///
  /// Backpropagation through time over the whole sequence, without truncation.
  func addGradient(of trace: PolicyTrace, logWeight: Double, entropyWeight: Double, to gradient: inout [Double]) {
    let hidden = layout.hidden
    let steps = layout.options.count
    var gateGradients = [Double](repeating: 0, count: steps * 4 * hidden)
    var state = [Double](repeating: 0, count: hidden)
    var memory = [Double](repeating: 0, count: hidden)
    for step in stride(from: steps - 1, through: 0, by: -1) {
      let slopes = logitGradient(trace, step: step, logWeight: logWeight, entropyWeight: entropyWeight)
      addHead(step, slopes, trace, state: &state, to: &gradient)
      stepBack(step, trace, state: state, memory: &memory, gates: &gateGradients)
      state = addInput(step, trace, gates: gateGradients, to: &gradient)
    }
    addRecurrent(trace, gates: gateGradients, to: &gradient)
  }

  /// The gradient with respect to the logits of one decision. For the log-probability of choice a it is 1[k = a] − p_k,
  /// for the entropy it is −p_k (log p_k + H).
  private func logitGradient(_ trace: PolicyTrace, step: Int, logWeight: Double, entropyWeight: Double) -> [Double] {
    let first = layout.firstOption[step]
    let entropy = trace.entropy(step: step, layout: layout)
    return (0..<layout.options[step]).map { option in
      let probability = trace.probabilities[first + option]
      let hit = option == trace.choices[step] ? 1.0 : 0.0
      return logWeight * (hit - probability)
        - entropyWeight * probability * (trace.logProbabilities[first + option] + entropy)
    }
  }

  /// Softmax weights and biases of one decision; adds what flows into the hidden state to `state`.
  private func addHead(
    _ step: Int, _ slopes: [Double], _ trace: PolicyTrace, state: inout [Double], to gradient: inout [Double]
  ) {
    let hidden = layout.hidden
    let head = layout.headWeights[step]
    for (option, slope) in slopes.enumerated() {
      gradient[layout.headBiases[step] + option] += slope
      let row = head + option * hidden
      for unit in 0..<hidden {
        gradient[row + unit] += slope * trace.hidden[step * hidden + unit]
        state[unit] += slope * parameters[row + unit]
      }
    }
  }

  /// Through the nonlinearities of one step: fills the step's row of `gates` with the gradient before them and turns
  /// `memory` from the gradient of the memory after the step into that of the memory before it.
  private func stepBack(
    _ step: Int, _ trace: PolicyTrace, state: [Double], memory: inout [Double], gates: inout [Double]
  ) {
    let hidden = layout.hidden
    for unit in 0..<hidden {
      let row = step * 4 * hidden + unit
      let inputGate = trace.gates[row]
      let forgetGate = trace.gates[row + hidden]
      let candidate = trace.gates[row + 2 * hidden]
      let outputGate = trace.gates[row + 3 * hidden]
      let squashed = trace.squashed[step * hidden + unit]
      let before = step > 0 ? trace.cells[(step - 1) * hidden + unit] : 0
      let cell = memory[unit] + state[unit] * outputGate * (1 - squashed * squashed)
      gates[row] = cell * candidate * inputGate * (1 - inputGate)
      gates[row + hidden] = cell * before * forgetGate * (1 - forgetGate)
      gates[row + 2 * hidden] = cell * inputGate * (1 - candidate * candidate)
      gates[row + 3 * hidden] = state[unit] * squashed * outputGate * (1 - outputGate)
      memory[unit] = cell * forgetGate
    }
  }

  /// The gradient of the step's input vector (added) and of the hidden state before it (returned).
  private func addInput(
    _ step: Int, _ trace: PolicyTrace, gates: [Double], to gradient: inout [Double]
  ) -> [Double] {
    let hidden = layout.hidden
    let input = layout.input(step: step, choices: trace.choices)
    var before = [Double](repeating: 0, count: hidden)
    parameters.withUnsafeBufferPointer { weights in
      gates.withUnsafeBufferPointer { gates in
        guard let weights = weights.baseAddress, let gates = gates.baseAddress else { return }
        let row = gates + step * 4 * hidden
        for unit in 0..<hidden {
          gradient[input + unit] += VectorKernels.dot(weights + unit * 4 * hidden, row, width: 4 * hidden)
          if step > 0 {
            before[unit] = VectorKernels.dot(weights + (hidden + unit) * 4 * hidden, row, width: 4 * hidden)
          }
        }
      }
    }
    return before
  }

  /// The LSTM's weights and biases, for all steps together.
  private func addRecurrent(_ trace: PolicyTrace, gates: [Double], to gradient: inout [Double]) {
    let hidden = layout.hidden
    let steps = layout.options.count
    let ones = [Double](repeating: 1, count: steps)
    gradient.withUnsafeMutableBufferPointer { gradient in
      gates.withUnsafeBufferPointer { gates in
        trace.inputs.withUnsafeBufferPointer { inputs in
          guard let gradient = gradient.baseAddress, let gates = gates.baseAddress, let inputs = inputs.baseAddress
          else { return }
          for row in 0..<2 * hidden {
            VectorKernels.addRows(
              gates, inputs + row, step: 2 * hidden, count: steps,
              to: gradient + row * 4 * hidden, width: 4 * hidden)
          }
          ones.withUnsafeBufferPointer { ones in
            guard let ones = ones.baseAddress else { return }
            VectorKernels.addRows(
              gates, ones, step: 1, count: steps, to: gradient + layout.bias, width: 4 * hidden)
          }
        }
      }
    }
  }
}
