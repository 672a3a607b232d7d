/// Work that is repeated many times with another seed, on several threads at once.
enum Repeats {
  /// The results of the repeats 0..<count in their order, at most `threads` of them under way; the next begins as soon as
  /// one has ended, for some take much longer than others.
  /// - Throws: what a repeat throws.
  static func results<Result: Sendable>(
    count: Int, threads: Int, _ repeated: @escaping @Sendable (Int) async throws -> Result
  ) async throws -> [Result] {
    try await withThrowingTaskGroup(of: (Int, Result).self) { group in
      var results: [Int: Result] = [:]
      var next = 0
      func start() {
        guard next < count else { return }
        let index = next
        group.addTask { (index, try await repeated(index)) }
        next += 1
      }
      for _ in 0..<max(1, threads) { start() }
      while let (index, result) = try await group.next() {
        results[index] = result
        start()
      }
      return (0..<count).compactMap { results[$0] }
    }
  }
}
