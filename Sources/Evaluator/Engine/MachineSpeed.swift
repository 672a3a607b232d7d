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
  /// - Throws: `EngineError` when there are no threads or the instruction set is not there, `Failure` without the memory.
  public init(measuring threads: Int, instructions: InstructionSet) throws {
    try self.init(measuring: threads, instructions: instructions, triadCount: MachineSpeed.triadCount)
  }

  /// Measures with arrays of `triadCount` floats.
  init(measuring threads: Int, instructions: InstructionSet, triadCount: Int) throws {
    let kernels = try KernelTable(instructions)
    let pool = try ThreadPool(threads: threads)
    self.threads = threads
    multiplyAddsPerSecond = MachineSpeed.arithmetic(kernels, pool)
    bytesPerSecond = try MachineSpeed.bandwidth(kernels, pool, count: triadCount)
  }

  /// How much is done in a second when `amount` took so many seconds, several times over: the shortest counts. 0 without
  /// any.
  static func rate(of amount: Int, in seconds: [Double]) -> Double {
    Double(amount) / (seconds.min() ?? .infinity)
  }

  /// The bytes that a triad over arrays of `count` floats reads and writes.
  static func triadBytes(count: Int) -> Int { 3 * count * MemoryLayout<Float>.stride }

  /// The floats of `count` that one of several threads takes: shares differ by at most one.
  static func share(of task: Int, threads: Int, count: Int) -> Range<Int> {
    (task * count / threads)..<((task + 1) * count / threads)
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
    let multiplyAdds = burst.run() * pool.threads
    func seconds() -> Double {
      time {
        pool.run(tasks: pool.threads, context: &burst) { context, _, _ in
          context.assumingMemoryBound(to: Burst.self).pointee.run()
        }
      }
    }
    burst.rounds = 1 << 10
    while seconds() < shortest { burst.rounds *= 2 }
    return rate(of: multiplyAdds * burst.rounds, in: (0..<repetitions).map { _ in seconds() })
  }

  private struct Triad {
    let kernels: UnsafePointer<nas_kernels>
    let arrays: UnsafeMutablePointer<Float>
    let count: Int
    let threads: Int

    func run(task: Int) {
      let share = MachineSpeed.share(of: task, threads: threads, count: count)
      let first = arrays + share.lowerBound
      kernels.pointee.triad(first, first + count, first + 2 * count, 0.5, share.count)
    }
  }

  private static func bandwidth(_ kernels: KernelTable, _ pool: ThreadPool, count: Int) throws -> Double {
    let block = try ZeroedMemory(bytes: triadBytes(count: count))
    defer { extendLifetime(block) }
    let arrays = block.start.bindMemory(to: Float.self, capacity: 3 * count)
    arrays.initialize(repeating: 1, count: 3 * count)
    var triad = Triad(kernels: kernels.functions, arrays: arrays, count: count, threads: pool.threads)
    let seconds = (0..<repetitions).map { _ in
      time {
        pool.run(tasks: pool.threads, context: &triad) { context, task, _ in
          context.assumingMemoryBound(to: Triad.self).pointee.run(task: task)
        }
      }
    }
    return rate(of: triadBytes(count: count), in: seconds)
  }

  private static func time(_ body: () -> Void) -> Double {
    let start = ContinuousClock.now
    body()
    return (ContinuousClock.now - start) / .seconds(1)
  }
}
