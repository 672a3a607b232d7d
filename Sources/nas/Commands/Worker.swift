import ArgumentParser
import Evaluator
import Foundation
import SearchSpace
import Study

extension Nas {
  /// `nas worker`: what `search` starts for each of its workers.
  struct Worker: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Evaluate candidates read from standard input (started by 'nas search').", shouldDisplay: false)

    func run() async throws {
      let status = await WorkerServer.run { setup in
        do {
          return try Worker.evaluator(try JSONDecoder().decode(WorkerSetup.self, from: setup))
        } catch {
          let report = ErrorReport(error)
          throw WorkerFailure(message: report.sentence ?? "\(error)", exitCode: report.status.rawValue)
        }
      }
      Foundation.exit(status)
    }

    private static func evaluator(_ setup: WorkerSetup) throws -> TrainingEvaluator {
      let data = try setup.data.prepare(for: setup.training, splitSeed: setup.splitSeed)
      return try TrainingEvaluator(
        space: setup.space, skeleton: setup.skeleton, plan: setup.training, data: data, threads: setup.threads,
        instructions: Machine.instructions(),
        memoryLimit: setup.maximumBytes ?? Machine.memory)
    }
  }
}
