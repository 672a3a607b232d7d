import Study

/// How a search is doing, as `nas status`, its progress and its end say it.
struct HealthReport: Encodable {
  /// A warning with its sentence.
  struct Warning: Encodable {
    let kind: HealthWarning.Kind
    let words: String
  }

  private let health: SearchHealth
  let warnings: [Warning]

  init(_ health: SearchHealth) {
    self.health = health
    warnings = health.warnings.map { Warning(kind: $0.kind, words: $0.words) }
  }

  /// The numbers in a line.
  var line: String { parts.joined(separator: ", ") }

  /// The numbers in a line, and the warnings; nothing before the first candidate.
  var lines: [String] {
    guard health.latest > 0 else { return [] }
    return ["last \(health.latest): \(line)"] + warnings.map { "warning: \($0.words)" }
  }

  private var parts: [String] {
    var parts: [String] = []
    if let policy = health.policy {
      parts.append(
        "policy entropy \(Wording.decimal(policy.entropy, 1)) of \(Wording.decimal(policy.start, 1)) nats"
          + (policy.baseline.map { ", baseline \(Wording.percent($0))" } ?? ""))
    }
    if let population = health.population {
      parts.append(
        "population \(population.members) of \(population.capacity), \(population.distinct) different, age "
          + "\(Wording.decimal(population.meanAge, 0)) (oldest \(population.oldestAge)), diversity "
          + Wording.decimal(population.diversity, 2))
    }
    parts.append("\(HealthReport.share(health.seenBefore)) seen before")
    if let skips = health.skips {
      parts.append(
        "\(HealthReport.share(skips.share)) skip connections (\(HealthReport.share(skips.uniform)) by chance)")
    }
    if let spread = health.spread {
      let noise = health.noise.map { ", noise \(HealthReport.points($0.deviation))" } ?? ""
      parts.append("rewards differ by \(HealthReport.points(spread))\(noise)")
    }
    return parts
  }

  static func share(_ share: Double) -> String { Wording.decimal(share * 100, 0) + " %" }

  static func points(_ deviation: Double) -> String { Wording.decimal(deviation * 100, 2) + " points" }

  private enum Key: String, CodingKey {
    case latest, seenBefore, failed, skips, spread, noise, policy, population, warnings
  }

  /// The numbers and the warnings; members that a search does not have are absent.
  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(health.latest, forKey: .latest)
    try container.encode(health.seenBefore, forKey: .seenBefore)
    try container.encode(health.failed, forKey: .failed)
    try container.encodeIfPresent(health.skips, forKey: .skips)
    try container.encodeIfPresent(health.spread, forKey: .spread)
    try container.encodeIfPresent(health.noise, forKey: .noise)
    try container.encodeIfPresent(health.policy, forKey: .policy)
    try container.encodeIfPresent(health.population, forKey: .population)
    try container.encode(warnings, forKey: .warnings)
  }
}

extension HealthWarning {
  /// One sentence: what was found, what it means, what to do.
  var words: String {
    let latest = SearchHealth.window
    switch self {
    case .policySettled(let share):
      return
        "the policy has settled: \(HealthReport.share(share)) of its entropy is left, so it proposes hardly anything new; "
        + "end the search, or begin another with another seed or preset"
    case .populationUniform(let members, let distinct):
      let different = distinct == 1 ? "one architecture" : "only \(distinct) architectures"
      return
        "the population has collapsed: its \(members) members are \(different), so there is nothing to select from; end "
        + "the search, or begin another with a larger population"
    case .seenBefore(let share):
      return
        "\(HealthReport.share(share)) of the last \(latest) candidates had been seen before: little new is tried; end the "
        + "search, or begin another with --duplicates skip"
    case .skipConnections(let skips):
      return
        "\(HealthReport.share(skips.share)) of the operations of the last \(latest) candidates are skip connections "
        + "(\(HealthReport.share(skips.uniform)) by chance): such cells learn fastest and stay behind when trained for long; "
        + "train candidates longer"
    case .withinNoise(let spread, let noise):
      return
        "the rewards of the last \(latest) candidates differ by \(HealthReport.points(spread)), measurements of one and the "
        + "same by \(HealthReport.points(noise)): what is selected is luck; train longer, or validate on more images"
    case .sameReward(let reward):
      return
        "all rewards of the last \(latest) candidates are \(Wording.percent(reward)): there is nothing to learn from; train "
        + "longer, or with another --learning-rate"
    case .failures(let share):
      return
        "\(HealthReport.share(share)) of the last \(latest) candidates failed: 'nas status' lists why; mend that first"
    }
  }
}
