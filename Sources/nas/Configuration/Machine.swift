import Foundation

/// What this machine has.
enum Machine {
  /// Its memory in bytes. A network that needs more is refused before anything is allocated.
  static var memory: Int { Int(clamping: ProcessInfo.processInfo.physicalMemory) }
}
