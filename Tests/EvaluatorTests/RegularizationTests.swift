import CKernels
import Foundation
import Testing

@testable import Evaluator
@testable import SearchSpace

/// The auxiliary head, label smoothing, drop-path and dropout in whole networks: losses and gradients against the
/// double-precision interpreter and against PyTorch.
@Suite struct RegularizationTests {
  static let everything = PlanFeatures(
    labelSmoothing: 0.1, auxiliaryWeight: 0.4, dropsPaths: true, dropsFeatures: true)
  static let features: [PlanFeatures] = [
    PlanFeatures(labelSmoothing: 0.1), PlanFeatures(auxiliaryWeight: 0.4), PlanFeatures(dropsPaths: true),
    PlanFeatures(dropsFeatures: true), everything,
  ]

  /// A pair of cells on the smallest images that the auxiliary head fits on.
  private func network(_ cells: Genotype, side: Int = 9) throws -> Network {
    var skeleton = Skeleton(cells: 1, filters: 4, input: Shape(height: side, width: side, channels: 3), classes: 5)
    skeleton.auxiliaryHead = Skeleton.AuxiliaryHead(projectionFilters: 6, filters: 7)
    return try Network(genotype: cells, skeleton: skeleton)
  }

  @Test(arguments: features) func eachAlone(_ features: PlanFeatures) throws {
    let run = try EngineRun(network(KnownCells.nasnetA), batch: 5, features: features)
    let check = GradientCheck(run)
    #expect(check.error < 1e-4, "\(features): \(check)")
  }

  @Test(arguments: KnownCells.all) func everythingInKnownCells(_ cells: Genotype) throws {
    let network = try network(cells)
    #expect(!network.droppablePaths.isEmpty)
    // Of three images, one maximum lies so near another that AVX2's rounding takes the other.
    let check = GradientCheck(try EngineRun(network, batch: 4, features: RegularizationTests.everything))
    #expect(check.error < 1e-4, "\(check)")
  }

  /// A head whose convolution has more than one pixel, a concatenating block and a batch of more images than pieces.
  @Test func concatenatingBlocks() throws {
    var cells = KnownCells.nasnetA
    let blocks = cells.normal.blocks.map { Block($0.left, $0.right, combine: .concat) }
    cells.normal = Cell(blocks: blocks, concat: cells.normal.concat)
    // Of ten images, one value lies so near another that AVX-512's rounding takes the other.
    let run = try EngineRun(network(cells, side: 15), batch: 20, features: RegularizationTests.everything)
    let check = GradientCheck(run)
    #expect(check.error < 1e-4, "\(check)")
  }

  @Test func theHeadsParametersHaveGradients() throws {
    let run = try EngineRun(network(KnownCells.nasnetA), batch: 5, features: PlanFeatures(auxiliaryWeight: 0.4))
    _ = run.loss()
    let head = zip(run.parameters.tensors, run.gradients).filter { $0.0.name.hasPrefix("auxiliary.") }
    #expect(head.count == 12)
    for (tensor, gradient) in head where tensor.role.isTrainable {
      #expect(gradient.contains { $0 != 0 }, "\(tensor.name)")
    }
    #expect(run.executor.auxiliaryLosses[0] != run.executor.losses[0])
  }

  @Test func theHeadIsLeftOutOfUse() throws {
    let with = try network(KnownCells.nasnetA)
    var skeleton = Skeleton(cells: 1, filters: 4, input: Shape(height: 9, width: 9, channels: 3), classes: 5)
    skeleton.auxiliaryHead = nil
    let without = try Network(genotype: KnownCells.nasnetA, skeleton: skeleton)
    func steps(_ network: Network, _ mode: ExecutionPlan.Mode) throws -> [String] {
      try EngineRun(network, batch: 4, mode: mode).plan.summary.map { "\($0.name): \($0.action)" }
    }
    for mode in [ExecutionPlan.Mode.inference, .training] {
      #expect(try steps(with, mode) == steps(without, mode))
    }
  }

  @Test func threadsMakeNoDifference() throws {
    let network = try network(KnownCells.amoebanetA)
    let one = try EngineRun(network, batch: 9, features: RegularizationTests.everything)
    let three = try EngineRun(network, batch: 9, threads: 3, features: RegularizationTests.everything)
    #expect(one.loss() == three.loss())
    let same = one.gradients == three.gradients
    #expect(same)
  }

  // MARK: - PyTorch

  struct Golden: Decodable {
    struct Smoothed: Decodable {
      let losses: [Double]
      let gradient: [Double]
    }
    let smoothed: Smoothed
    let steps: [Step]
  }

  struct Step: Decodable, Sendable {
    let smoothing, weight, pathKeep, featureKeep: Double
    let loss, auxiliaryLoss: Double
    let logits: [Double]
    let gradients: [[Double]]
  }

