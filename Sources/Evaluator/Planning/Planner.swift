import CKernels
import SearchSpace

/// Writes the steps of a plan; the forward and the backward half are extensions of their own.
struct Planner {
  let network: Network
  let lowering: Lowering
  let layout: ParameterLayout
  let batch: Int
  let pieces: Int
  /// Bytes of a stored value.
  let valueBytes: Int
  /// See `KernelTable`.
  let leastKeptTaps: Int
  let mode: ExecutionPlan.Mode
  let features: PlanFeatures

  private(set) var buffers: [ArenaLayout.Buffer] = []
  /// The buffers of stored points that are not part of another.
  private var storageBuffers: [Int?]
  var steps: [Step] = []
  /// The operation that each step was written for; -1 for the loss.
  private(set) var stepOperations: [Int] = []
  /// The operation that steps are being written for.
  var currentOperation = -1
  var fixed = FixedArea()
  /// Lanes of channels and places of scalars that steps refer to.
  var table: [Int32] = []
  /// Whether a place did not fit into the table: the plan cannot be used.
  var hasFarPlaces = false
  var weights: [PackedWeights] = []
  /// `firstWeights[point]` is the index of the first packed weights of the operation that makes a point.
  private(set) var firstWeights: [Int]
  /// The blocks of each buffer that parts of a concat have been written to.
  var written: [Int: Set<Int>] = [:]

  var normalizations: [NormalizationSlot] = []
  /// The normalisations that are multiplied into the weights which make their operand.
  var isFolded: [Bool] = []
  /// Where the sums of a point are left, when a normalisation needs them from the operation that makes the point.
  var sums: [Sums]
  /// The points whose sums need a pass of their own, with the places.
  var ownMoments: [Int: Sums] = [:]

  /// The depthwise results that are kept for the backward half, by the point that the convolution makes.
  var keptDepthwise: [Int: Slice] = [:]

  /// The state of the backward half.
  var gradients: GradientState

  init(
    network: Network, batch: Int, mode: ExecutionPlan.Mode, kernels: KernelTable, threads: Int,
    features: PlanFeatures
  ) {
    self.network = network
    self.batch = batch
    self.mode = mode
    self.features = features
    lowering = Lowering(network, lanes: kernels.lanes, features: features)
    layout = ParameterLayout(network)
    pieces = min(batch, ExecutionPlan.maximumPieces)
    valueBytes = kernels.valueBytes
    leastKeptTaps = kernels.leastKeptTaps
    storageBuffers = Array(repeating: nil, count: lowering.points.count)
    firstWeights = Array(repeating: -1, count: lowering.points.count)
    sums = Array(repeating: Sums(), count: lowering.points.count)
    gradients = GradientState(points: lowering.points.count)
    for point in lowering.points.indices { assignStorage(point) }
    planNormalizations()
    planFixedArea(kernels: kernels, threads: threads)
  }

  // MARK: - Places

  private mutating func assignStorage(_ point: Int) {
    let value = lowering.points[point]
    guard value.normalized == nil, value.placement == nil else { return }
    storageBuffers[point] = makeBuffer(of: point)
  }

  /// Values between two blocks of a point. The odd number of cache lines between them keeps the blocks of a pixel, which
  /// are read together, from falling into the same sets of the cache.
  private func plane(of point: Int) -> Int { plane(of: point, valueBytes: valueBytes) }

  private func plane(of point: Int, valueBytes: Int) -> Int {
    let value = lowering.points[point]
    guard !value.isRows else { return 0 }
    let line = 64 / valueBytes
    let count = batch * value.shape.height * value.shape.width * lowering.lanes
    return (count + line - 1) / line * line + 5 * line
  }

  /// A new buffer for a value like this point for every image.
  mutating func makeBuffer(of point: Int) -> Int {
    let value = lowering.points[point]
    guard !value.isRows else { return makeBuffer(floats: batch * value.shape.count) }
    return makeBuffer(floats: value.layout.blocks * plane(of: point) * valueBytes / MemoryLayout<Float>.stride)
  }

