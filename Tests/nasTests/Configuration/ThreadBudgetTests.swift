import Foundation
import Testing

@testable import nas

@Suite struct ThreadBudgetTests {
  private func splits(
    cores: Int, busy: Int = 1000, fitting: Int = .max, workers: Int? = nil, threads: Int? = nil
  ) -> [[Int]] {
    ThreadBudget(cores: cores, busy: busy, fitting: fitting, workers: workers, threads: threads).splits.map {
      [$0.workers, $0.threads]
    }
  }

  @Test func aWorkerForEachCoreComesFirst() {
    #expect(splits(cores: 1) == [[1, 1]])
    #expect(splits(cores: 2) == [[2, 1], [1, 2]])
    #expect(splits(cores: 8) == [[8, 1], [4, 2], [2, 4]])
    #expect(splits(cores: 3) == [[3, 1], [1, 3]])
  }

  @Test func fewerWorkersThanCoresShareThem() {
    #expect(splits(cores: 8, busy: 4) == [[4, 2], [2, 4], [1, 8]])
    #expect(splits(cores: 8, busy: 1) == [[1, 8]])
    #expect(splits(cores: 8, fitting: 3) == [[3, 2], [1, 8]])
    // A batch has no more pieces than sixteen.
    #expect(splits(cores: 128, busy: 8) == [[8, 16]])
    #expect(splits(cores: 128, busy: 1) == [[1, 16]])
  }

  @Test func whatIsToldIsTaken() {
    #expect(splits(cores: 2, workers: 5) == [[5, 1]])
    #expect(splits(cores: 8, workers: 2) == [[2, 4]])
    #expect(splits(cores: 2, workers: 3, threads: 4) == [[3, 4]])
    #expect(splits(cores: 8, threads: 2) == [[4, 2]])
    #expect(splits(cores: 8, busy: 3, threads: 2) == [[3, 2]])
    #expect(splits(cores: 2, threads: 16) == [[1, 16]])
  }

  @Test func theBudgetIsNeverExceededUnlessTold() {
    for cores in 1...130 {
      for busy in [1, 2, 3, 8, 50, 1000] {
        for fitting in [1, 5, Int.max] {
          for split in splits(cores: cores, busy: busy, fitting: fitting) {
            #expect(split[0] * split[1] <= cores && split[0] <= min(busy, fitting))
          }
        }
      }
    }
  }

  @Test func theReasonIsTold() {
    func words(_ budget: ThreadBudget) -> String { SplitChoice(budget).words }
    #expect(
      words(ThreadBudget(cores: 2, busy: 8, workers: nil, threads: nil))
        == "2 workers of 1 thread: one worker for each core")
    #expect(
      words(ThreadBudget(cores: 4, busy: 2, workers: nil, threads: nil))
        == "2 workers of 2 threads: no more can be busy, by the window and the number of candidates")
    #expect(
      words(ThreadBudget(cores: 4, busy: 8, fitting: 1, workers: nil, threads: nil))
        == "1 worker of 4 threads: the memory has room for no more")
    #expect(words(ThreadBudget(cores: 4, busy: 8, workers: 3, threads: nil)) == "3 workers of 1 thread, as told")
  }

  private func trials(_ speeds: Double...) -> [SplitChoice.Trial] {
    zip(
      [WorkerSplit(workers: 4, threads: 1), WorkerSplit(workers: 2, threads: 2), WorkerSplit(workers: 1, threads: 4)],
      speeds
    )
    .map { SplitChoice.Trial(split: $0, imagesPerSecond: $1) }
  }

  @Test func onlyAClearlyFasterDivisionReplacesTheFirst() {
    #expect(SplitChoice(trials(1000, 900)).split.workers == 4)
    #expect(SplitChoice(trials(1000, 1040, 1010)).split.workers == 4)
    #expect(SplitChoice(trials(1000, 1060, 1010)).split.workers == 2)
    #expect(SplitChoice(trials(1000, 1060, 1200)).split.workers == 1)
    #expect(
      SplitChoice(trials(1000, 1200)).words
        == "2 workers of 2 threads, as measured: 1,000 images/s with 4 workers of 1 thread, 1,200 images/s with "
        + "2 workers of 2 threads")
  }

  @Test func aSearchRecordsItsChoice() throws {
    let told = try configuration(["workers": "3", "threads": "2"])
    #expect(told.resources.workers == 3 && told.resources.threads == 2)
    #expect(told.resources.choice?.reason == .told)
    let one = try configuration(["evaluations": "1"])
    #expect(one.resources.workers == 1 && one.resources.threads == min(Machine.cores, 8))
    let text = String(decoding: try one.encoded(), as: UTF8.self)
    #expect(text.contains("\"reason\" : "))
    // A run that was written before there was a choice.
    let older = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
    var object = try #require(older)
    var resources = try #require(object["resources"] as? [String: Any])
    resources["choice"] = nil
    object["resources"] = resources
    let read = try JSONDecoder().decode(
      SearchConfiguration.self, from: JSONSerialization.data(withJSONObject: object))
    #expect(read.resources.choice == nil && read.resources.workers == 1)
  }

  @Test func aShortSearchIsDividedByRule() async throws {
    var search = try configuration(["filters": "2", "evaluations": "3", "synthetic-images": "200", "batch": "32"])
    let settings = ResolvedSettings(
      schema: SearchSchema.all, flags: ["dataset": "synthetic"], environment: [:], file: [:])
    try await search.divideMachine(settings, data: try search.prepareData())
    #expect(search.resources.choice?.trials == [])
    #expect(search.resources.workers * search.resources.threads <= Machine.cores)
  }
}
