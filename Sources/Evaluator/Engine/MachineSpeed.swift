import CKernels

/// What the cores and the memory of this machine can do at most, measured with the instruction set that the kernels use:
/// what a training's speed is a share of.
public struct MachineSpeed: Hashable, Sendable, Codable {
  /// The number of threads that worked at once.
  public let threads: Int
  /// Multiply-adds a second of all threads together; each is two floating-point operations.
  public let multiplyAddsPerSecond: Double
  /// Bytes a second that all threads together read and write in memory, two read for each one written, as STREAM's triad
  /// counts them (McCalpin 1995): without what the processor reads only to write it.
  public let bytesPerSecond: Double

  /// How often each is measured; the best counts, since all that others do on the machine only takes away.
  private static let repetitions = 5
  /// The shortest time that is trusted, in seconds: long beside the waking of the threads.
  private static let shortest = 0.02
  /// Floats of each of the three arrays of the triad: together 384 MB, which no cache of a processor of 2026 holds but
  /// the stacked ones of a few servers.
  private static let triadCount = 32 << 20

  /// Measures; takes about a second and 384 MB.
  /// - Throws: `EngineError` when there are no threads or the instruction set is not there.
  public init(measuring threads: Int, instructions: InstructionSet) throws {
    let kernels = try KernelTable(instructions)
    let pool = try ThreadPool(threads: threads)
    self.threads = threads
    multiplyAddsPerSecond = MachineSpeed.arithmetic(kernels, pool)
    bytesPerSecond = MachineSpeed.bandwidth(kernels, pool)
  }

  private struct Burst {
    let kernels: UnsafePointer<nas_kernels>
    var rounds = 0

    /// The number of multiply-adds done.
    @discardableResult
    func run() -> Int {
      var result: Float = 0
      return kernels.pointee.multiply_add_burst(rounds, &result)
    }
  }

  private static func arithmetic(_ kernels: KernelTable, _ pool: ThreadPool) -> Double {
    var burst = Burst(kernels: kernels.functions, rounds: 1)
    let multiplyAdds = Double(burst.run() * pool.threads)
    func seconds() -> Double {
      time {
        pool.run(tasks: pool.threads, context: &burst) { context, _, _ in
          context.assumingMemoryBound(to: Burst.self).pointee.run()
        }
      }
    }
    burst.rounds = 1 << 10
    while seconds() < shortest { burst.rounds *= 2 }
    let best = (0..<repetitions).map { _ in seconds() }.min() ?? .infinity
    return multiplyAdds * Double(burst.rounds) / best
  }

  private struct Triad {
    let kernels: UnsafePointer<nas_kernels>
    let arrays: UnsafeMutablePointer<Float>
    let threads: Int

    func run(task: Int) {
      let first = task * triadCount / threads
      let count = (task + 1) * triadCount / threads - first
      kernels.pointee.triad(
        arrays + first, arrays + triadCount + first, arrays + 2 * triadCount + first, 0.5, count)
    }
  }

  private static func bandwidth(_ kernels: KernelTable, _ pool: ThreadPool) -> Double {
    let block = EngineMemory.allocate(3 * triadCount * MemoryLayout<Float>.stride)
    defer { block.deallocate() }
    let arrays = block.bindMemory(to: Float.self, capacity: 3 * triadCount)
    arrays.initialize(repeating: 1, count: 3 * triadCount)
    var triad = Triad(kernels: kernels.functions, arrays: arrays, threads: pool.threads)
    let best = (0..<repetitions).map { _ in
      time {
        pool.run(tasks: pool.threads, context: &triad) { context, task, _ in
          context.assumingMemoryBound(to: Triad.self).pointee.run(task: task)
        }
      }
    }.min()
    return Double(3 * triadCount * MemoryLayout<Float>.stride) / (best ?? .infinity)
  }

  private static func time(_ body: () -> Void) -> Double {
    let start = ContinuousClock.now
    body()
    return (ContinuousClock.now - start) / .seconds(1)
  }
}
