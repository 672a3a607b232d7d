import SearchSpace

@testable import Evaluator

/// One network planned for training, with random images and labels in place.
final class EngineRun {
  let network: Network
  let plan: ExecutionPlan
  let memory: EngineMemory
  let executor: Executor
  let images: [Float]
  let labels: [UInt8]
  let parameters: ModelParameters
  let features: PlanFeatures
  /// The factors of drop-path, one list for each path, and those of dropout; empty without.
  var pathFactors: [[Float]] = []
  var featureFactors: [Float] = []

  init(
    _ network: Network, batch: Int, seed: UInt64 = 1, threads: Int = 1, mode: ExecutionPlan.Mode = .training,
    instructions: InstructionSet? = nil, kernels: KernelTable? = nil, features: PlanFeatures = PlanFeatures()
  ) throws {
    let kernels = try kernels ?? KernelTable(instructions ?? InstructionSet.underTest(), for: network)
    self.network = network
    self.features = features
    plan = try ExecutionPlan(
      network: network, batch: batch, mode: mode, kernels: kernels, threads: threads, features: features)
    memory = try EngineMemory(plan)
    executor = Executor(plan: plan, memory: memory, kernels: kernels, pool: try ThreadPool(threads: threads))
    var random = RandomStream(seed: seed)
    parameters = EngineRun.lively(ModelParameters(network: network, random: random), &random)
    try parameters.write(to: memory)
    images = (0..<(batch * network.inputShape.count)).map { _ in Float(random.truncatedNormal()) }
    labels = (0..<batch).map { _ in UInt8(random.integer(below: network.classes)) }
    if features.dropsPaths {
      pathFactors = network.droppablePaths.map { _ in (0..<batch).map { _ in random.uniform() < 0.4 ? 0 : 1.7 } }
    }
    featureFactors = (0..<(batch * plan.droppedFeatures)).map { _ in random.uniform() < 0.3 ? 0 : 1.4 }
    fill()
  }

  /// Puts images, labels and factors where the engine reads them.
  func fill() {
    for (index, value) in pathFactors.flatMap(\.self).enumerated() { executor.pathFactors[index] = value }
    for (index, value) in featureFactors.enumerated() { executor.featureFactors[index] = value }
    for (index, value) in images.enumerated() { executor.images[index] = value }
    for (index, label) in labels.enumerated() { memory.labels[index] = label }
  }

  /// γ around 1 and β around 0, so that their influence shows.
  private static func lively(_ parameters: ModelParameters, _ random: inout RandomStream) -> ModelParameters {
    var result = parameters
    for index in result.tensors.indices where [.scale, .offset].contains(result.tensors[index].role) {
      result.tensors[index].values = result.tensors[index].values.map { $0 + Float(0.3 * random.truncatedNormal()) }
    }
    return result
  }

  /// The mean loss; gradients lie in memory afterwards.
  func loss() -> Double { executor.run(images: labels.count) / Double(labels.count) }

  var logits: [Float] { (0..<(labels.count * network.classes)).map { executor.logits[$0] } }

  /// The gradient of every trainable tensor, in network order; empty for buffers.
  var gradients: [[Float]] {
    memory.layout.entries.map { entry in
      guard entry.tensor.role.isTrainable else { return [] }
      return (0..<entry.tensor.count).map { memory.gradients[entry.offset + $0] }
    }
  }
}

extension DoubleNetwork {
  /// The reference of a run: its parameters, and what it leaves out and adds.
  init(_ run: EngineRun) {
    self.init(run.network, run.parameters)
    labelSmoothing = run.features.labelSmoothing
    auxiliaryWeight = run.features.auxiliaryWeight
    for (path, factors) in zip(run.network.droppablePaths, run.pathFactors) {
      pathFactors[path.node] = factors.map(Double.init)
    }
    featureFactors = run.featureFactors.map(Double.init)
  }
}

/// How far the engine is from the double-precision interpreter.
struct GradientCheck {
  let loss: Double
  let expectedLoss: Double
  /// The derivative along a random direction: from the engine's gradients, and by central differences in double.
  let slope: Double
  let expectedSlope: Double
  /// The norm of the gradient: the scale of both slopes.
  let norm: Double

  /// Only the tensors for which `isMoved` holds take part in the direction.
  init(_ run: EngineRun, seed: UInt64 = 7, isMoved: (Tensor.Role) -> Bool = { _ in true }) {
    let images = run.images.map(Double.init)
    let reference = DoubleNetwork(run)
    expectedLoss = reference.loss(images: images, labels: run.labels)
    loss = run.loss()
    var random = RandomStream(seed: seed)
    var forward = reference
    var backward = reference
    // Small, because every relu and extreme that changes sides within the step bends the difference.
    let step = 1e-8
    var slope = 0.0
    var square = 0.0
    for (index, gradient) in run.gradients.enumerated() where isMoved(run.parameters.tensors[index].role) {
      for place in gradient.indices {
        let direction = 2 * random.uniform() - 1
        slope += Double(gradient[place]) * direction
        square += Double(gradient[place] * gradient[place])
        forward.tensors[index][place] += step * direction
        backward.tensors[index][place] -= step * direction
      }
    }
    self.slope = slope
    norm = square.squareRoot()
    expectedSlope =
      (forward.totalLoss(images: images, labels: run.labels) - backward.totalLoss(images: images, labels: run.labels))
      / (2 * step)
  }

  /// The larger of both relative errors.
  var error: Double {
    max(abs(loss - expectedLoss) / max(1, abs(expectedLoss)), abs(slope - expectedSlope) / max(norm, 1e-6))
  }
}
