/// The objective that an update climbs, and its gradient: the mean over a batch of the rule's term plus the entropy
/// bonus.
struct PolicyStep: Sendable {
  let rule: ReinforceSettings.Rule
  let entropyWeight: Double

  /// One candidate's term of the objective and its derivative with respect to log π of the candidate.
  ///
  /// REINFORCE: A · log π, derivative A. PPO: min(r A, clip(r, 1 − ε, 1 + ε) A) with r = π / π_old, derivative r A,
  /// or 0 where the clipped branch is the smaller (Schulman et al. 2017, equation 7).
  func term(advantage: Double, logProbability: Double, old: Double) -> (value: Double, slope: Double, clipped: Bool) {
    switch rule {
    case .reinforce:
      return (advantage * logProbability, advantage, false)
    case .ppo(let clip, _):
      let ratio = ElementaryFunctions.exp(logProbability - old)
      let bounded = min(max(ratio, 1 - clip), 1 + clip)
      guard ratio * advantage > bounded * advantage else { return (ratio * advantage, ratio * advantage, false) }
      return (bounded * advantage, 0, true)
    }
  }

  /// The objective of a batch.
  func value(_ layout: PolicyLayout, _ traces: [PolicyTrace], advantages: [Double], old: [Double]) -> Double {
    traces.indices.reduce(0) { sum, index in
      let trace = traces[index]
      let term = term(advantage: advantages[index], logProbability: trace.logProbability, old: old[index])
      return sum + (term.value + entropyWeight * trace.entropy(layout: layout)) / Double(traces.count)
    }
  }

  /// The gradient of the objective with respect to the policy's parameters, and how many terms were clipped.
  func gradient(
    _ policy: LSTMPolicy, _ traces: [PolicyTrace], advantages: [Double], oldLogProbabilities old: [Double]
  ) -> (gradient: [Double], clipped: Int) {
    var gradient = [Double](repeating: 0, count: policy.layout.count)
    var clipped = 0
    let share = 1 / Double(traces.count)
    for (index, trace) in traces.enumerated() {
      let term = term(advantage: advantages[index], logProbability: trace.logProbability, old: old[index])
      if term.clipped { clipped += 1 }
      policy.addGradient(
        of: trace, logWeight: share * term.slope, entropyWeight: share * entropyWeight, to: &gradient)
    }
    return (gradient, clipped)
  }
}
