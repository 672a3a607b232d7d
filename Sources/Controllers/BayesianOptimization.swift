import SearchSpace

/// Evolution guided by a learned predictor of the reward: BANANAS (White, Neiswanger and Savani, "BANANAS: Bayesian
/// optimization with neural architectures for neural architecture search", AAAI 2021, algorithm 1) with a Gaussian
/// process in the place of its ensemble of networks.
///
/// After some random draws every proposal is the most promising of a pool of mutated copies of the best candidates:
/// each of the pool gets a number drawn from what the predictor believes of it (independent Thompson sampling, section
/// 3.2), and the largest wins. Candidates that are remembered are not proposed again while others are left.
///
/// The predictor sees ranks, not rewards, so that a few very bad candidates do not hide the differences among the good
/// ones; a failed candidate ranks last. Its length scale and noise are those of a small grid that make what was measured
/// most likely; they are chosen again whenever the number of measurements has grown by half, until some are forgotten. Of
/// a long history the best and the latest measurements are kept, so that a proposal's cost does not grow.
public struct BayesianOptimization: Controller {
  private struct Point: Sendable {
    let index: Int
    let architecture: Architecture
    /// Nil for a failed candidate.
    let reward: Double?
  }

  /// `bayesian`.
  public let name = "bayesian"
  /// The space.
  public let space: any Space
  /// The settings.
  public let settings: BayesianSettings
  /// How many candidates have finished with a reward.
  public private(set) var measured = 0
  private var points: [Point] = []
  private var known: Set<Architecture> = []
  /// The best of the points, best first: the parents of the pool.
  private var parents: [Point] = []
  private var process: GaussianProcess
  /// At how many points length scale and noise are chosen next.
  private var nextChoice = 0

  /// Creates the controller over a space.
  /// - Throws: `SettingsError`.
  public init(space: any Space, settings: BayesianSettings) throws {
    try settings.validate()
    self.space = space
    self.settings = settings
    process = GaussianProcess(decisions: space.decisions.count, parameters: BayesianOptimization.grid[0])
  }

  /// A random architecture at the beginning, then the winner of a pool of mutated copies.
  public func propose(index: Int, random: RandomStream) -> Proposal {
    var random = random
    guard measured >= settings.initialSamples else { return Proposal(architecture: space.sample(using: &random)) }
    let pool = pool(using: &random)
    guard !pool.isEmpty else { return Proposal(architecture: space.sample(using: &random)) }
    let beliefs = process.predict(pool.map(\.child.choices))
    let draws = beliefs.map { $0.mean + $0.variance.squareRoot() * random.normal() }
    var best = 0
    for candidate in draws.indices where draws[candidate] > draws[best] { best = candidate }
    return Proposal(architecture: pool[best].child, parent: pool[best].parent)
  }

  /// Takes in a finished candidate.
  public mutating func observe(_ observation: Observation) {
    let reward = observation.reward.flatMap { $0.isFinite ? $0 : nil }
    if reward != nil { measured += 1 }
    let point = Point(index: observation.index, architecture: observation.proposal.architecture, reward: reward)
    points.append(point)
    known.insert(point.architecture)
    if points.count > settings.memory {
      forget()
    } else {
      process.append(point.architecture.choices)
    }
    let order = order
    parents = order.prefix(settings.parents).map { points[$0] }.filter { $0.reward != nil }
    guard measured >= settings.initialSamples else { return }
    let values = values(order)
    if points.count >= nextChoice { choose(values) }
    process.fit(values)
  }

  /// The positions of the points from the best to the worst; of equals the earlier first.
  private var order: [Int] {
    points.indices.sorted { left, right in
      let (first, second) = (points[left].reward ?? -.infinity, points[right].reward ?? -.infinity)
      return first == second ? left < right : first > second
    }
  }

  /// The points' ranks, spread evenly over a variance of 1: highest for the best, the same for equals.
  private func values(_ order: [Int]) -> [Double] {
    var values = [Double](repeating: 0, count: points.count)
    let spread = 12.0.squareRoot()
    var first = 0
    while first < order.count {
      var last = first
      while last + 1 < order.count, points[order[last + 1]].reward == points[order[first]].reward { last += 1 }
      let rank = Double(first + last) / 2 + 0.5
      for place in first...last { values[order[place]] = spread * (0.5 - rank / Double(order.count)) }
      first = last + 1
    }
    return values
  }

