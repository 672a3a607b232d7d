import Foundation
import SearchSpace
import Study

@testable import nas

/// Run directories with journals that a test makes up.
struct MadeRuns {
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("nas-runs-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  func remove() { try? FileManager.default.removeItem(at: folder) }

  func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

  /// The configuration that flags describe.
  static func configuration(_ flags: [String: String]) throws -> SearchConfiguration {
    let synthetic = flags["dataset"] == nil ? ["dataset": "synthetic", "synthetic-images": "200"] : [:]
    let settings = ResolvedSettings(
      schema: SearchSchema.all, flags: flags.merging(synthetic) { own, _ in own }, environment: [:], file: [:])
    return try SearchConfiguration(settings)
  }

  /// Writes a run of which the rewards are given; nil is a failed candidate. A candidate takes a minute.
  @discardableResult
  func make(_ name: String, _ flags: [String: String], rewards: [Double?]) throws -> String {
    let configuration = try MadeRuns.configuration(flags)
    let lock = try RunDirectory.create(
      at: folder.appendingPathComponent(name), configuration: configuration.encoded())
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    var lines = [
      """
      {"configuration":"c","controller":"\(configuration.controller.name)","duplicates":"reuse","event":"search",\
      "seed":\(configuration.seed),"space":"\(configuration.space.name)","version":1,"window":8}
      """
    ]
    for (index, reward) in rewards.enumerated() {
      var random = RandomStream(seed: configuration.seed).split("made", index)
      let architecture = configuration.space.sample(using: &random)
      let outcome =
        reward.map { "\"reward\":\($0),\"epochs\":[]" } ?? #""failure":{"kind":"crashed","reason":"It fell over."}"#
      lines.append(
        """
        {"event":"candidate","index":\(index),"architecture":\(architecture.choices),\
        "fingerprint":"\(try configuration.space.fingerprint(of: architecture))","seed":\(index),\(outcome),\
        "timing":{"elapsed":\(60 * (index + 1)),"finished":"2025-01-01T00:00:00Z","seconds":60}}
        """)
    }
    try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: lock.directory.journalURL)
    return path(name)
  }
}
