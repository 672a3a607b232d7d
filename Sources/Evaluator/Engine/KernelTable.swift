import CKernels
import SearchSpace

/// The kernels of one instruction set and one width of blocks, checked to be complete.
struct KernelTable: @unchecked Sendable {
  /// The C table: constant for the life of the process, hence safe to share.
  let functions: UnsafePointer<nas_kernels>
  /// The backward pass of a separable convolution needs the depthwise result: from so many taps on it reads what the forward
  /// pass has kept, below it computes it again. The bits are the same either way.
  var leastKeptTaps: Int

  /// The kernels whose blocks fill a register.
  /// - Throws: `EngineError.instructionSetUnavailable`, `EngineError.missingKernel`.
  init(_ instructions: InstructionSet) throws {
    guard let table = nas_kernels_for(instructions.kernelIdentifier) else {
      throw EngineError.instructionSetUnavailable(found: instructions)
    }
    try self.init(table)
  }

  /// The kernels for blocks of as many lanes as suit a network, that store values with the given precision.
  /// - Throws: `EngineError.instructionSetUnavailable`, `EngineError.missingKernel`.
  init(_ instructions: InstructionSet, for network: Network, storing precision: Precision = .float32) throws {
    let set = instructions.kernelIdentifier
    let tables =
      switch precision {
      case .float32: (usual: nas_kernels_for(set), narrow: nas_narrow_kernels_for(set))
      case .bf16: (usual: nas_bf16_kernels_for(set), narrow: nas_narrow_bf16_kernels_for(set))
      }
    guard let table = tables.usual else { throw EngineError.instructionSetUnavailable(found: instructions) }
    let usual = try KernelTable(table)
    guard let table = tables.narrow else {
      self = usual
      return
    }
    let narrow = try KernelTable(table)
    self = BlockWidth.prefersNarrow(network, usual: usual.lanes, narrow: narrow.lanes) ? narrow : usual
  }

  /// - Throws: `EngineError.missingKernel`.
  init(_ table: UnsafePointer<nas_kernels>) throws {
    functions = table
    leastKeptTaps = KernelTable.leastKeptTaps(table.pointee)
    for (name, isThere) in KernelTable.entries(table.pointee) where !isThere {
      throw EngineError.missingKernel(name: name)
    }
  }

  /// 25 taps take longer to compute than their result to read from memory, and 9 as long (`experiments/007-engine-speed`),
  /// except where 512 bits are multiplied at once, twice as fast for the same memory: there keeping them takes 1 to 3 %
  /// longer (the same experiment). With values of 2 bytes nothing is gained, and memory is what they are asked for.
  private static func leastKeptTaps(_ table: nas_kernels) -> Int {
    let isFast = table.isa == NAS_ISA_AVX512 && nas_halves_wide_registers() == 0
    return isFast || table.value_bytes < MemoryLayout<Float>.stride ? .max : 25
  }

  /// Values of a block.
  var lanes: Int { functions.pointee.lanes }
  /// Bytes of a stored value.
  var valueBytes: Int { functions.pointee.value_bytes }

  private static func entries(_ table: nas_kernels) -> [(String, Bool)] {
    [
      ("convolution_forward", table.convolution_forward != nil),
      ("convolution_backward", table.convolution_backward != nil),
      ("convolution_scratch", table.convolution_scratch != nil),
      ("separable_forward", table.separable_forward != nil),
      ("separable_backward", table.separable_backward != nil),
      ("separable_scratch", table.separable_scratch != nil),
      ("pool_forward", table.pool_forward != nil),
      ("pool_backward", table.pool_backward != nil),
      ("pool_scratch", table.pool_scratch != nil),
      ("add", table.add != nil),
      ("moments", table.moments != nil),
      ("pass_gradient", table.pass_gradient != nil),
      ("gradient_moments", table.gradient_moments != nil),
      ("global_pool_forward", table.global_pool_forward != nil),
      ("global_pool_backward", table.global_pool_backward != nil),
      ("linear_forward", table.linear_forward != nil),
      ("linear_backward", table.linear_backward != nil),
      ("softmax_cross_entropy", table.softmax_cross_entropy != nil),
      ("sgd_step", table.sgd_step != nil),
      ("accumulate", table.accumulate != nil),
      ("sum_of_squares", table.sum_of_squares != nil),
      ("multiply_add_burst", table.multiply_add_burst != nil),
      ("triad", table.triad != nil),
    ]
  }
}