  /// Mutated copies of the best candidates that are not known.
  private func pool(using random: inout RandomStream) -> [(child: Architecture, parent: Int)] {
    let mutation = Mutation(identityProbability: 0)
    return (0..<settings.pool).compactMap { _ in
      let parent = parents[random.integer(below: parents.count)]
      var child = mutation.child(of: parent.architecture, in: space, using: &random)
      while random.uniform() < settings.furtherMutation {
        child = mutation.child(of: child, in: space, using: &random)
      }
      return known.contains(child) ? nil : (child, parent.index)
    }
  }

  /// Keeps the best and the latest three quarters of the memory's size.
  private mutating func forget() {
    let kept = settings.memory * 3 / 4
    let best = Set(order.prefix(kept / 2))
    var places = best
    for place in points.indices.reversed() where places.count < kept { places.insert(place) }
    points = points.indices.filter { places.contains($0) }.map { points[$0] }
    known = Set(points.map(\.architecture))
    process = refilled(process.parameters)
  }

  /// Takes the length scale and the noise that make the values most likely.
  private mutating func choose(_ values: [Double]) {
    nextChoice = points.count * 3 / 2
    var best: (process: GaussianProcess, likelihood: Double)?
    for parameters in BayesianOptimization.grid {
      var process = refilled(parameters)
      process.fit(values)
      let likelihood = process.logLikelihood
      if likelihood > best?.likelihood ?? -.infinity { best = (process, likelihood) }
    }
    if let best { process = best.process }
  }

  private func refilled(_ parameters: GaussianProcess.Parameters) -> GaussianProcess {
    var process = GaussianProcess(decisions: space.decisions.count, parameters: parameters)
    for point in points { process.append(point.architecture.choices) }
    return process
  }

  private static let grid: [GaussianProcess.Parameters] = [0.2, 0.4, 0.8].flatMap { lengthScale in
    [0.02, 0.1, 0.4].map { GaussianProcess.Parameters(lengthScale: lengthScale, noise: $0) }
  }
}

/// The settings of Bayesian optimization.
public struct BayesianSettings: Codable, Hashable, Sendable {
  /// How many candidates must have succeeded at random before the predictor is asked.
  public var initialSamples: Int
  /// How many mutated copies compete for a proposal.
  public var pool: Int
  /// How many of the best candidates are copied.
  public var parents: Int
  /// The probability that a copy is mutated once more, after each mutation.
  public var furtherMutation: Double
  /// How many measurements the predictor keeps at most.
  public var memory: Int

  /// Creates settings; `validate` checks them.
  public init(
    initialSamples: Int = 20, pool: Int = 100, parents: Int = 10, furtherMutation: Double = 0.7, memory: Int = 256
  ) {
    self.initialSamples = initialSamples
    self.pool = pool
    self.parents = parents
    self.furtherMutation = furtherMutation
    self.memory = memory
  }

  /// 20 random draws, then pools of 100 copies of the 10 best, a copy mutated 3.3 times on average.
  ///
  /// On NAS-Bench-201's CIFAR-10 table 5 draws and copies mutated once or twice were a little behind, pools of 50 to 400
  /// and 5 to 40 parents all alike.
  public static let standard = BayesianSettings()

  /// Checks every setting.
  /// - Throws: `SettingsError.outOfRange`.
  public func validate() throws {
    try SettingsCheck.atLeast(2, initialSamples, "initialSamples", "give 20")
    try SettingsCheck.atLeast(1, pool, "pool", "give 100")
    try SettingsCheck.atLeast(1, parents, "parents", "give 10")
    try SettingsCheck.number(furtherMutation, "furtherMutation", "at least 0 and below 1", "give 0.7") {
      $0 >= 0 && $0 < 1
    }
    try SettingsCheck.atLeast(16, memory, "memory", "give 256")
  }
}
