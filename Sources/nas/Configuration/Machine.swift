import Evaluator
import Foundation

/// What this machine has.
enum Machine {
  /// The instruction set that this process computes with.
  /// - Throws: `EngineError` when `NAS_MAX_ISA` holds something else than one.
  static func instructions() throws -> InstructionSet {
    try InstructionSet.best(environment: ProcessInfo.processInfo.environment)
  }

  /// The number of cores that this process may use.
  static var cores: Int { ProcessInfo.processInfo.activeProcessorCount }

  /// Its memory in bytes. A network that needs more is refused before anything is allocated.
  static var memory: Int { Int(clamping: ProcessInfo.processInfo.physicalMemory) }
}
