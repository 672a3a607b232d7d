import Foundation
import SearchSpace
import Testing

@testable import Study

/// Pools whose workers are shell scripts: `setup` holds the first line, `candidate` a later one, `n` its index.
@Suite(.timeLimit(.minutes(10))) struct WorkerPoolTests {
  private static let ready = #"echo '{"event":"ready"}'"#
  private static let answer =
    #"echo "{\"event\":\"outcome\",\"index\":$n,\"measurement\":{\"reward\":0.5,\"epochs\":[],\"parameters\":$$,\"multiplyAdds\":2}}""#

  @Test func aWorkerServesOneCandidateAfterTheOther() async throws {
    try await withPool(answer: Self.answer) { pool, _ async throws in
      var workers: Set<Int> = []
      for index in 0..<3 {
        let outcome = try await pool.evaluate(candidate(index))
        guard case .measured(let measurement) = outcome else {
          Issue.record("\(outcome)")
          return
        }
        #expect(measurement.reward == 0.5)
        workers.insert(measurement.parameters)
      }
      #expect(workers.count == 1)
    }
  }

  @Test func theSetupArrivesOnOneLine() async throws {
    let check = #"case "$setup" in '{ "a": "b\nc" }') ;; *) echo "got $setup" >&2; exit 9;; esac"#
    try await withPool(start: check + "\n" + Self.ready, answer: Self.answer, setup: "{\n\"a\": \"b\\nc\"\n}") {
      pool, _ async throws in
      #expect(try await pool.evaluate(candidate(0)).reward == 0.5)
    }
  }

  @Test func noMoreWorkersThanAllowed() async throws {
    // A worker that finds two others' marks says so.
    let marked = """
      mkdir mark.$$; sleep 0.02
      [ $(ls -d mark.* | wc -l) -le 2 ] || exit 3
      rmdir mark.$$
      """
    try await withPool(answer: marked + "\n" + Self.answer, workers: 2) { pool, _ async throws in
      let rewards = try await withThrowingTaskGroup(of: Double?.self) { group in
        for index in 0..<10 { group.addTask { try await pool.evaluate(candidate(index)).reward } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(rewards == [Double?](repeating: 0.5, count: 10))
    }
  }

  @Test(arguments: [
    (
      "echo first >&2; echo 'out of luck' >&2; exit 7", Failure.Kind.crashed,
      "The worker ended unexpectedly with exit code 7."
    ),
    ("exit 0", .crashed, "The worker ended unexpectedly with exit code 0."),
    ("kill -SEGV $$; sleep 60", .crashed, "The worker was ended by signal 11 (segmentation fault)."),
    ("kill -KILL $$; sleep 60", .outOfMemory, "The worker was killed by the system, most likely for memory."),
    // What it wrote may hold times and addresses, and this sentence goes into the journal.
    ("echo hello", .crashed, "The worker wrote something that is not an outcome."),
    (
      #"echo '{"event":"outcome","index":99,"failure":{"kind":"diverged","reason":"x"}}'"#, .crashed,
      "The worker wrote something that is not an outcome."
    ),
    (
      #"echo '{"event":"outcome","index":0,"failure":{"kind":"diverged","reason":"The loss is infinite."}}'"#,
      .diverged,
      "The loss is infinite."
    ),
  ])
  func failures(behaviour: String, kind: Failure.Kind, reason: String) async throws {
    // Only candidate 0 is bad; the pool must be as good as new afterwards.
    try await withPool(answer: "if [ $n = 0 ]; then \(behaviour); else \(Self.answer); fi") { pool, _ async throws in
      #expect(try await pool.evaluate(candidate(0)) == .failed(Failure(kind: kind, reason: reason)))
      #expect(try await pool.evaluate(candidate(1)).reward == 0.5)
    }
  }

  @Test func aHangingWorkerIsKilledWithItsChildren() async throws {
    try await withPool(
      answer: "if [ $n = 0 ]; then echo $$ > pid; sleep 600; fi; \(Self.answer)", limits: WorkerLimits(seconds: 3)
    ) { pool, folder async throws in
      let expected = Failure(kind: .timedOut, reason: "The evaluation took longer than the limit of 3 seconds.")
      #expect(try await pool.evaluate(candidate(0)) == .failed(expected))
      let text = try String(contentsOf: folder.appendingPathComponent("pid"), encoding: .utf8)
      let identifier = try #require(pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines)))
      // Reaped, not a zombie: the process does not exist any more.
      #expect(kill(identifier, 0) == -1 && errno == ESRCH)
    }
  }

  #if os(Linux)
    @Test func aGrowingWorkerIsKilled() async throws {
      let grow = "x=$(head -c 100000000 /dev/zero | tr '\\0' x); sleep 600"
      try await withPool(
        answer: "if [ $n = 0 ]; then \(grow); fi; \(Self.answer)", limits: WorkerLimits(memory: 64 << 20)
      ) { pool, _ async throws in
        let expected = Failure(
          kind: .outOfMemory, reason: "The worker used more memory than the limit of 64 MiB.")
        #expect(try await pool.evaluate(candidate(0)) == .failed(expected))
        #expect(try await pool.evaluate(candidate(1)).reward == 0.5)
      }
    }

    @Test func workersInheritNothing() async throws {
      try await withFolder { folder in
        // Held open while the worker runs: none of these may appear among its descriptors.
        let lock = try RunDirectory.create(at: folder.appendingPathComponent("run"), configuration: toyConfiguration)
        let other = try ChildProcess(executable: URL(fileURLWithPath: "/bin/sleep"), arguments: ["600"])
        let pipes = try [other.input, other.output, other.errors].map {
          try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)")
        }
        #expect(pipes.allSatisfy { $0.hasPrefix("pipe:") })
        try await withPool(answer: "ls -l /proc/$$/fd > descriptors\n" + Self.answer) { pool, folder async throws in
          _ = try await pool.evaluate(candidate(0))
          let text = try String(contentsOf: folder.appendingPathComponent("descriptors"), encoding: .utf8)
          #expect(text.contains("pipe:"))
          #expect(!text.contains("/run/lock"))
          #expect(!pipes.contains { text.contains($0) })
        }
        other.end()
        #expect(lock.directory.url.lastPathComponent == "run")
      }
    }
  #endif

  #if os(Linux)
    @Test func whatAWorkerStartedIsKilledWithIt() async throws {
      let start = "sleep 600 & echo $! > child.partial; mv child.partial child; wait"
      try await withPool(answer: start, limits: WorkerLimits(seconds: 3)) { pool, folder async throws in
        _ = try await pool.evaluate(candidate(0))
        let text = try String(contentsOf: folder.appendingPathComponent("child"), encoding: .utf8)
        let status = "/proc/\(text.trimmingCharacters(in: .whitespacesAndNewlines))/stat"
        // It is gone, or a zombie until whoever inherited it looks.
        try await wait(for: "the end of the worker's child") {
          guard let text = try? String(contentsOfFile: status, encoding: .utf8) else { return true }
          return text.contains(") Z ")
        }
      }
    }
  #endif

  @Test func aWorkerThatDiedWhileIdleIsReplaced() async throws {
    try await withPool(answer: Self.answer + "; [ $n = 0 ] && exit 5") { pool, folder async throws in
      #expect(try await pool.evaluate(candidate(0)).reward == 0.5)
      // The script marks its end; the descriptor is closed right after.
      let ended = folder.appendingPathComponent("ended").path
      try await wait(for: "the end of the worker") { FileManager.default.fileExists(atPath: ended) }
      usleep(50_000)
      #expect(try await pool.evaluate(candidate(1)).reward == 0.5)
    }
  }

  @Test func anEarlierCandidateIsNotToBlame() async throws {
    // Every worker manages one candidate and breaks at the next, whichever it is.
    let tired = "count=$((count + 1)); [ $count -gt 1 ] && kill -SEGV $$; \(Self.answer)"
    try await withPool(answer: tired) { pool, _ async throws in
      for index in 0..<4 { #expect(try await pool.evaluate(candidate(index)).reward == 0.5) }
    }
  }

  @Test func preparingFindsAnErrorInTheSetup() async throws {
    try await withPool(start: "exit 4", answer: Self.answer) { pool, _ async throws in
      await #expect(throws: WorkerError.self) { try await pool.prepare() }
    }
    try await withPool(start: "echo x >> starts; " + Self.ready, answer: Self.answer) { pool, folder async throws in
      try await pool.prepare()
      #expect(try await pool.evaluate(candidate(0)).reward == 0.5)
      #expect(try Data(contentsOf: folder.appendingPathComponent("starts")).count == 2)
    }
  }

  @Test func cancellationKillsTheWorker() async throws {
    try await withPool(answer: "echo $$ > pid.partial; mv pid.partial pid; sleep 600") { pool, folder async throws in
      let task = Task { try await pool.evaluate(candidate(0)) }
      let mark = folder.appendingPathComponent("pid")
      try await wait(for: "the worker's pid") { FileManager.default.fileExists(atPath: mark.path) }
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      let text = try String(contentsOf: mark, encoding: .utf8)
      let identifier = try #require(pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines)))
      #expect(kill(identifier, 0) == -1 && errno == ESRCH)
    }
  }

  @Test func standardErrorGoesToTheCandidatesLog() async throws {
    try await withPool(answer: "echo \"working on $n\" >&2; \(Self.answer)") { pool, folder async throws in
      for index in 0..<2 { _ = try await pool.evaluate(candidate(index)) }
      for index in 0..<2 {
        let log = try String(contentsOf: folder.appendingPathComponent("logs/\(index)"), encoding: .utf8)
        #expect(log == "working on \(index)\n")
      }
    }
  }

  /// A terminal may be told what no journal may hold.
  @Test func whatAWorkerSaysInsteadOfBeingReadyIsQuoted() async throws {
    try await withPool(start: "echo hello", answer: Self.answer) { pool, _ async throws in
      let how = "The worker wrote something that is not an outcome: hello"
      await #expect(throws: WorkerError.endedInSetup(how: how)) { try await pool.evaluate(candidate(0)) }
    }
  }

  @Test func aSetupThatFailsEndsTheRun() async throws {
    let report = #"echo '{"event":"error","error":{"message":"No data in there.","exitCode":3}}'"#
    try await withPool(start: report, answer: Self.answer) { pool, _ async throws in
      await #expect(throws: WorkerFailure(message: "No data in there.", exitCode: 3)) {
        try await pool.evaluate(candidate(0))
      }
    }
    try await withPool(start: "echo oops >&2; exit 4", answer: Self.answer) { pool, _ async throws in
      #expect(
        await message { _ = try await pool.evaluate(candidate(0)) }
          == "The worker should have become ready for candidates, but did not. The worker ended unexpectedly with exit code 4. Its last words: oops"
      )
    }
    try await withPool(start: "sleep 600", answer: Self.answer, limits: WorkerLimits(setupSeconds: 0.2)) {
      pool, _ async throws in
      await #expect(throws: WorkerError.setupTimedOut(seconds: 0.2)) { try await pool.evaluate(candidate(0)) }
    }
    try await withPool(answer: report) { pool, _ async throws in
      await #expect(throws: WorkerFailure(message: "No data in there.", exitCode: 3)) {
        try await pool.evaluate(candidate(0))
      }
    }
    let command = WorkerCommand(executable: URL(fileURLWithPath: "/no/such/nas"), arguments: [], setup: Data())
    #expect(
      await message { _ = try await WorkerPool(command: command, workers: 1).evaluate(candidate(0)) }
        == "The worker /no/such/nas cannot be started (no such file or directory): check that the file exists and is executable."
    )
  }

  @Test func aSearchSurvivesItsWorkers() async throws {
    let moody = """
      case $n in
        1) exit 7;;
        3) kill -SEGV $$; sleep 60;;
        4) echo nonsense;;
        *) \(Self.answer);;
      esac
      """
    try await withPool(answer: moody, workers: 2) { pool, folder async throws in
      let settings = SearchSettings(seed: 1, duplicates: .reevaluate, evaluations: 7, workers: 2)
      let controller = Recital(architectures: (0..<7).map { [0, 0, 2, $0 % 5] })
      let result = try await runNew(
        folder.appendingPathComponent("run"), toySearch(settings, controller: controller, evaluator: pool))
      #expect(
        result.candidates.map { $0.failure?.kind } == [nil, .crashed, nil, .crashed, .crashed, nil, nil])
    }
  }

  private func candidate(_ index: Int) -> Candidate {
    Candidate(index: index, architecture: Architecture(choices: [1, 2]), seed: 3)
  }

  private func withPool(
    start: String = ready, answer: String, setup: String = "{}", workers: Int = 1,
    limits: WorkerLimits = WorkerLimits(), _ body: (WorkerPool, URL) async throws -> Void
  ) async throws {
    try await withFolder { folder in
      let script = """
        cd '\(folder.path)'
        trap ': > ended' EXIT
        IFS= read -r setup
        \(start)
        while IFS= read -r candidate; do
        n=${candidate#*\\"index\\":}; n=${n%%,*}
        \(answer)
        done
        """
      let url = folder.appendingPathComponent("worker.sh")
      try Data(script.utf8).write(to: url)
      let pool = WorkerPool(
        command: WorkerCommand(
          executable: URL(fileURLWithPath: "/bin/sh"), arguments: [url.path], setup: Data(setup.utf8)),
        workers: workers, limits: limits, log: { folder.appendingPathComponent("logs/\($0)") })
      try await body(pool, folder)
      await pool.shutdown()
    }
  }
}
