import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Persistent threads that work through numbered tasks together.
///
/// Every thread begins with its own range of the tasks, always the same one, and then helps the others: so the data of a piece
/// stays in one core's cache. From run to run the order is turned round, so that a run begins with what the one before has
/// touched last. Which thread takes which task is left to chance in the end, so tasks must not depend on each other and must
/// leave their results in places of their own; then nothing depends on the number of threads. Between two runs the threads
/// watch for a short while, which saves the system call that waking them costs, and then sleep.
final class ThreadPool {
  /// One task of a run: the context handed to `run`, the task's number, and the number of the thread, below `threads`.
  typealias Body = @convention(c) (UnsafeMutableRawPointer, Int, Int) -> Void

  /// The number of threads, the caller's included.
  let threads: Int
  private let shared: Shared
  private var handles: [pthread_t] = []
  private var isReversed = false

  /// Starts `threads - 1` threads.
  /// - Throws: `EngineError.noThreads`, `EngineError.threadNotStarted`.
  init(threads: Int) throws {
    guard threads > 0 else { throw EngineError.noThreads(found: threads) }
    self.threads = threads
    shared = Shared(threads: threads)
    for worker in 1..<max(threads, 1) {
      let start = Unmanaged.passRetained(Start(shared: shared, worker: worker))
      let handle = UnsafeMutablePointer<pthread_t>.allocate(capacity: 1)
      defer { handle.deallocate() }
      let code = handle.withMemoryRebound(to: ThreadHandle.self, capacity: 1) {
        pthread_create($0, nil, threadMain, start.toOpaque())
      }
      guard code == 0 else {
        start.release()
        stop()
        throw EngineError.threadNotStarted(code: code)
      }
      handles.append(handle.pointee)
    }
  }

  deinit { stop() }

  private func stop() {
    shared.stop()
    for handle in handles { pthread_join(handle, nil) }
    handles = []
  }

  /// Does the tasks 0 ..< `tasks` on all threads and returns when all are done.
  func run(tasks: Int, context: UnsafeMutableRawPointer, body: @escaping Body) {
    guard tasks > 1 else {
      if tasks == 1 { body(context, 0, 0) }
      return
    }
    isReversed.toggle()
    let work = Work(tasks: tasks, isReversed: isReversed, context: context, body: body)
    guard threads > 1 else {
      for index in 0..<tasks { body(context, work.task(index), 0) }
      return
    }
    shared.run(work, helpers: handles.count)
  }
}

#if canImport(Darwin)
  private typealias ThreadHandle = pthread_t?
  private func threadMain(_ argument: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
    Unmanaged<Start>.fromOpaque(argument).takeRetainedValue().run()
    return nil
  }
#else
  private typealias ThreadHandle = pthread_t
  private func threadMain(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    Unmanaged<Start>.fromOpaque(argument).takeRetainedValue().run()
    return nil
  }
#endif

/// What a new thread is handed.
private final class Start {
  let shared: Shared
  let worker: Int

  init(shared: Shared, worker: Int) {
    self.shared = shared
    self.worker = worker
  }

  func run() { shared.serve(worker: worker) }
}

private struct Work {
  var tasks: Int
  /// Whether the last task is the first.
  var isReversed: Bool
  var context: UnsafeMutableRawPointer
  var body: ThreadPool.Body

  /// The task that comes as number `index`.
  func task(_ index: Int) -> Int { isReversed ? tasks - 1 - index : index }
}

/// What the threads of one pool share.
private final class Shared {
  /// How often a thread looks for work before it sleeps: some tens of microseconds, longer than the gaps between steps.
  private static let looks = 20_000

  private let generation = Atomic<Int>(0)
  private let threads: Int
  /// How many tasks of each thread's range are taken, a cache line apart.
  private let taken: UnsafeMutablePointer<Atomic<Int>>
  private static let spacing = 16
  private let busyHelpers = Atomic<Int>(0)
  private let sleepers = Atomic<Int>(0)
  private let stopping = Atomic<Bool>(false)
  private let work = UnsafeMutablePointer<Work>.allocate(capacity: 1)
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let wake = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  init(threads: Int) {
    self.threads = threads
    taken = UnsafeMutablePointer.allocate(capacity: threads * Shared.spacing)
    for index in 0..<threads * Shared.spacing { (taken + index).initialize(to: Atomic(0)) }
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(wake, nil)
  }

  deinit {
    pthread_cond_destroy(wake)
    pthread_mutex_destroy(mutex)
    wake.deallocate()
    mutex.deallocate()
    work.deallocate()
    taken.deinitialize(count: threads * Shared.spacing)
    taken.deallocate()
  }

  func run(_ newWork: Work, helpers: Int) {
    work.initialize(to: newWork)
    for worker in 0..<threads { taken[worker * Shared.spacing].store(0, ordering: .relaxed) }
    busyHelpers.store(helpers, ordering: .relaxed)
    announce()
    takeTasks(worker: 0)
    var looks = 0
    while busyHelpers.load(ordering: .acquiring) > 0 {
      looks += 1
      // On a machine with more runnable threads than cores the helper may need this core.
      if looks > Shared.looks { sched_yield() }
    }
  }

  func stop() {
    stopping.store(true, ordering: .relaxed)
    announce()
  }

  /// A new generation; the lock makes sure that nobody falls asleep between looking and sleeping.
  private func announce() {
    generation.add(1, ordering: .sequentiallyConsistent)
    guard sleepers.load(ordering: .sequentiallyConsistent) > 0 else { return }
    pthread_mutex_lock(mutex)
    pthread_cond_broadcast(wake)
    pthread_mutex_unlock(mutex)
  }

  func serve(worker: Int) {
    var seen = 0
    while true {
      wait(after: seen)
      seen += 1
      if stopping.load(ordering: .relaxed) { return }
      takeTasks(worker: worker)
      busyHelpers.subtract(1, ordering: .releasing)
    }
  }

  private func wait(after seen: Int) {
    for _ in 0..<Shared.looks where generation.load(ordering: .acquiring) != seen { return }
    pthread_mutex_lock(mutex)
    sleepers.add(1, ordering: .sequentiallyConsistent)
    while generation.load(ordering: .sequentiallyConsistent) == seen { pthread_cond_wait(wake, mutex) }
    sleepers.subtract(1, ordering: .relaxed)
    pthread_mutex_unlock(mutex)
  }

  private func takeTasks(worker: Int) {
    let current = work.pointee
    for offset in 0..<threads {
      // Its own range first, which of a reversed run lies at the other end too.
      let owner = (worker + offset) % threads
      let place = current.isReversed ? threads - 1 - owner : owner
      let first = place * current.tasks / threads
      let count = (place + 1) * current.tasks / threads - first
      while true {
        let index = taken[owner * Shared.spacing].add(1, ordering: .relaxed).oldValue
        if index >= count { break }
        current.body(current.context, current.task(first + index), worker)
      }
    }
  }
}
