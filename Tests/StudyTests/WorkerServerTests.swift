import Foundation
import SearchSpace
import Testing

@testable import Study

@Suite struct WorkerServerTests {
  @Test func aConversation() async throws {
    let (code, replies) = try await converse([
      #"{"data":"here"}"#, #"{"architecture":[2,3,0,1],"index":4,"seed":9}"#,
      #"{"architecture":[2,3,0,0],"index":5,"seed":9}"#,
    ]) { setup in
      #expect(String(decoding: setup, as: UTF8.self) == #"{"data":"here"}"#)
      return ToyEvaluator()
    }
    #expect(code == 0)
    let candidate = Candidate(index: 4, architecture: Architecture(choices: [2, 3, 0, 1]), seed: 9)
    let diverged = Failure(kind: .diverged, reason: "The reward is not a finite number.")
    #expect(
      try await replies == [
        .ready, .outcome(index: 4, ToyEvaluator().evaluate(candidate)), .outcome(index: 5, .failed(diverged)),
      ])
  }

  @Test func aSetupThatFails() async throws {
    let failure = WorkerFailure(message: "No data.", exitCode: 3)
    let (code, replies) = try await converse(["{}"]) { _ in throw failure }
    #expect(code == 3)
    #expect(replies == [.failed(failure)])
  }

  @Test func anErrorWhileEvaluating() async throws {
    let (code, replies) = try await converse(["{}", #"{"architecture":[0],"index":0,"seed":1}"#]) { _ in
      ToyEvaluator(onStart: { _ in throw ToyError.dataGone })
    }
    #expect(code == 1)
    #expect(replies == [.ready, .failed(WorkerFailure(message: "The data is gone.", exitCode: 1))])
  }

  @Test func theEndOfTheInputIsNoticedDuringAnEvaluation() async throws {
    let (input, writer) = try #require(closeOnExecPipe())
    let (reader, output) = try #require(closeOnExecPipe())
    let (ends, ended) = AsyncStream.makeStream(of: Void.self)
    let server = Task {
      await WorkerServer.serve(input: input, output: output, setup: { _ in FirstBlocks() }) { ended.yield() }
    }
    try DurableFile.write(
      Data("{}\n{\"architecture\":[0,0,0,0],\"index\":0,\"seed\":1}\n".utf8), to: writer, path: "pipe")
    close(writer)
    // Evaluation 0 never ends by itself; the watcher must speak up all the same.
    var iterator = ends.makeAsyncIterator()
    #expect(await iterator.next() != nil)
    server.cancel()
    _ = await server.value
    for descriptor in [input, reader, output] { close(descriptor) }
  }

  @Test func repliesSurviveTheirJSON() throws {
    let measurement = Measurement(
      reward: 0.1, epochs: [EpochRecord(epoch: 1, loss: 2, validationAccuracy: 0.1)], parameters: 3, multiplyAdds: 4)
    let replies: [WorkerReply] = [
      .ready, .failed(WorkerFailure(message: "m", exitCode: 3)), .outcome(index: 1, .measured(measurement)),
      .outcome(index: 2, .failed(Failure(kind: .outOfMemory, reason: "r"))),
    ]
    for reply in replies { #expect(try JSONLine.decode(WorkerReply.self, from: JSONLine.encode(reply)) == reply) }
  }

  /// Serves `lines` and returns the exit code and the replies.
  private func converse(
    _ lines: [String], setup: (Data) async throws -> any Evaluating
  ) async throws -> (Int32, [WorkerReply]) {
    let (input, writer) = try #require(closeOnExecPipe())
    let (reader, output) = try #require(closeOnExecPipe())
    try DurableFile.write(Data(lines.map { $0 + "\n" }.joined().utf8), to: writer, path: "pipe")
    close(writer)
    let code = await WorkerServer.serve(input: input, output: output, setup: setup) {}
    close(output)
    var buffer = LineBuffer()
    while buffer.fill(from: reader) == .filled {}
    var replies: [WorkerReply] = []
    while let line = buffer.next() { replies.append(try JSONLine.decode(WorkerReply.self, from: line)) }
    // The input stays open: its reader may still be about to notice the end.
    close(reader)
    return (code, replies)
  }
}