  static func golden() throws -> Golden {
    let place = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Goldens/regularizers.json")
    return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: place))
  }

  /// The script's network.
  static func small() throws -> Network {
    var builder = NetworkBuilder(input: Shape(height: 9, width: 7, channels: 3))
    let stem = try builder.convolution(builder.input, channels: 6, window: Window(kernel: Extent(3)))
    let left = try builder.scoped("left") { builder in
      try builder.reluConvolution(stem, channels: 6, window: Window(kernel: Extent(3)))
    }
    let right = try builder.add(
      .pooling(Pooling(kind: .average, window: Window(kernel: Extent(3)))), [stem], name: "right")
    builder.noteDroppable(left, depth: 1)
    builder.noteDroppable(right, depth: 1)
    let sum = try builder.add(.add, [left, right], name: "sum")
    let active = try builder.add(.relu, [sum], name: "relu")
    let window = Window(kernel: Extent(3), stride: Extent(2), padding: .valid)
    let pooled = try builder.add(.pooling(Pooling(kind: .average, window: window)), [active], name: "pool")
    let projected = try builder.convolution(pooled, channels: 5, suffix: "Project")
    let projection = try builder.add(.relu, [projected], name: "reluProject")
    let whole = Window(kernel: Extent(height: 4, width: 3), padding: .valid)
    let features = try builder.convolution(projection, channels: 4, window: whole, suffix: "Whole")
    let seen = try builder.add(.relu, [features], name: "reluWhole")
    let auxiliary = try builder.add(.linear(Linear(outputs: 5)), [seen], name: "auxiliary")
    let last = try builder.add(.relu, [sum], name: "reluLast")
    let mean = try builder.add(.globalAveragePool, [last], name: "mean")
    let logits = try builder.add(.linear(Linear(outputs: 5)), [mean], name: "last")
    return try builder.network(output: logits, auxiliary: auxiliary)
  }

  @Test func aStepOfPyTorch() throws {
    for golden in try RegularizationTests.golden().steps {
      let features = PlanFeatures(
        labelSmoothing: golden.smoothing, auxiliaryWeight: golden.weight, dropsPaths: golden.pathKeep < 1,
        dropsFeatures: golden.featureKeep < 1)
      let run = try EngineRun(RegularizationTests.small(), batch: 6, features: features)
      try PyTorchTests.parameters(run.parameters).write(to: run.memory)
      func factors(_ stream: Int, _ count: Int, _ keep: Double) -> [Float] {
        PyTorchTests.noise(stream, count).map { $0 < 2 * keep - 1 ? Float(1 / keep) : 0 }
      }
      if features.dropsPaths { run.pathFactors = [factors(6000, 12, golden.pathKeep)] }
      if features.dropsFeatures { run.featureFactors = factors(6001, 36, golden.featureKeep) }
      run.fill()
      for (index, value) in PyTorchTests.noise(5000, run.images.count).enumerated() {
        run.executor.images[index] = Float(value)
      }
      for image in 0..<6 { run.memory.labels[image] = UInt8((7 * image + 3) % 5) }
      #expect(abs(run.loss() - golden.loss) < 1e-5)
      let auxiliary = (0..<6).reduce(0) { $0 + Double(run.executor.auxiliaryLosses[$1]) } / 6
      #expect(abs(auxiliary - golden.auxiliaryLoss) < 1e-5)
      let gradients = run.gradients.filter { !$0.isEmpty }
      #expect(gradients.count == golden.gradients.count)
      for (found, expected) in zip(gradients, golden.gradients) {
        #expect(found.count == expected.count)
        let worst = zip(found, expected).map { abs(Double($0) - $1) }.max() ?? 1
        #expect(worst < 2e-5)
      }
    }
  }

  /// −Σ q log p by hand: of equal logits ln 3 whatever the target, and PyTorch's figures.
  @Test func smoothedLosses() throws {
    let golden = try RegularizationTests.golden().smoothed
    let logits: [Float] = [2, -1, 0.5, 0, 0, 0, -3, 4, 1]
    let labels: [UInt8] = [0, 1, 0]
    var losses = [Float](repeating: 0, count: 3)
    var gradient = [Float](repeating: 0, count: 9)
    var correct = [UInt8](repeating: 0, count: 3)
    let kernels = try KernelTable(InstructionSet.underTest()).functions.pointee
    kernels.softmax_cross_entropy(logits, labels, &losses, &gradient, &correct, 1 / 3, 3, 0, 3)
    nas_smooth_labels(logits, labels, &losses, &gradient, 0.1, 1 / 3, 3, 0, 3)
    #expect(zip(losses, golden.losses).allSatisfy { abs(Double($0) - $1) < 1e-5 })
    #expect(zip(gradient, golden.gradient).allSatisfy { abs(Double($0) - $1) < 1e-6 })
    #expect(abs(losses[1] - log(Float(3))) < 1e-6)
  }
}
