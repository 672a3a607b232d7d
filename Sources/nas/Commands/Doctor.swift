import ArgumentParser
import Evaluator
import Foundation
import SearchSpace

extension Nas {
  /// `nas doctor`: whether this machine can run a search.
  struct Doctor: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Check that this machine can run a search, and say what is missing.")

    @Option(name: .customLong("data"), help: "Where CIFAR-10 is looked for.") var place = DataReference.defaultPlace
    @Flag(help: "Print JSON.") var json = false

    private struct Finding: Encodable {
      static let images = "CIFAR-10"
      let what: String
      /// False where something must be done before a search on CIFAR-10 can run.
      let fine: Bool
      let found: String
    }

    private struct Shown: Encodable {
      let findings: [Finding]
    }

    func run() throws {
      let findings = [machine(), instructions(), training(), data(), folder()]
      let terminal = Terminal()
      if json {
        terminal.result(try JSONOutput("doctor", Shown(findings: findings)).text())
      } else {
        let rows = findings.map { [$0.fine ? "ok" : "NOT OK", $0.what, $0.found] }
        Wording.table(rows).forEach(terminal.result)
      }
      let wrong = findings.filter { !$0.fine }
      // Without CIFAR-10 everything else works, on the synthetic images; scripts can tell the two apart.
      if !wrong.isEmpty { throw CommandError(wrong.allSatisfy { $0.what == Finding.images } ? .data : .failed, nil) }
    }

    private func machine() -> Finding {
      let process = ProcessInfo.processInfo
      return Finding(
        what: "machine", fine: true,
        found: "nas \(Version.text), \(process.operatingSystemVersionString), \(Machine.cores) cores, "
          + "\(Wording.bytes(Int(clamping: process.physicalMemory))) of memory")
    }

    private func instructions() -> Finding {
      let available = InstructionSet.allCases.filter(\.isAvailable).map(\.rawValue).joined(separator: ", ")
      do {
        let best = try Machine.instructions()
        return Finding(what: "kernels", fine: true, found: "\(best.rawValue) is used; available: \(available)")
      } catch {
        return Finding(what: "kernels", fine: false, found: "\(error)")
      }
    }

    /// Trains a small network on synthetic images for an epoch: the whole engine on this machine.
    private func training() -> Finding {
      do {
        var plan = TrainingPlan.quick
        plan.trainingImages = 640
        plan.validationImages = 200
        let data = try TrainingData(
          SyntheticData(trainingCount: 1000, testCount: 10).dataset(), plan: plan, splitSeed: 0)
        let network = try Network(genotype: KnownCells.amoebanetA, skeleton: Skeleton(cells: 1, filters: 4))
        let trainer = try Trainer(
          network: network, plan: plan, data: data, seed: 0,
          instructions: Machine.instructions())
        let start = ProcessInfo.processInfo.systemUptime
        let record = try trainer.trainEpoch()
        let seconds = ProcessInfo.processInfo.systemUptime - start
        let loss = String(format: "%.3f", record.loss)
        return Finding(
          what: "training", fine: true,
          found: "a small network trained on 640 synthetic images in \(Wording.duration(seconds)), loss \(loss)")
      } catch {
        return Finding(what: "training", fine: false, found: "\(error)")
      }
    }

    private func data() -> Finding {
      do {
        let dataset = try CIFAR10().read(URL(fileURLWithPath: place))
        return Finding(
          what: Finding.images, fine: true,
          found: "\(Wording.count(dataset.training.count)) training images in \(place), MD5 \(dataset.checksum)")
      } catch {
        return Finding(what: Finding.images, fine: false, found: "\(error)")
      }
    }

    private func folder() -> Finding {
      let here = FileManager.default.currentDirectoryPath
      let free = try? FileManager.default.attributesOfFileSystem(forPath: here)[.systemFreeSize] as? Int
      return Finding(
        what: "this folder", fine: FileManager.default.isWritableFile(atPath: here),
        found: "\(here), \(free.map(Wording.bytes) ?? "an unknown amount") free")
    }
  }
}
