import Foundation
import Testing

@testable import Study

@Suite struct RunDirectoryTests {
  @Test func aNewRun() async throws {
    try await withFolder { folder in
      let url = folder.appendingPathComponent("run")
      let lock = try RunDirectory.create(at: url, configuration: toyConfiguration)
      #expect(try names(url) == ["lock", "run.json"])
      #expect(try RunDirectory.open(at: url).configuration() == toyConfiguration)
      #expect(try RunDirectory.open(at: url) == lock.directory)
    }
  }

  @Test func anExistingRunNeedsForce() async throws {
    try await withFolder { folder in
      let url = folder.appendingPathComponent("run")
      try await runNew(url, toySearch(SearchSettings(seed: 1, evaluations: 3)))
      try Data("mine".utf8).write(to: url.appendingPathComponent("notes.txt"))
      let before = try names(url)
      #expect(
        await message { _ = try RunDirectory.create(at: url, configuration: Data()) }
          == "There is already a run in \(url.path): continue it with 'nas resume', choose another folder, or overwrite it with --force."
      )
      #expect(try names(url) == before)
      #expect(try RunDirectory.open(at: url).configuration() == toyConfiguration)
      _ = try RunDirectory.create(at: url, configuration: Data("{}".utf8), force: true)
      #expect(try names(url) == ["lock", "notes.txt", "run.json"])
      #expect(try RunDirectory.open(at: url).configuration() == Data("{}".utf8))
    }
  }

  @Test func forceRemovesOnlyRuns() async throws {
    try await withFolder { folder in
      let url = folder.appendingPathComponent("thesis")
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
      try Data("years of work".utf8).write(to: url.appendingPathComponent("journal.jsonl"))
      let expected =
        "\(url.path) is not a run: a folder with run.json was expected; give the folder that a search wrote, or a new or empty one to start a search."
      #expect(await message { _ = try RunDirectory.create(at: url, configuration: Data(), force: true) } == expected)
      #expect(try names(url) == ["journal.jsonl"])
      #expect(await message { _ = try RunDirectory.open(at: url) } == expected)
      let file = url.appendingPathComponent("journal.jsonl")
      #expect(throws: RunDirectoryError.notARunDirectory(path: file.path)) {
        _ = try RunDirectory.create(at: file, configuration: Data(), force: true)
      }
      #expect(try Data(contentsOf: file) == Data("years of work".utf8))
    }
  }

  @Test func placesThatCannotBeWritten() async throws {
    try await withFolder { folder in
      let missing = folder.appendingPathComponent("a/b")
      #expect(
        await message { _ = try RunDirectory.create(at: missing, configuration: Data()) }
          == "The folder \(missing.path) cannot be created because \(folder.path)/a does not exist: create it first."
      )
      try Data().write(to: folder.appendingPathComponent("file"))
      let below = folder.appendingPathComponent("file/run")
      #expect(
        await message { _ = try RunDirectory.create(at: below, configuration: Data()) }
          == "\(below.path) cannot be written (not a directory): choose a folder that you may write to.")
      #expect(try names(folder) == ["file"])
    }
    #if os(Linux)
      // Not even root may create a folder here.
      let url = URL(fileURLWithPath: "/proc/nas-run")
      #expect(
        await message { _ = try RunDirectory.create(at: url, configuration: Data()) }
          .hasPrefix("/proc/nas-run cannot be written ("))
    #endif
  }

  @Test func aCreationThatFailsLeavesNothing() async throws {
    try await withFolder { folder in
      let url = folder.appendingPathComponent("run")
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
      // The lock cannot be opened for writing.
      try FileManager.default.createDirectory(
        at: url.appendingPathComponent("lock"), withIntermediateDirectories: false)
      #expect(throws: RunDirectoryError.self) {
        _ = try RunDirectory.create(at: url, configuration: toyConfiguration)
      }
      #expect(try names(url) == ["lock"])
    }
  }

  @Test func aSecondWriterIsToldOfTheFirst() async throws {
    try await withFolder { folder in
      let url = folder.appendingPathComponent("run")
      let lock = try RunDirectory.create(at: url, configuration: toyConfiguration)
      let expected =
        "Another process (pid \(getpid())) is writing to the run \(url.path): wait for it or stop it."
      #expect(await message { _ = try RunDirectory.open(at: url).lock() } == expected)
      #expect(
        await message { _ = try RunDirectory.create(at: url, configuration: Data(), force: true) } == expected)
      #expect(try lock.directory.configuration() == toyConfiguration)
    }
  }

  @Test func theLockOfAKilledProcessIsGone() async throws {
    try await withFolder { folder in
      let url = folder.appendingPathComponent("run")
      _ = try RunDirectory.create(at: url, configuration: toyConfiguration)
      // A lock belongs to the open file: handed on as another process's standard input and closed here, it is that
      // process's alone.
      let lockFile = url.appendingPathComponent("lock")
      let descriptor = try DurableFile.open(lockFile, flags: O_RDWR)
      #expect(flock(descriptor, LOCK_EX | LOCK_NB) == 0)
      let owner = Process()
      owner.executableURL = URL(fileURLWithPath: "/bin/sleep")
      owner.arguments = ["600"]
      owner.standardInput = FileHandle(fileDescriptor: descriptor, closeOnDealloc: false)
      try owner.run()
      close(descriptor)
      try Data("\(owner.processIdentifier)\n".utf8).write(to: lockFile)
      let run = try RunDirectory.open(at: url)
      #expect(throws: RunDirectoryError.locked(path: url.path, owner: owner.processIdentifier)) { try run.lock() }
      kill(owner.processIdentifier, SIGKILL)
      owner.waitUntilExit()
      _ = try run.lock()
    }
  }

  private func names(_ url: URL) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: url.path).sorted()
  }
}
