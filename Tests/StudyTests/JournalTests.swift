import Foundation
import SearchSpace
import Testing

@testable import Study

@Suite struct JournalTests {
  private let header = SearchRecord(
    version: 1, space: "digits", controller: "climber", seed: 7, window: 8, duplicates: .reuse, configuration: "00ff")

  @Test func theFormatOfALine() throws {
    let measured = CandidateRecord(
      index: 3, architecture: Architecture(choices: [1, 0]), fingerprint: "1.0", seed: 42, parent: 2,
      logProbability: -1.5, attempt: 1, duplicateOf: 0, parameters: 10, multiplyAdds: 20, reward: 0.25,
      epochs: [EpochRecord(epoch: 1, loss: 2.5, validationAccuracy: 0.25)], failure: nil,
      timing: Timing(seconds: 1.5, elapsed: 9, finished: "2025-01-01T00:00:00Z"))
    #expect(
      String(decoding: try JournalLine.candidate(measured).bytes, as: UTF8.self)
        == #"{"architecture":[1,0],"attempt":1,"duplicateOf":0,"epochs":[{"epoch":1,"loss":2.5,"validationAccuracy":0.25}],"event":"candidate","fingerprint":"1.0","index":3,"logProbability":-1.5,"multiplyAdds":20,"parameters":10,"parent":2,"reward":0.25,"seed":42,"timing":{"elapsed":9,"finished":"2025-01-01T00:00:00Z","seconds":1.5}}"#
        + "\n")
    let failed = record(0, reward: nil, failure: Failure(kind: .crashed, reason: "It broke."))
    #expect(
      String(decoding: try JournalLine.candidate(failed).bytes, as: UTF8.self)
        == #"{"architecture":[0],"event":"candidate","failure":{"kind":"crashed","reason":"It broke."},"fingerprint":"f0","index":0,"multiplyAdds":2,"parameters":1,"seed":0,"timing":{"elapsed":1,"finished":"2025-01-01T00:00:00Z","seconds":1}}"#
        + "\n")
    #expect(
      String(decoding: try JournalLine.search(header).bytes, as: UTF8.self)
        == #"{"configuration":"00ff","controller":"climber","duplicates":"reuse","event":"search","seed":7,"space":"digits","version":1,"window":8}"#
        + "\n")
    for line in [JournalLine.candidate(measured), .candidate(failed), .search(header)] {
      #expect(try JSONLine.decode(JournalLine.self, from: line.bytes) == line)
    }
  }

  @Test func numbersSurviveExactly() throws {
    var random = RandomStream(seed: 1)
    for _ in 0..<200 {
      let written = record(0, reward: random.uniform())
      #expect(try JSONLine.decode(CandidateRecord.self, from: JSONLine.encode(written)) == written)
    }
  }

  @Test func aTornEndIsLeftOut() throws {
    let whole = try lines(3)
    let torn = try [
      whole + Data("{\"event\":\"cand".utf8), whole + Data("{\"event\":\"cand\n".utf8), whole + Data([0, 0]),
      whole + JournalLine.candidate(record(3, reward: 1)).bytes.dropLast(),
    ]
    for data in torn {
      let reader = try JournalReader(data, path: "j")
      #expect(reader.candidates.count == 3)
      #expect(reader.isTorn)
      #expect(reader.completeBytes == whole.count)
    }
    #expect(try !JournalReader(whole, path: "j").isTorn)
    #expect(try JournalReader(Data(), path: "j").search == nil)
  }

  @Test func corruptLinesAreNamed() async throws {
    let first = try JournalLine.search(header).bytes
    let candidate = try JournalLine.candidate(record(0, reward: 1)).bytes
    let last = try JournalLine.candidate(record(1, reward: 1)).bytes
    let half = Data("{\"event\":\"candidate\",\"index\":0}\n".utf8)
    let cases: [(Data, String)] = [
      (
        first + Data("}{\n".utf8) + last,
        "Line 2 of j is not a journal line (not valid JSON): restore the file from a copy, or cut it off before that line to repeat the search from there."
      ),
      (
        first + half + last,
        "Line 2 of j is not a journal line (\"architecture\" is missing): restore the file from a copy, or cut it off before that line to repeat the search from there."
      ),
      (
        first + candidate + first + last,
        "Line 3 of j is not a journal line (a second description of the search): restore the file from a copy, or cut it off before that line to repeat the search from there."
      ),
      (
        first + last,
        "Line 2 of j should be candidate 0, but is candidate 1: restore the file from a copy, or cut it off before that line."
      ),
      (
        candidate + last,
        "The first line of j should describe the search (\"event\":\"search\"), but does not: it is not a journal of this tool."
      ),
      (
        Data("{\"event\":\"search\",\"version\":2}\n".utf8) + candidate,
        "j has journal version 2, but this version of nas reads 1: use the version that wrote it."
      ),
    ]
    for (data, expected) in cases {
      #expect(await message { _ = try JournalReader(data, path: "j") } == expected)
    }
  }

  @Test func readingWorksWhileAnotherWrites() async throws {
    try await withFolder { folder in
      let url = folder.appendingPathComponent("journal.jsonl")
      let journal = try Journal(appendingTo: url, after: JournalReader(contentsOf: url))
      try journal.append(.search(header))
      for index in 0..<20 {
        try journal.append(.candidate(record(index, reward: 1)))
        #expect(try JournalReader(contentsOf: url).candidates.count == index + 1)
      }
    }
  }

  #if os(Linux)
    @Test func aFullDisk() async throws {
      let url = URL(fileURLWithPath: "/dev/full")
      let text = await message {
        let journal = try Journal(appendingTo: url, after: JournalReader(Data(), path: url.path))
        try journal.append(.search(header))
      }
      #expect(
        text == "/dev/full cannot be written because no space is left on the disk: free some space; "
          + "'nas resume' continues what has begun.")
    }
  #endif

  private func lines(_ count: Int) throws -> Data {
    try (0..<count).reduce(JournalLine.search(header).bytes) {
      try $0 + JournalLine.candidate(record($1, reward: Double($1))).bytes
    }
  }
}
