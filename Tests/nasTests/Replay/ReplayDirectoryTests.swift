import Foundation
import Study
import Testing

@testable import nas

@Suite struct ReplayDirectoryTests {
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("replay-\(UUID().uuidString)")
  private var path: String { folder.path }

  private func configuration() throws -> ReplayConfiguration {
    let settings = ResolvedSettings(
      schema: ReplayConfiguration.schema, flags: ["dataset": "synthetic"], environment: [:], file: [:])
    return try ReplayConfiguration(GenotypeArgument("nasnet-a"), settings: settings)
  }

  private func remove() { try? FileManager.default.removeItem(at: folder) }

  private func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }

  @Test func oneWriterAtATime() throws {
    defer { remove() }
    var (directory, lock): (ReplayDirectory, FileLock?) = try ReplayDirectory.create(
      at: path, configuration: configuration(), force: false)
    #expect(try names() == ["lock", "replay.json"])
    #expect(try directory.configuration().genotype == configuration().genotype)
    #expect(throws: RunDirectoryError.locked(path: folder.standardizedFileURL.path, owner: getpid())) {
      try directory.lock()
    }
    #expect(throws: RunDirectoryError.self) {
      try ReplayDirectory.create(at: path, configuration: configuration(), force: true)
    }
    _ = lock
    lock = nil
    _ = try directory.lock()
  }

  @Test func whatIsThereStays() throws {
    defer { remove() }
    _ = try ReplayDirectory.create(at: path, configuration: configuration(), force: false)
    try Data("x".utf8).write(to: folder.appendingPathComponent("checkpoint"))
    #expect(throws: CommandError.self) {
      try ReplayDirectory.create(at: path, configuration: configuration(), force: false)
    }
    #expect(try names() == ["checkpoint", "lock", "replay.json"])
    _ = try ReplayDirectory.create(at: path, configuration: configuration(), force: true)
    #expect(try names() == ["lock", "replay.json"])
  }

  /// An old result beside a new configuration would pass for the new one's.
  @Test func aResultThatCannotBeRemovedIsNotOverwritten() throws {
    defer { remove() }
    _ = try ReplayDirectory.create(at: path, configuration: configuration(), force: false)
    let before = try Data(contentsOf: folder.appendingPathComponent("replay.json"))
    try FileManager.default.createDirectory(
      at: folder.appendingPathComponent("result.json"), withIntermediateDirectories: false)
    do {
      _ = try ReplayDirectory.create(at: path, configuration: configuration(), force: true)
      Issue.record("An old result was left beside a new training.")
    } catch let error as CommandError {
      let file = folder.standardizedFileURL.appendingPathComponent("result.json").path
      #expect(
        error.sentence
          == "\(file) cannot be removed (Is a directory): remove it yourself, or choose another folder with --out.")
    }
    #expect(try Data(contentsOf: folder.appendingPathComponent("replay.json")) == before)
  }

  @Test func foreignFoldersAreLeftAlone() throws {
    defer { remove() }
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try Data("x".utf8).write(to: folder.appendingPathComponent("mine"))
    #expect(throws: CommandError.self) {
      try ReplayDirectory.create(at: path, configuration: configuration(), force: true)
    }
    #expect(try names() == ["mine"])
    let below = folder.appendingPathComponent("mine/replay").path
    #expect(throws: RunDirectoryError.self) {
      try ReplayDirectory.create(at: below, configuration: configuration(), force: false)
    }
    let missing = folder.appendingPathComponent("a/b").path
    #expect(throws: RunDirectoryError.missingParent(path: missing, parent: folder.appendingPathComponent("a").path)) {
      try ReplayDirectory.create(at: missing, configuration: configuration(), force: false)
    }
  }

  @Test func damagedFilesAreNamed() throws {
    defer { remove() }
    let (directory, _) = try ReplayDirectory.create(at: path, configuration: configuration(), force: false)
    #expect(try directory.result() == nil)
    for file in [directory.resultURL, directory.configurationURL] { try Data("{".utf8).write(to: file) }
    #expect {
      try directory.result()
    } throws: { "\(($0 as? CommandError)?.sentence ?? "")".contains("result.json is damaged: delete it") }
    #expect {
      try directory.configuration()
    } throws: { "\(($0 as? CommandError)?.sentence ?? "")".contains("replay.json cannot be used") }
  }
}
