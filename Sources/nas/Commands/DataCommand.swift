import ArgumentParser
import Evaluator
import Foundation

extension Nas {
  /// `nas data`: fetches, makes and checks data sets.
  struct DataCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "data", abstract: "Fetch, make and check data sets.",
      subcommands: [Fetch.self, Make.self, Check.self])

    /// `nas data fetch cifar10`.
    struct Fetch: AsyncParsableCommand {
      static let configuration = CommandConfiguration(
        abstract: "Fetch CIFAR-10 from its authors (163 MB), check it and unpack it; continues an interrupted transfer.")

      enum Name: String, CaseIterable, ExpressibleByArgument {
        case cifar10
      }

      @Argument(help: "cifar10.") var name: Name
      @Option(name: .customLong("data"), help: "The folder to put it in.") var folder = DataReference.defaultPlace
      @Flag(name: .shortAndLong, help: "No progress on standard error.") var quiet = false

      func run() async throws {
        let terminal = Terminal(quiet: quiet)
        let place = try await CIFAR10Download().run(into: URL(fileURLWithPath: folder)) { received, expected in
          terminal.live("\(Wording.bytes(received)) of \(Wording.bytes(expected))")
        }
        let dataset = try CIFAR10().read(place)
        terminal.result("\(place.path): \(Wording.count(dataset.training.count)) training images, MD5 \(dataset.checksum)")
      }
    }

    /// `nas data make synthetic`.
    struct Make: ParsableCommand {
      static let configuration = CommandConfiguration(
        abstract: "Write the built-in synthetic images as files in CIFAR-10's binary layout.")

      enum Name: String, CaseIterable, ExpressibleByArgument {
        case synthetic
      }

      @Argument(help: "synthetic.") var name: Name
      @Option(help: "The folder to create.") var out = "synthetic-batches-bin"
      @Option(help: "Training images: a multiple of 50.") var train = 10_000
      @Option(help: "Test images: a multiple of 10.") var test = 2_000
      @Option(help: "The seed of the images.") var seed: UInt64 = 0

      func run() throws {
        try SyntheticData(trainingCount: train, testCount: test, seed: seed).write(to: URL(fileURLWithPath: out))
        Terminal().result("\(out): \(Wording.count(train)) training and \(Wording.count(test)) test images (synthetic)")
      }
    }

    /// `nas data check`.
    struct Check: ParsableCommand {
      static let configuration = CommandConfiguration(
        abstract: "Read CIFAR-10's files, training and test, and say whether they are whole.")

      @Option(name: .customLong("data"), help: "The folder or archive.") var place = DataReference.defaultPlace
      @Flag(help: "Print JSON.") var json = false

      private struct Shown: Encodable {
        let name: String
        let place: String
        let trainingImages: Int
        let testImages: Int
        let trainingMD5: String
      }

      func run() throws {
        let dataset = try CIFAR10().read(URL(fileURLWithPath: place))
        let shown = Shown(
          name: dataset.name, place: place, trainingImages: dataset.training.count,
          testImages: try dataset.loadTest().images.count, trainingMD5: dataset.checksum)
        if json { return Terminal().result(try JSONOutput("data.check", shown).text()) }
        Terminal().result(
          "\(place): \(Wording.count(shown.trainingImages)) training and \(Wording.count(shown.testImages)) test images, "
            + "sizes and labels are right, MD5 of the training records \(shown.trainingMD5)")
      }
    }
  }
}
