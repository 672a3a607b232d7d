import Foundation
import Testing

@testable import nas

@Suite struct OutputFileTests {
  private func withFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("output-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
  }

  @Test func theFoldersAboveAreMade() throws {
    try withFolder { folder in
      let file = folder.appendingPathComponent("a b/c/d.svg")
      try OutputFile.write(Data("x".utf8), to: file.path)
      #expect(try Data(contentsOf: file) == Data("x".utf8))
    }
  }

  @Test func aLinkStaysOne() throws {
    try withFolder { folder in
      let (file, link) = (folder.appendingPathComponent("file"), folder.appendingPathComponent("link"))
      try Data("old".utf8).write(to: file)
      try FileManager.default.createSymbolicLink(at: link, withDestinationURL: file)
      try OutputFile.check(link.path, force: true)
      try OutputFile.write(Data("new".utf8), to: link.path)
      #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link.path) == file.path)
      #expect(try Data(contentsOf: file) == Data("new".utf8))
      try OutputFile.write([("link", "newer")], toFolder: folder.path)
      #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link.path) == file.path)
      #expect(try Data(contentsOf: file) == Data("newer".utf8))
    }
  }

  /// Replaced by a file, a device would be lost.
  @Test func whatIsNoFileIsRefusedWhateverTheFlag() throws {
    try withFolder { folder in
      let pipe = folder.appendingPathComponent("pipe").path
      #expect(mkfifo(pipe, 0o600) == 0)
      for path in [pipe, folder.path, "/dev/null"] {
        #expect(throws: CommandError(.usage, "\(path) is no regular file: choose another with --out.")) {
          try OutputFile.check(path, force: true)
        }
      }
    }
  }

  @Test func aFileIsOverwrittenOnlyWhenTold() throws {
    try withFolder { folder in
      let path = folder.appendingPathComponent("file").path
      try OutputFile.check(path, force: false)
      try OutputFile.write(Data(), to: path)
      #expect(throws: CommandError.self) { try OutputFile.check(path, force: false) }
      try OutputFile.check(path, force: true)
    }
  }
}
