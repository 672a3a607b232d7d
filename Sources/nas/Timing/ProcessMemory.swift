import Foundation

/// The memory of this process as Linux counts it in /proc/self/status (proc(5)); nil elsewhere.
enum ProcessMemory {
  /// What is in memory now, in bytes.
  static var resident: Int? { bytes("VmRSS") }
  /// The most that was in memory since the start or the last `resetPeak`, in bytes.
  static var peak: Int? { bytes("VmHWM") }

  /// Lets the peak begin anew; where the system refuses, the peak stays that of the whole process.
  static func resetPeak() {
    // "5" resets the high-water mark (proc(5), clear_refs).
    guard let file = FileHandle(forWritingAtPath: "/proc/self/clear_refs") else { return }
    try? file.write(contentsOf: Data("5".utf8))
    try? file.close()
  }

  private static func bytes(_ key: String) -> Int? {
    guard let text = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else { return nil }
    let line = text.split(separator: "\n").first { $0.hasPrefix("\(key):") }
    return line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) }.map {
      $0 * 1024
    }
  }
}
