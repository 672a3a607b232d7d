import Export
import Foundation
import SearchSpace
import Study

/// What a search says at its end.
struct SearchSummary: Encodable {
  let run: String
  let candidates: Int
  let failed: Int
  let seconds: Double
  let seed: UInt64
  let dataset: String
  let isSynthetic: Bool
  let best: Best?
  /// The validation accuracy of the first candidate that has one.
  let firstReward: Double?
  let pictures: [String]
  /// How the search was doing at its end.
  let health: HealthReport

  struct Best: Encodable {
    let index: Int
    let reward: Double
    let parameters: Int
    let multiplyAdds: Int
    let genotype: String
  }

  init(run: RunDirectory, configuration: SearchConfiguration, candidates: [CandidateRecord], pictures: [URL]) throws {
    self.run = run.url.relativePath(to: FileManager.default.currentDirectoryPath)
    self.candidates = candidates.count
    failed = candidates.count { $0.failure != nil }
    seconds = RunSummary(candidates).elapsed
    seed = configuration.seed
    dataset = configuration.data.name.rawValue
    isSynthetic = configuration.data.name == .synthetic
    firstReward = candidates.first { $0.reward != nil }?.reward
    self.pictures = pictures.map { $0.relativePath(to: FileManager.default.currentDirectoryPath) }
    health = HealthReport(
      try SearchHealth(
        candidates, space: configuration.space, controller: configuration.controller, seed: configuration.seed))
    best = try RunSummary(candidates).best.map { record in
      Best(
        index: record.index, reward: record.reward ?? 0, parameters: record.parameters ?? 0,
        multiplyAdds: record.multiplyAdds ?? 0,
        genotype: try configuration.space.text(of: record.architecture))
    }
  }

  /// Prints it as text or JSON.
  func show(json: Bool, terminal: Terminal) throws {
    if json { return terminal.result(try JSONOutput("search", self).text()) }
    let failures = failed == 0 ? "" : ", \(failed) failed"
    terminal.result("\(candidates) candidates\(failures) in \(Wording.duration(seconds)), seed \(seed), run \(run)")
    defer { health.lines.forEach(terminal.result) }
    guard let best else { return }
    let label = isSynthetic ? " on the synthetic data set" : " on held-out training images of \(dataset)"
    terminal.result("best: candidate \(best.index), validation accuracy \(Wording.percent(best.reward))\(label)")
    if let firstReward { terminal.result("first candidate: \(Wording.percent(firstReward))") }
    terminal.result(
      "\(Wording.count(best.parameters)) parameters, \(Wording.millions(best.multiplyAdds)) multiply-adds an image")
    terminal.result(best.genotype)
    for picture in pictures { terminal.result("picture: \(picture)") }
  }
}

extension URL {
  /// The path as seen from a folder, when it lies inside it; the whole path otherwise.
  func relativePath(to folder: String) -> String {
    let prefix = folder.hasSuffix("/") ? folder : folder + "/"
    return path.hasPrefix(prefix) ? String(path.dropFirst(prefix.count)) : path
  }
}
