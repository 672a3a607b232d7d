import CKernels
import SearchSpace

/// How a network is executed for batches of one size: the steps in order and the place of every value in one arena.
///
/// Channels lie in blocks of as many floats as a vector has. Batch normalisations and relus are applied where their results
/// are read; in inference they are multiplied into the weights. A depthwise convolution and the 1×1 convolution behind it are
/// one step. Parts of a concat are written in place.
/// Gradients accumulate in place. Values share memory when their lifetimes do not overlap.
public struct ExecutionPlan: Sendable {
  /// What the steps do.
  public enum Mode: Sendable {
    /// Forward with the batch's statistics, loss and backward.
    case training
    /// Forward with the running statistics, and loss.
    case inference
  }

  /// The number of pieces a batch is cut into; a piece is what one thread works on at a time. It is a constant so that
  /// sums, which are added up piece by piece, do not depend on the number of threads; more threads than pieces are of no use.
  public static let maximumPieces = 16

  /// What the steps do.
  public let mode: Mode
  /// Images in a batch.
  public let batch: Int
  /// The number of threads there is scratch memory for.
  public let threads: Int
  /// The number of pieces of a batch.
  let pieces: Int
  let steps: [Step]
  let phases: [Phase]
  let closings: [Closing]
  /// What the steps do and cost, in order.
  public let summary: [StepSummary]
  /// `offsets[buffer]` is a buffer's place in the arena, in floats.
  let offsets: [Int]
  let layout: ParameterLayout
  let normalizations: [NormalizationSlot]
  let weights: [PackedWeights]
  /// Lanes of channels and places of scalars that steps, weights and normalisations refer to.
  let table: [Int32]
  /// Values of a block of channels.
  public let lanes: Int
  /// Bytes of a value between steps and of its gradient.
  public let valueBytes: Int
  let fixed: FixedArea
  /// The images and the logits.
  let input: Slice
  let output: Slice
  /// The number of features before the last layer, when they have factors; else 0.
  let droppedFeatures: Int
  /// Floats of the arena.
  let arenaCount: Int

  /// The memory for activations, gradients with respect to activations, sums and scratch, in bytes.
  public var arenaBytes: Int { arenaCount * MemoryLayout<Float>.stride }
  /// The part of `arenaBytes` that every thread adds.
  var scratchBytesPerThread: Int { fixed.scratchStride * MemoryLayout<Float>.stride }
  /// The memory for weights, their gradients and momentum (training), and running statistics, in bytes.
  public var parameterBytes: Int {
    (layout.trainableCount * (mode == .training ? 3 : 1) + layout.bufferCount) * MemoryLayout<Float>.stride
  }

  /// Plans a network; in training an auxiliary head takes part with its usual weight, and values are stored with the given
  /// precision; inference is in single precision always.
  /// - Throws: `EngineError` when the batch is empty, there are no threads, or the network's output is not one vector; `Failure`
  ///   of kind `outOfMemory` for batches beyond all memory.
  public init(
    network: Network, batch: Int, mode: Mode, instructions: InstructionSet, threads: Int = 1,
    precision: Precision = .float32
  ) throws {
    let kernels = try KernelTable(instructions, for: network, storing: mode == .training ? precision : .float32)
    try self.init(
      network: network, batch: batch, mode: mode, kernels: kernels, threads: threads,
      features: .standard(hasAuxiliaryHead: network.auxiliaryOutput != nil))
  }

