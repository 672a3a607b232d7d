import CKernels
import SearchSpace

/// A set of vector instructions that the kernels are compiled for.
public enum InstructionSet: String, CaseIterable, Sendable {
  /// Naive loops, never tuned; what the others are tested against.
  case reference
  /// The vector code compiled for the platform's baseline.
  case baseline
  /// x86-64 with AVX2 and FMA.
  case avx2
  /// x86-64 with AVX-512.
  case avx512
  /// arm64.
  case neon

  var kernelIdentifier: nas_isa {
    switch self {
    case .reference: NAS_ISA_REFERENCE
    case .baseline: NAS_ISA_BASELINE
    case .avx2: NAS_ISA_AVX2
    case .avx512: NAS_ISA_AVX512
    case .neon: NAS_ISA_NEON
    }
  }

  /// Whether this build and this processor have it.
  public var isAvailable: Bool { nas_kernels_for(kernelIdentifier) != nil }

  /// The best instruction set of this processor, not above the cap in the environment variable `NAS_MAX_ISA`.
  /// - Throws: `EngineError.unknownInstructionSet` when the variable holds another word,
  ///   `EngineError.instructionSetUnavailable` when nothing at or below the cap is there.
  public static func best(environment: [String: String]) throws -> InstructionSet {
    let best = InstructionSet.allCases.first { $0.kernelIdentifier == nas_best_isa() } ?? .reference
    guard let word = environment["NAS_MAX_ISA"], !word.isEmpty else { return best }
    guard let cap = InstructionSet(rawValue: word) else { throw EngineError.unknownInstructionSet(found: word) }
    // NEON and the x86 sets are never there together, so a cap of the other platform falls back to its baseline.
    let ladder: [InstructionSet] = cap == .neon ? [.neon, .baseline] : [.avx512, .avx2, .baseline]
    if cap == .reference { return .reference }
    let allowed = ladder.drop { $0 != cap }
    guard let chosen = allowed.first(where: \.isAvailable) else {
      throw EngineError.instructionSetUnavailable(found: cap)
    }
    return chosen
  }
}

/// What can go wrong before the first step.
public enum EngineError: Error, Equatable, Sendable {
  /// `NAS_MAX_ISA` holds a word that names no instruction set.
  case unknownInstructionSet(found: String)
  /// This build or this processor does not have the instruction set.
  case instructionSetUnavailable(found: InstructionSet)
  /// The kernel table lacks a function.
  case missingKernel(name: String)
  /// The batch is empty.
  case emptyBatch(found: Int)
  /// The number of threads is not positive.
  case noThreads(found: Int)
  /// The system did not start a thread.
  case threadNotStarted(code: Int32)
  /// The network's output is not one vector per image.
  case outputNotVector(found: Shape)
  /// Tensors that do not belong to this network.
  case foreignParameters(expected: Int, found: Int)
}

extension EngineError: CustomStringConvertible {
  /// One sentence: what was expected, what was found, what to do.
  public var description: String {
    switch self {
    case .unknownInstructionSet(let found):
      "NAS_MAX_ISA must be one of \(InstructionSet.allCases.map(\.rawValue).joined(separator: ", ")), but is \"\(found)\"."
    case .instructionSetUnavailable(let found):
      "The instruction set \(found.rawValue) is not available on this processor; unset NAS_MAX_ISA or choose another."
    case .missingKernel(let name):
      "The kernel table lacks \(name); rebuild the package."
    case .emptyBatch(let found):
      "A batch needs at least 1 image, but \(found) were asked for."
    case .noThreads(let found):
      "At least 1 thread is needed, but \(found) were asked for."
    case .threadNotStarted(let code):
      "The system did not start a thread (error \(code)); use fewer threads."
    case .outputNotVector(let found):
      "A network must end in one vector per image (1×1×classes), but its output is \(found)."
    case .foreignParameters(let expected, let found):
      "The network owns \(expected) scalars, but the given parameters have \(found)."
    }
  }
}
