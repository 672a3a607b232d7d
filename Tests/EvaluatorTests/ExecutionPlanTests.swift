import CKernels
import Foundation
import SearchSpace
import Testing

@testable import Evaluator

@Suite struct ExecutionPlanTests {
  private func nasnet(filters: Int = 4) throws -> Network {
    try Network(
      genotype: KnownCells.nasnetA,
      skeleton: Skeleton(cells: 1, filters: filters, input: Shape(height: 16, width: 16, channels: 3), classes: 10))
  }

  @Test func buffersAliveTogetherDoNotOverlap() throws {
    var random = RandomStream(seed: 1)
    let buffers = (0..<200).map { _ in
      let first = random.integer(below: 100)
      return ArenaLayout.Buffer(
        count: 1 + random.integer(below: 1000), first: first, last: first + random.integer(below: 20))
    }
    let layout = ArenaLayout(buffers: buffers, start: 32)
    for (index, one) in buffers.enumerated() {
      #expect(layout.offsets[index] >= 32 && layout.offsets[index] % 16 == 0)
      #expect(layout.offsets[index] + one.count <= layout.count)
      for (other, two) in buffers.enumerated() where other < index && one.first <= two.last && two.first <= one.last {
        let (a, b) = (layout.offsets[index], layout.offsets[other])
        #expect(a + one.count <= b || b + two.count <= a)
      }
    }
    #expect(layout.count < buffers.reduce(0) { $0 + $1.count } / 2)
  }

