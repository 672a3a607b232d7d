import SearchSpace
import Testing

@testable import Controllers

@Suite struct LSTMPolicyTests {
  private static let options = [3, 1, 4, 2, 5]

  private func policy(range: Double = 0.9, hidden: Int = 7, seed: UInt64 = 1) -> LSTMPolicy {
    LSTMPolicy(
      options: Self.options, hidden: hidden, initialization: .uniform(range: range), random: RandomStream(seed: seed))
  }

  /// The slope of `value` along `direction`, by central differences.
  private func slope(_ policy: LSTMPolicy, along direction: [Double], of value: (LSTMPolicy) -> Double) -> Double {
    let step = 1e-5
    func shifted(_ scale: Double) -> LSTMPolicy {
      var moved = policy
      for index in direction.indices { moved.parameters[index] += scale * direction[index] }
      return moved
    }
    return (value(shifted(step)) - value(shifted(-step))) / (2 * step)
  }

  private func direction(_ count: Int, _ seed: UInt64) -> [Double] {
    var random = RandomStream(seed: seed)
    return (0..<count).map { _ in 2 * random.uniform() - 1 }
  }

  private func product(_ left: [Double], _ right: [Double]) -> Double {
    zip(left, right).reduce(0) { $0 + $1.0 * $1.1 }
  }

  /// With no hidden units the logits are independent parameters.
  @Test(arguments: [7, 0]) func logProbabilityGradientAgreesWithDifferences(hidden: Int) {
    let policy = policy(hidden: hidden)
    for seed in UInt64(0)..<6 {
      var random = RandomStream(seed: seed)
      let trace = policy.sample(using: &random)
      var gradient = [Double](repeating: 0, count: policy.layout.count)
      policy.addGradient(of: trace, logWeight: 1, entropyWeight: 0, to: &gradient)
      let direction = direction(policy.layout.count, seed + 50)
      let measured = slope(policy, along: direction) { $0.trace(of: trace.choices).logProbability }
      #expect(abs(product(gradient, direction) - measured) < 1e-8 * max(1, abs(measured)))
    }
  }

  @Test(arguments: [ReinforceSettings.Rule.reinforce, .ppo(clip: 0.2, epochs: 1)])
  func objectiveGradientAgreesWithDifferences(_ rule: ReinforceSettings.Rule) {
    let policy = policy()
    var random = RandomStream(seed: 3)
    let choices = (0..<6).map { _ in policy.sample(using: &random).choices }
    let advantages = [0.8, -0.5, 0.3, -1.1, 0.6, -0.2]
    // Ratios on both sides of the clipping range, none near its edges: 1.05, 1.05, 1.5, 1.5, 0.6, 0.6.
    let ratios = [1.05, 1.05, 1.5, 1.5, 0.6, 0.6]
    let old = zip(choices, ratios).map { policy.trace(of: $0).logProbability - ElementaryFunctions.log($1) }
    let step = PolicyStep(rule: rule, entropyWeight: 0.37)
    let result = step.gradient(
      policy, choices.map { policy.trace(of: $0) }, advantages: advantages, oldLogProbabilities: old)
    // Clipped: the third (r above the range, A > 0) and the sixth (r below it, A < 0).
    #expect(result.clipped == (rule == .reinforce ? 0 : 2))
    for seed in UInt64(10)..<14 {
      let direction = direction(policy.layout.count, seed)
      let measured = slope(policy, along: direction) { moved in
        step.value(moved.layout, choices.map { moved.trace(of: $0) }, advantages: advantages, old: old)
      }
      #expect(abs(product(result.gradient, direction) - measured) < 1e-8 * max(1, abs(measured)))
    }
  }

  @Test func everyParameterThatMattersHasAGradient() {
    let policy = policy()
    var gradient = [Double](repeating: 0, count: policy.layout.count)
    var random = RandomStream(seed: 8)
    for _ in 0..<60 {
      policy.addGradient(of: policy.sample(using: &random), logWeight: 1, entropyWeight: 0, to: &gradient)
    }
    // The only softmax without a gradient is that of the decision with one option.
    let silent = gradient.indices.filter { gradient[$0] == 0 }
    let head = policy.layout.headWeights[1]
    #expect(silent == Array(head..<head + 7) + [policy.layout.headBiases[1]])
  }

  @Test func probabilitiesOfAllArchitecturesAddUpToOne() {
    let policy = policy()
    var sum = 0.0
    for code in 0..<3 * 4 * 2 * 5 {
      let choices = [code % 3, 0, code / 3 % 4, code / 12 % 2, code / 24]
      sum += ElementaryFunctions.exp(policy.trace(of: choices).logProbability)
    }
    #expect(abs(sum - 1) < 1e-12)
  }

  @Test func sampledFrequenciesEqualTheProbabilities() {
    let policy = policy(range: 1.5)
    let samples = 12_000
    var counts = [[Int]: Int]()
    for sample in 0..<samples {
      var random = RandomStream(seed: 12).split("sample", sample)
      let trace = policy.sample(using: &random)
      counts[trace.choices, default: 0] += 1
      if sample < 50 { #expect(trace.logProbability == policy.trace(of: trace.choices).logProbability) }
    }
    var statistic = 0.0
    var cells = 0
    for code in 0..<120 {
      let choices = [code % 3, 0, code / 3 % 4, code / 12 % 2, code / 24]
      let expected = Double(samples) * ElementaryFunctions.exp(policy.trace(of: choices).logProbability)
      guard expected >= 5 else { continue }
      let difference = Double(counts[choices, default: 0]) - expected
      statistic += difference * difference / expected
      cells += 1
    }
    // Chi-square: mean n, deviation √(2n).
    #expect(cells > 60)
    #expect(abs(statistic - Double(cells)) < 4 * (2 * Double(cells)).squareRoot())
  }

  @Test func theSequenceIsRemembered() {
    // The same decision has another distribution after another first choice: the state and the embedding reach it.
    let policy = policy()
    let left = policy.trace(of: [0, 0, 0, 0, 0])
    let right = policy.trace(of: [1, 0, 0, 0, 0])
    let first = policy.layout.firstOption[4]
    #expect(left.probabilities[..<3] == right.probabilities[..<3])
    #expect(left.probabilities[first...] != right.probabilities[first...])
  }

  @Test func parametersStartUniformInTheirRange() {
    let policy = policy(range: 0.1, hidden: 20)
    #expect(policy.parameters.allSatisfy { abs($0) <= 0.1 })
    let mean = policy.parameters.reduce(0, +) / Double(policy.parameters.count)
    let square = policy.parameters.reduce(0) { $0 + $1 * $1 } / Double(policy.parameters.count)
    #expect(abs(mean) < 0.003)
    #expect(abs(square - 0.01 / 3) < 0.0002)
  }

  @Test func theLayoutHoldsEveryPartOnce() {
    // LSTM 2·H·4H + 4H, first input H, softmaxes Σ n (H + 1), embeddings of all decisions but the last Σ n H; H = 7.
    #expect(PolicyLayout(options: Self.options, hidden: 7).count == 392 + 28 + 7 + 15 * 8 + 10 * 7)
  }
}
