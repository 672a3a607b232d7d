import Foundation

@testable import Evaluator

extension InstructionSet {
  /// The instruction set that this run of the tests is about: the best of the machine, capped by `NAS_MAX_ISA`.
  static func underTest() throws -> InstructionSet {
    try best(environment: ProcessInfo.processInfo.environment)
  }
}