  init(
    network: Network, batch: Int, mode: Mode, kernels: KernelTable, threads: Int,
    features: PlanFeatures = PlanFeatures()
  ) throws {
    try ExecutionPlan.check(network, batch: batch, threads: threads)
    // Nothing of it is there when a trained network is used.
    let features = mode == .training ? features : PlanFeatures()
    var planner = Planner(
      network: network, batch: batch, mode: mode, kernels: kernels, threads: threads, features: features)
    planner.planForward()
    if mode == .training { planner.planBackward() }
    guard !planner.hasFarPlaces else {
      throw Failure(
        kind: .outOfMemory,
        reason: "The values of \(batch) images at once lie further apart than the engine's tables of 2³¹ places reach: "
          + "use a smaller batch.")
    }
    let arrangement = Arrangement(planner)
    var fixed = planner.fixed
    fixed.partialStride = arrangement.partialStride
    fixed.count = fixed.partialsOffset + planner.pieces * fixed.partialStride
    let arena = ArenaLayout(buffers: arrangement.buffers, start: fixed.count)
    self.mode = mode
    self.batch = batch
    self.threads = threads
    pieces = planner.pieces
    steps = arrangement.steps
    phases = arrangement.phases
    closings = arrangement.closings
    let summaries = planner.summarize()
    summary = arrangement.order.map { summaries[$0] }
    offsets = arena.offsets
    layout = planner.layout
    normalizations = planner.normalizations
    weights = arrangement.weights
    table = planner.table
    lanes = kernels.lanes
    valueBytes = kernels.valueBytes
    self.fixed = fixed
    input = planner.storage(of: 0)
    output = planner.storage(of: planner.lowering.output)
    droppedFeatures = planner.droppedFeatures
    arenaCount = arena.count
  }

  private static func check(_ network: Network, batch: Int, threads: Int) throws {
    guard batch > 0 else { throw EngineError.emptyBatch(found: batch) }
    guard threads > 0 else { throw EngineError.noThreads(found: threads) }
    let last = network.nodes[network.nodes.count - 1]
    guard last.shape.height == 1, last.shape.width == 1 else { throw EngineError.outputNotVector(found: last.shape) }
  }
}

/// The part of the arena that lives through the whole step.
struct FixedArea: Sendable {
  /// Sums of all normalisations, set to zero at the start of a step; the coefficients are before them.
  var sumsOffset = 0
  var sumsCount = 0
  /// Each piece's share of the weight gradients of a phase.
  var partialsOffset = 0
  /// Floats of one piece's share.
  var partialStride = 0
  /// Each thread's scratch.
  var scratchOffset = 0
  var scratchStride = 0
  /// One loss per image, of the last and of the auxiliary output.
  var lossesOffset = 0
  var auxiliaryLossesOffset = 0
  /// The factors of drop-path, one per path and image.
  var pathFactorsOffset = 0
  /// The factors of dropout, one per image and feature.
  var featureFactorsOffset = 0
  /// Floats in all.
  var count = 0

  /// Rounded up to 64 bytes, the widest vector and a cache line.
  static func aligned(_ count: Int) -> Int { (count + 15) / 16 * 16 }
}

/// Places for buffers such that those alive at the same time do not overlap.
struct ArenaLayout {
  /// A buffer's size in floats and the first and last phase that touch it.
  struct Buffer {
    var count: Int
    var first = Int.max
    var last = -1
  }

  let offsets: [Int]
  /// Floats in all.
  let count: Int

  /// Places the largest first, each at the lowest free place: the greedy-by-size rule of Pisarchyk and Lee,
  /// "Efficient Memory Management for Deep Neural Net Inference" (2020), section 4.
  init(buffers: [Buffer], start: Int) {
    var offsets = [Int](repeating: start, count: buffers.count)
    var placed: [Int] = []
    var end = start
    let order = buffers.indices.sorted { (-buffers[$0].count, $0) < (-buffers[$1].count, $1) }
    for index in order where buffers[index].last >= 0 {
      let buffer = buffers[index]
      let size = FixedArea.aligned(buffer.count)
      var offset = start
      for other in placed where buffers[other].first <= buffer.last && buffer.first <= buffers[other].last {
        if offsets[other] >= offset + size { break }
        offset = max(offset, offsets[other] + FixedArea.aligned(buffers[other].count))
      }
      offsets[index] = offset
      end = max(end, offset + size)
      let position = placed.firstIndex { offsets[$0] > offset } ?? placed.count
      placed.insert(index, at: position)
    }
    self.offsets = offsets
    count = end
  }
}
