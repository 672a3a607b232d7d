import Foundation
import Testing

@testable import Study

@Suite struct FileLockTests {
  @Test func oneOwnerAtATime() async throws {
    try await withFolder { folder in
      let url = folder.appendingPathComponent("lock")
      let lock = try FileLock(url, folder: folder)
      #expect(
        await message { _ = try FileLock(url, folder: folder) }
          == "Another process (pid \(getpid())) is writing to the run \(folder.path): wait for it or stop it.")
      withExtendedLifetime(lock) {}
    }
  }

  /// A child has its parent's files open from its start until it becomes its program, as this copy does.
  @Test func aReleasedLockIsFreeWhileTheFileIsOpenElsewhere() async throws {
    try await withFolder { folder in
      let url = folder.appendingPathComponent("lock")
      var lock: FileLock? = try FileLock(url, folder: folder)
      let copy = dup(try #require(lock).descriptor)
      defer { close(copy) }
      lock = nil
      lock = try FileLock(url, folder: folder)
      #expect(lock != nil)
    }
  }
}
