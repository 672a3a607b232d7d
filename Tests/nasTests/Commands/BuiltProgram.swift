import Foundation
import Testing

/// The built `nas`, run as its users run it.
struct BuiltProgram {
  /// What a run of the program came to.
  struct Ended {
    let status: Int32
    let output: String
    let errors: String

    /// The one line on standard error that is the error's sentence.
    var sentence: String {
      errors.split(separator: "\n").last.map(String.init) ?? ""
    }
  }

  /// A folder of its own for a test; removed by `remove`.
  let folder: URL
  /// The program.
  let executable: URL

  init() throws {
    // The program lies beside the test bundle, which on Linux is the program that runs.
    let places = [Bundle.main.executableURL, Bundle(for: Marker.self).bundleURL].compactMap {
      $0?.deletingLastPathComponent().appendingPathComponent("nas")
    }
    executable = try #require(places.first { FileManager.default.isExecutableFile(atPath: $0.path) })
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("nas-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  private final class Marker {}

  /// Removes the folder.
  func remove() { try? FileManager.default.removeItem(at: folder) }

  /// Starts the program in the folder; its streams go to files there. A `shell` script finds it and its arguments as $0 and $@.
  func start(
    _ arguments: [String], environment: [String: String] = [:], name: String = "run", shell: String? = nil
  ) throws -> Process {
    let process = Process()
    process.executableURL = shell == nil ? executable : URL(fileURLWithPath: "/bin/sh")
    process.arguments = (shell.map { ["-c", $0, executable.path] } ?? []) + arguments
    process.currentDirectoryURL = folder
    let inherited = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("NAS_") || $0.key == "NAS_MAX_ISA" }
    process.environment = inherited.merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try stream("\(name).out")
    process.standardError = try stream("\(name).err")
    try process.run()
    return process
  }

  /// Runs the program to its end.
  func run(_ arguments: [String], environment: [String: String] = [:], shell: String? = nil) throws -> Ended {
    let process = try start(arguments, environment: environment, shell: shell)
    process.waitUntilExit()
    return try ended(process)
  }

  /// What a started program came to.
  func ended(_ process: Process, name: String = "run") throws -> Ended {
    process.waitUntilExit()
    return Ended(status: process.terminationStatus, output: try text("\(name).out"), errors: try text("\(name).err"))
  }

  /// The text of a file in the folder.
  func text(_ name: String) throws -> String {
    String(decoding: try Data(contentsOf: folder.appendingPathComponent(name)), as: UTF8.self)
  }

  /// Writes a file into the folder.
  func write(_ text: String, to name: String) throws {
    try Data(text.utf8).write(to: folder.appendingPathComponent(name))
  }

  /// The names in the folder, without the streams.
  func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { !$0.hasPrefix("run.") }.sorted()
  }

  /// Waits until a file has at least so many lines; false after a minute.
  func waitForLines(_ count: Int, in name: String) -> Bool {
    for _ in 0..<12_000 {
      if let text = try? text(name), text.count(where: { $0 == "\n" }) >= count { return true }
      usleep(5_000)
    }
    return false
  }

  private func stream(_ name: String) throws -> FileHandle {
    let url = folder.appendingPathComponent(name)
    try Data().write(to: url)
    return try FileHandle(forWritingTo: url)
  }
}
