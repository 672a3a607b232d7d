import CKernels

/// An exponential moving average of the weights and the running statistics, to measure and export instead of the last ones
/// (Polyak and Juditsky 1992; with 0.9999 in Zoph et al. 2018, appendix A.7, and TPU `amoeba_net_model.py`).
///
/// After step t the average moves by the share 1 − min(d, (1 + t) / (10 + t)) towards the values, so that it forgets the
/// initial ones in a short training too (TensorFlow, `ExponentialMovingAverage` with `num_updates`).
final class WeightAverage {
  let trainable: FloatRegion
  let buffers: FloatRegion
  private let memory: EngineMemory
  private let decay: Double

  /// Begins with the values as they are.
  /// - Throws: `Failure` when the system refuses the memory.
  init(memory: EngineMemory, decay: Double) throws {
    self.memory = memory
    self.decay = decay
    trainable = try FloatRegion(count: memory.layout.trainableCount)
    buffers = try FloatRegion(count: memory.layout.bufferCount)
    restart()
  }

  /// Takes the values as they are for the average.
  func restart() {
    trainable.start.update(from: memory.trainable, count: trainable.count)
    buffers.start.update(from: memory.buffers, count: buffers.count)
  }

  /// The share of the average that is kept after step `step`, counted from 1.
  func kept(after step: Int) -> Double { min(decay, Double(1 + step) / Double(10 + step)) }

  /// Takes the values after step `step`, counted from 1, into the average.
  func update(after step: Int) {
    let share = Float(1 - kept(after: step))
    nas_move_towards(trainable.start, memory.trainable, trainable.count, share)
    nas_move_towards(buffers.start, memory.buffers, buffers.count, share)
  }

  /// Runs `body` with the average in the place of the values.
  func inPlace<Result>(_ body: () throws -> Result) rethrows -> Result {
    exchange()
    defer { exchange() }
    return try body()
  }

  private func exchange() {
    nas_swap(trainable.start, memory.trainable, trainable.count)
    nas_swap(buffers.start, memory.buffers, buffers.count)
  }
}
