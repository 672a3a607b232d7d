import CKernels
import Foundation
import SearchSpace
import Testing

@testable import Evaluator

/// RMSProp and the average of the weights against TensorFlow's own; the figures come from `Goldens/recipes.py`.
@Suite struct OptimizerTests {
  struct Golden: Decodable {
    let rmsProp: [Steps]
    let averages: [Averages]
  }

  struct Steps: Decodable {
    let decay, epsilon, momentum, rate: Float
    let weights: [[Double]]
  }

  struct Averages: Decodable {
    let decay: Double
    let averages: [Double]
  }

  static func golden() throws -> Golden {
    let place = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Goldens/recipes.json")
    return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: place))
  }

  /// A network with a kernel of 12 weights, a bias of 4 and a normalisation.
  private func memory() throws -> EngineMemory {
    var builder = NetworkBuilder(input: Shape(height: 2, width: 2, channels: 3))
    let norm = try builder.add(.batchNorm(BatchNorm()), [builder.input], name: "norm")
    let mean = try builder.add(.globalAveragePool, [norm], name: "mean")
    let logits = try builder.add(.linear(Linear(outputs: 4)), [mean], name: "linear")
    let network = builder.network(output: logits)
    return try EngineMemory(
      try ExecutionPlan(network: network, batch: 2, mode: .training, instructions: .underTest()))
  }

  @Test func rmsPropIsTensorFlows() throws {
    for golden in try OptimizerTests.golden().rmsProp {
      var weights = (0..<7).map { 0.5 - 0.2 * Float($0) }
      var velocity = [Float](repeating: 0, count: 7)
      var meanSquare = [Float](repeating: 1, count: 7)
      for (step, expected) in golden.weights.enumerated() {
        let gradient = (0..<7).map { Float(sin(1.7 * Double(step) + 0.9 * Double($0))) }
        nas_rmsprop_step(
          &weights, &velocity, &meanSquare, gradient, 7, golden.rate, golden.momentum, golden.decay, golden.epsilon, 0,
          1)
        #expect(zip(weights, expected).allSatisfy { abs(Double($0) - $1) < 1e-6 }, "step \(step)")
      }
    }
  }

  /// Clipping, decay of kernels alone, and mean squares that begin at 1, written out in double precision.
  @Test func rmsPropInTheOptimizer() throws {
    let memory = try memory()
    var plan = TrainingPlan(epochs: 1, momentum: 0.8, weightDecay: 0.1, clipNorm: 2)
    plan.rmsProp = RMSProp(decay: 0.7, epsilon: 0.3)
    let optimizer = try Optimizer(
      memory: memory, kernels: try KernelTable(InstructionSet.underTest()), pool: try ThreadPool(threads: 2),
      rmsProp: plan.rmsProp)
    let layout = memory.layout
    #expect(layout.kernelCount == 12 && layout.trainableCount == 22)
    for index in 0..<22 { memory.trainable[index] = Float(cos(Double(index))) }
    var weights = (0..<22).map { Double(memory.trainable[$0]) }
    var velocity = [Double](repeating: 0, count: 22)
    var meanSquare = [Double](repeating: 1, count: 22)
    for step in 0..<3 {
      for index in 0..<22 { memory.gradients[index] = Float(sin(Double(7 * step + index))) }
      let norm = optimizer.gradientNorm()
      #expect(norm > 2)
      optimizer.step(plan, rate: 0.1, norm: norm)
      for index in 0..<22 {
        let clipped = Double(memory.gradients[index]) * 2 / (norm + 1e-6)
        let gradient = clipped + (index < 12 ? 0.1 * weights[index] : 0)
        meanSquare[index] = 0.7 * meanSquare[index] + 0.3 * gradient * gradient
        velocity[index] = 0.8 * velocity[index] + 0.1 * gradient / (meanSquare[index] + 0.3).squareRoot()
        weights[index] -= velocity[index]
      }
    }
    let worst = weights.indices.map { abs(weights[$0] - Double(memory.trainable[$0])) }.max() ?? 1
    #expect(worst < 1e-6)
  }

  @Test func averagesAreTensorFlows() throws {
    for golden in try OptimizerTests.golden().averages {
      let memory = try memory()
      memory.trainable[3] = 1
      memory.buffers[2] = 1
      let average = try WeightAverage(memory: memory, decay: golden.decay)
      for (index, expected) in golden.averages.enumerated() {
        let value = Float(cos(Double(index + 1)))
        (memory.trainable[3], memory.buffers[2]) = (value, value)
        average.update(after: index + 1)
        #expect(abs(Double(average.trainable.start[3]) - expected) < 1e-6)
        #expect(abs(Double(average.buffers.start[2]) - expected) < 1e-6)
        let seen = average.inPlace { memory.trainable[3] }
        #expect(seen == average.trainable.start[3] && memory.trainable[3] == value)
      }
    }
  }

  /// min(d, (1 + t) / (10 + t)) by hand.
  @Test func averagesForgetTheirBeginning() throws {
    let average = try WeightAverage(memory: try memory(), decay: 0.9)
    #expect(average.kept(after: 1) == 2.0 / 11)
    #expect(average.kept(after: 8) == 0.5)
    #expect(average.kept(after: 80) == 0.9 && average.kept(after: 10_000) == 0.9)
  }
}