  /// Beyond any memory, but a sentence all the same.
  @Test func aBatchBeyondTheTablesIsRefused() throws {
    let reason =
      "The values of 40000000 images at once lie further apart than the engine's tables of 2³¹ places reach: use a smaller batch."
    #expect(throws: Failure(kind: .outOfMemory, reason: reason)) {
      try ExecutionPlan(network: try nasnet(), batch: 40_000_000, mode: .training, instructions: .underTest())
    }
  }

  @Test func inferenceNeedsFarLessMemoryThanTraining() throws {
    let network = try nasnet()
    let training = try ExecutionPlan(network: network, batch: 8, mode: .training, instructions: .underTest())
    let inference = try ExecutionPlan(network: network, batch: 8, mode: .inference, instructions: .underTest())
    #expect(inference.arenaBytes * 2 < training.arenaBytes)
    #expect(training.parameterBytes == 4 * (3 * network.parameterCount + network.bufferCount))
  }

  @Test func normalisationAndReluHaveNoPassOfTheirOwn() throws {
    let network = try nasnet()
    let plan = try ExecutionPlan(network: network, batch: 8, mode: .training, instructions: .underTest())
    var copies = 0
    var moments = 0
    for step in plan.steps {
      if case .add(let add) = step, add.b == nil { copies += 1 }
      if case .moments = step { moments += 1 }
    }
    // The only copies are the previous cell's state in a concat that does not own it: one per normal cell.
    #expect(copies == 3)
    #expect(moments == 0)
  }

  /// Factorized reductions read a quarter of the pixels of a state that a 1×1 convolution reads whole: behind its gradient
  /// theirs are added, and nothing is cleared for them.
  @Test func stridedGradientsAreAddedToWholeOnes() throws {
    let plan = try ExecutionPlan(network: try nasnet(), batch: 8, mode: .training, instructions: .underTest())
    var strided = 0
    var whole: Set<Slice> = []
    for case .windowBackward(let step) in plan.steps {
      guard let dx = step.dx else { continue }
      if step.window.kernel_h == 1, step.window.kernel_w == 1, step.window.stride_h == 2 {
        strided += 1
        #expect(dx.accumulate && whole.contains(dx.slice))
      } else {
        whole.insert(dx.slice)
      }
    }
    #expect(strided == 4)
  }

  /// Depthwise results that are kept for the backward half are those that it would compute again.
  @Test func keptDepthwiseResultsChangeNoBit() throws {
    let network = try nasnet()
    var kernels = try KernelTable(.underTest(), for: network)
    let runs = try [Int.max, 25, 1].map { taps in
      kernels.leastKeptTaps = taps
      return try EngineRun(network, batch: 6, threads: 2, kernels: kernels)
    }
    let losses = runs.map { $0.loss() }
    #expect(losses.allSatisfy { $0 == losses[0] })
    let gradients = runs.map(\.gradients)
    #expect(gradients.allSatisfy { $0 == gradients[0] } as Bool)
    var kept: [Int] = []
    for run in runs {
      var (forward, backward): (Set<Slice>, Set<Slice>) = ([], [])
      for case .windowForward(let step) in run.plan.steps { forward.formUnion(step.kept.map { [$0] } ?? []) }
      for case .windowBackward(let step) in run.plan.steps { backward.formUnion(step.kept.map { [$0] } ?? []) }
      #expect(forward == backward)
      kept.append(forward.count)
    }
    // Two halves each of separable convolutions: in three normal cells two of 5×5 and three of 3×3, in two reduction cells
    // two of 5×5, two of 7×7 and one of 3×3.
    #expect(kept == [0, 28, 50])
    #expect(runs[0].plan.arenaBytes < runs[1].plan.arenaBytes && runs[1].plan.arenaBytes < runs[2].plan.arenaBytes)
  }

  @Test func halvesAndInferenceKeepNothing() throws {
    let network = try nasnet()
    #expect(try KernelTable(.underTest(), for: network, storing: .bf16).leastKeptTaps == .max)
    #expect(try KernelTable(.baseline).leastKeptTaps == 25)
    let plan = try ExecutionPlan(
      network: network, batch: 8, mode: .inference, kernels: try KernelTable(.baseline), threads: 1)
    for case .windowForward(let step) in plan.steps { #expect(step.kept == nil) }
  }

  #if os(Linux) && arch(x86_64)
    /// The family as the system tells it; the only processors of family 25 are AMD's.
    @Test func wideRegistersAreHalvedByTheFamily() throws {
      let lines = try String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8).split(separator: "\n")
      let family = lines.first { $0.hasPrefix("cpu family") }?.split(separator: " ").last
      #expect((nas_halves_wide_registers() != 0) == (family == "25"))
      guard InstructionSet.avx512.isAvailable else { return }
      #expect(try KernelTable(.avx512).leastKeptTaps == (family == "25" ? 25 : .max))
    }
  #endif

  @Test func steadyStepsGiveTheSameBits() throws {
    let run = try EngineRun(try nasnet(), batch: 6)
    let first = run.loss()
    let gradients = run.gradients
    run.fill()
    #expect(run.loss() == first)
    let same = run.gradients == gradients
    #expect(same)
  }

  @Test func inferenceUsesRunningStatistics() throws {
    let network = try nasnet()
    let run = try EngineRun(network, batch: 5, mode: .inference)
    run.executor.prepareInference()
    _ = run.loss()
    let together = run.logits
    // Without batch statistics an image's logits do not depend on its neighbours, and a part of a batch is enough.
    let last = 4 * network.inputShape.count
    for index in 0..<network.inputShape.count { run.executor.images[index] = run.images[last + index] }
    _ = run.executor.run(images: 1)
    #expect(Array(run.logits[..<10]) == Array(together[40...]))
  }

  @Test func impossiblePlansAreRefused() throws {
    let network = try nasnet()
    #expect(throws: EngineError.emptyBatch(found: 0)) {
      try ExecutionPlan(network: network, batch: 0, mode: .training, instructions: .reference)
    }
    #expect(throws: EngineError.noThreads(found: 0)) {
      try ExecutionPlan(network: network, batch: 1, mode: .training, instructions: .reference, threads: 0)
    }
    let builder = NetworkBuilder(input: Shape(height: 2, width: 2, channels: 3))
    #expect(throws: EngineError.outputNotVector(found: Shape(height: 2, width: 2, channels: 3))) {
      try ExecutionPlan(
        network: builder.network(output: builder.input), batch: 1, mode: .training, instructions: .reference)
    }
  }

  /// The images' blocks are longer than 32 bits count; nothing is allocated for a plan.
  @Test func hugeBatchesArePlanned() throws {
    var builder = NetworkBuilder(input: Shape(height: 16, width: 16, channels: 3))
    let convolution = Convolution(outputChannels: 6, window: Window(kernel: Extent(3)))
    let stem = try builder.add(.convolution(convolution), [builder.input], name: "stem")
    let mean = try builder.add(.globalAveragePool, [stem], name: "mean")
    let logits = try builder.add(.linear(Linear(outputs: 4)), [mean], name: "linear")
    let network = builder.network(output: logits)
    let batch = 5_000_000
    for mode in [ExecutionPlan.Mode.training, .inference] {
      let plan = try ExecutionPlan(network: network, batch: batch, mode: mode, instructions: .underTest())
      #expect(plan.arenaBytes > 4 * batch * stem.shape.count)
    }
  }

  @Test func errorsAreSentences() {
    #expect(
      EngineError.unknownInstructionSet(found: "mmx").description
        == "NAS_MAX_ISA must be one of reference, baseline, avx2, avx512, neon, but is \"mmx\".")
    #expect(EngineError.emptyBatch(found: 0).description == "A batch needs at least 1 image, but 0 were asked for.")
    #expect(
      TrainingPlanError.outOfRange(name: "momentum", range: "at least 0 and below 1", found: 1).description
        == "The recipe's momentum must be at least 0 and below 1, but is 1.0.")
  }

  @Test func instructionSetIsCapped() throws {
    #expect(try InstructionSet.best(environment: ["NAS_MAX_ISA": "reference"]) == .reference)
    #expect(try InstructionSet.underTest().isAvailable)
    #expect(throws: EngineError.unknownInstructionSet(found: "mmx")) {
      try InstructionSet.best(environment: ["NAS_MAX_ISA": "mmx"])
    }
  }

  @Test func poolDoesEveryTaskOnce() throws {
    for threads in [1, 2, 5] {
      let pool = try ThreadPool(threads: threads)
      let counts = UnsafeMutablePointer<Int>.allocate(capacity: 100)
      counts.initialize(repeating: 0, count: 100)
      for round in 1...500 {
        pool.run(tasks: round % 100 + 1, context: counts) { context, task, _ in
          context.assumingMemoryBound(to: Int.self)[task] += 1
        }
      }
      // Task t runs in every round with more than t tasks: five cycles of 1...100.
      #expect((0..<100).allSatisfy { counts[$0] == 5 * (100 - $0) })
      counts.deallocate()
    }
  }

  /// Threads that went to sleep between two runs are woken, and end when the pool does.
  @Test func sleepingThreadsAreWoken() async throws {
    let counts = UnsafeMutablePointer<Int>.allocate(capacity: 64)
    counts.initialize(repeating: 0, count: 64)
    defer { counts.deallocate() }
    for _ in 0..<4 {
      let pool = try ThreadPool(threads: 3)
      for _ in 0..<5 {
        // Far longer than a thread watches before it sleeps.
        try await Task.sleep(for: .milliseconds(10))
        pool.run(tasks: 64, context: counts) { context, task, _ in
          context.assumingMemoryBound(to: Int.self)[task] += 1
        }
      }
      try await Task.sleep(for: .milliseconds(10))
    }
    #expect((0..<64).allSatisfy { counts[$0] == 20 })
  }

  @Test func recipesAreChecked() throws {
    for plan in [TrainingPlan.search, .replay, .quick] { try plan.validate() }
    #expect(throws: TrainingPlanError.notPositive(name: "batch", found: 0)) {
      try TrainingPlan(epochs: 1, batch: 0).validate()
    }
    #expect(throws: TrainingPlanError.self) { try TrainingPlan(epochs: 1, learningRate: -1).validate() }
    #expect(throws: TrainingPlanError.self) { try TrainingPlan(epochs: 1, learningRate: .nan).validate() }
    #expect(throws: TrainingPlanError.self) { try TrainingPlan(epochs: 1, weightDecay: .infinity).validate() }
    #expect(throws: TrainingPlanError.self) { try TrainingPlan(epochs: 1, momentum: 1).validate() }
    #expect(throws: TrainingPlanError.fewerImagesThanBatch(images: 10, batch: 64)) {
      try TrainingPlan(epochs: 1, trainingImages: 10).validate()
    }
  }
}
