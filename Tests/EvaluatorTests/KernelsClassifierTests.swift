import CKernels
import SearchSpace
import Testing

/// The linear layer and the loss of every vector table against the reference, and the loss by hand.
struct KernelsClassifierTests {
  @Test(arguments: [(1, 1), (5, 10), (44, 100), (64, 16), (33, 9)])
  func linear(_ inputs: Int, _ outputs: Int) throws {
    var stream = RandomStream(seed: 5)
    let (x, weights) = (stream.floats(4 * inputs), stream.floats(inputs * outputs))
    let bias = stream.floats(outputs)
    func run(_ table: nas_kernels) throws -> [FloatBuffer] {
      let results = [4 * outputs, 4 * inputs, inputs * outputs, outputs].map { FloatBuffer($0, repeating: 0.25) }
      try present(table.linear_forward)(x, weights, bias, results[0].pointer, inputs, outputs, 1, 4)
      try present(table.linear_backward)(
        x, weights, results[0].pointer, results[1].pointer, results[2].pointer, results[3].pointer, inputs, outputs, 1,
        4)
      try present(table.linear_backward)(
        x, weights, results[0].pointer, nil, results[2].pointer, results[3].pointer, inputs, outputs, 1, 4)
      return results
    }
    let expected = try run(try referenceTable())
    for table in vectorTables() {
      for (found, wanted) in zip(try run(table), expected) {
        #expect(relativeError(found.values, wanted.values) < 1e-5)
        #expect(found.guardIsIntact)
      }
      #expect(expected[0].values.prefix(outputs).allSatisfy { $0 == 0.25 }, "image 0 is not part of the run")
    }
  }

  @Test func softmaxCrossEntropy() throws {
    // Softmax of (0, ln 3): 1/4 and 3/4; of equal logits: the first counts as the largest.
    let logits: [Float] = [0, 1.0986123, 0, 0]
    let (losses, gradients) = (FloatBuffer(2), FloatBuffer(4))
    for table in vectorTables() + [try referenceTable()] {
      var correct: [UInt8] = [9, 9]
      try present(table.softmax_cross_entropy)(
        logits, [0, 0], losses.pointer, gradients.pointer, &correct, 2, 2, 0, 2)
      #expect(relativeError(losses.values, [1.3862944, 0.6931472]) < 1e-6)
      #expect(relativeError(gradients.values, [-1.5, 1.5, -1, 1]) < 1e-6)
      #expect(correct == [0, 1])
    }
  }
}