  /// A new place for as many blocks of floats as given, with the pixels of a point.
  mutating func makeFloats(blocks: Int, like point: Int) -> Slice {
    let plane = plane(of: point, valueBytes: MemoryLayout<Float>.stride)
    return Slice(buffer: makeBuffer(floats: blocks * plane), plane: plane)
  }

  mutating func makeBuffer(floats: Int) -> Int {
    buffers.append(ArenaLayout.Buffer(count: floats))
    return buffers.count - 1
  }

  /// A slice of a buffer made for this point.
  func slice(_ buffer: Int, of point: Int) -> Slice { Slice(buffer: buffer, plane: plane(of: point)) }

  /// Where a stored point is.
  func storage(of point: Int) -> Slice {
    let value = lowering.points[point]
    if let placement = value.placement {
      var slice = storage(of: placement.parent)
      slice.block += placement.block
      return slice
    }
    return slice(storageBuffers[point] ?? 0, of: point)
  }

  /// How a view is read.
  func operand(_ view: Lowering.View) -> Operand {
    guard let (stored, index) = lowering.points[view.point].normalized else {
      return Operand(slice: storage(of: view.point), relu: view.relu)
    }
    guard !isFolded[index] else { return Operand(slice: storage(of: stored), relu: view.relu) }
    let norm = normalizations[index]
    return Operand(slice: storage(of: stored), scale: norm.scale, shift: norm.shift, relu: view.relu)
  }

  /// Adds a step.
  mutating func emit(_ step: Step) {
    steps.append(step)
    stepOperations.append(currentOperation)
  }

  /// Notes lanes or places that a step refers to.
  mutating func note(_ values: [Int32]) -> Int {
    table += values
    return table.count - values.count
  }

  func pixels(of point: Int) -> Int { lowering.points[point].shape.height * lowering.points[point].shape.width }

  // MARK: - Memory that lives through the whole step

  private mutating func planFixedArea(kernels: KernelTable, threads: Int) {
    var scratch = 0
    var packed = FixedArea.aligned(fixed.sumsOffset + fixed.sumsCount)
    for operation in lowering.operations {
      var window = windowGeometry(operation)
      let owned = makeWeights(operation, from: &packed)
      firstWeights[operation.output] = weights.count
      weights += owned
      switch operation.kind {
      case .convolution:
        scratch = max(scratch, kernels.functions.pointee.convolution_scratch(&window))
      case .depthwise, .separable:
        scratch = max(scratch, kernels.functions.pointee.separable_scratch(&window))
      case .pooling:
        scratch = max(scratch, kernels.functions.pointee.pool_scratch(&window))
      case .add, .copy, .relayout, .concat, .normalize, .globalAveragePool, .linear, .flatten, .unflatten:
        break
      }
    }
    if features.dropsPaths {
      // Factors of an operand, or of a gradient behind a normalisation, for one image.
      for operation in lowering.operations where operation.path >= 0 {
        scratch = max(scratch, 3 * lowering.points[operation.output].layout.width)
      }
    }
    fixed.scratchOffset = packed
    fixed.scratchStride = FixedArea.aligned(scratch)
    fixed.lossesOffset = fixed.scratchOffset + threads * fixed.scratchStride
    fixed.auxiliaryLossesOffset = fixed.lossesOffset + batch
    fixed.pathFactorsOffset = fixed.auxiliaryLossesOffset + (lowering.auxiliaryOutput == nil ? 0 : batch)
    let paths = features.dropsPaths ? network.droppablePaths.count : 0
    fixed.featureFactorsOffset = fixed.pathFactorsOffset + paths * batch
    fixed.partialsOffset = FixedArea.aligned(fixed.featureFactorsOffset + droppedFeatures * batch)
  }

  /// The number of features before the last layer, when they have factors; else 0.
  var droppedFeatures: Int {
    guard features.dropsFeatures, let last = lowering.operations.last(where: { $0.output == lowering.output }) else {
      return 0
    }
    return lowering.points[last.inputs[0].point].shape.count
  }
}
