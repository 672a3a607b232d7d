import Foundation
import SearchSpace
import Testing

@testable import Evaluator

/// One training step against PyTorch: whole cells and every operation alone. The figures come from
/// `Goldens/generate.py`.
@Suite struct PyTorchTests {
  struct Golden: Decodable {
    let cases: [Case]
  }

  struct Case: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let height: Int
    let width: Int
    let classes: Int
    let batch: Int
    let loss: Double
    let logits: [Double]
    /// Per trainable tensor: two projections and the norm.
    let gradients: [[Double]]
    /// Per buffer: a projection.
    let buffers: [Double]
    var testDescription: String { name }

    func network() throws -> Network {
      let input = Shape(height: height, width: width, channels: 3)
      if let genotype = KnownCells.all.first(where: { $0.name?.lowercased() == name }) {
        return try Network(genotype: genotype, skeleton: Skeleton(cells: 1, filters: 8, input: input, classes: classes))
      }
      let words = name.components(separatedBy: " / ")
      let operation = try OperationCatalogue.standard.operation(named: words[0])
      var builder = NetworkBuilder(input: input)
      let stem = try builder.add(
        .convolution(Convolution(outputChannels: 10, window: Window(kernel: Extent(3)))), [builder.input], name: "stem")
      let norm = try builder.add(.batchNorm(BatchNorm()), [stem], name: "norm")
      let output = try operation.build(&builder, norm, 12, try #require(Int(words[1])))
      let relu = try builder.add(.relu, [output], name: "relu")
      let mean = try builder.add(.globalAveragePool, [relu], name: "mean")
      let logits = try builder.add(.linear(Linear(outputs: classes)), [mean], name: "classifier")
      return builder.network(output: logits)
    }
  }

  static func cases() throws -> [Case] {
    let place = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Goldens/pytorch.json")
    return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: place)).cases
  }

  /// The script's `noise`: uniform in [-1, 1).
  static func noise(_ stream: Int, _ count: Int) -> [Double] {
    (0..<count).map { index in
      var x = UInt32(truncatingIfNeeded: index &* 0x9E37_79B1 &+ stream &* 0x85EB_CA77 &+ 1)
      x ^= x >> 15
      x = x &* 0x2C1B_3C6D
      x ^= x >> 12
      x = x &* 0x297A_2D39
      x ^= x >> 15
      return Double(x) / 2_147_483_648 - 1
    }
  }

  /// The script's weights.
  static func parameters(_ initial: ModelParameters) -> ModelParameters {
    var parameters = initial
    for (stream, tensor) in initial.tensors.enumerated() where tensor.role.isTrainable {
      let values = noise(stream, tensor.values.count)
      let scaled: [Double]
      switch tensor.role {
      case .kernel:
        let inputs = Double(tensor.values.count / (tensor.shape.last ?? 1))
        scaled = values.map { $0 * (4 / inputs).squareRoot() }
      case .scale: scaled = values.map { 0.3 * $0 + 1 }
      case .bias, .offset, .runningMean, .runningVariance: scaled = values.map { 0.3 * $0 }
      }
      parameters.tensors[stream].values = scaled.map(Float.init)
    }
    return parameters
  }

  @Test(arguments: try cases()) func step(_ golden: Case) throws {
    let network = try golden.network()
    let run = try EngineRun(network, batch: golden.batch)
    try PyTorchTests.parameters(run.parameters).write(to: run.memory)
    for (index, value) in PyTorchTests.noise(5000, run.images.count).enumerated() {
      run.executor.images[index] = Float(value)
    }
    for image in 0..<golden.batch { run.memory.labels[image] = UInt8((7 * image + 3) % golden.classes) }
    let loss = run.loss()
    #expect(abs(loss - golden.loss) < 1e-5 * max(1, golden.loss))
    #expect(run.logits.count == golden.logits.count)
    for (found, expected) in zip(run.logits, golden.logits) {
      #expect(abs(Double(found) - expected) < 1e-4 * max(1, abs(expected)))
    }
    try compareTensors(run, golden)
  }

  private func compareTensors(_ run: EngineRun, _ golden: Case) throws {
    var gradients = golden.gradients[...]
    var buffers = golden.buffers[...]
    let after = ModelParameters(memory: run.memory)
    // The whole gradient is the scale: behind batch normalisations some tensors' gradients are zero but for rounding.
    let whole = golden.gradients.reduce(0) { $0 + $1[2] * $1[2] }.squareRoot()
    for (stream, tensor) in after.tensors.enumerated() {
      guard tensor.role.isTrainable else {
        let found = zip(tensor.values, PyTorchTests.noise(1000 + stream, tensor.values.count))
          .reduce(0) { $0 + Double($1.0) * $1.1 }
        let next = buffers.popFirst()
        let expected = try #require(next)
        #expect(abs(found - expected) < 1e-4 * max(1, abs(expected)), "\(tensor.name)")
        continue
      }
      let gradient = run.gradients[stream].map(Double.init)
      let next = gradients.popFirst()
      let expected = try #require(next)
      for (row, first) in [(0, 1000), (1, 2000)] {
        let found = zip(gradient, PyTorchTests.noise(first + stream, gradient.count)).reduce(0) { $0 + $1.0 * $1.1 }
        #expect(abs(found - expected[row]) < 1e-3 * expected[2] + 1e-5 * whole, "\(tensor.name)")
      }
      let norm = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
      #expect(abs(norm - expected[2]) < 1e-3 * expected[2] + 1e-5 * whole, "\(tensor.name)")
    }
    #expect(gradients.isEmpty && buffers.isEmpty)
  }
}
