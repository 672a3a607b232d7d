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
        abstract: "Fetch CIFAR-10 from its authors (163 MB), check it and unpack it; continues an interrupted transfer."
      )

      enum Name: String, CaseIterable, ExpressibleByArgument {
        case cifar10
      }

      @Argument(help: "cifar10.") var name: Name
      @Option(name: .customLong("data"), help: "The folder to put it in.") var folder = DataReference.defaultPlace
      @OptionGroup var output: OutputOptions

      func run() async throws {
        let terminal = Terminal(quiet: output.quiet)
        let place = try await CIFAR10Download().run(into: URL(fileURLWithPath: folder)) { received, expected in
          terminal.live("\(Wording.bytes(received)) of \(Wording.bytes(expected))")
        }
        try DataReport(CIFAR10().read(place), place: place.path).show("data.fetch", json: output.json)
      }
    }

    /// `nas data make synthetic`.
    struct Make: ParsableCommand {
      static let configuration = CommandConfiguration(
        abstract: "Write the built-in synthetic images as files in CIFAR-10's binary layout, for other tools.")

      enum Name: String, CaseIterable, ExpressibleByArgument {
        case synthetic
      }

      @Argument(help: "synthetic.") var name: Name
      @Option(help: "The folder to create.") var out = "synthetic-batches-bin"
      @Option(help: "Training images: a multiple of 50.") var train = 10_000
      @Option(help: "Test images: a multiple of 10.") var test = 2_000
      @Option(help: "The seed of the images.") var seed: UInt64 = 0
      @Flag(help: "Print JSON.") var json = false

      func run() throws {
        let synthetic = try SyntheticData(trainingCount: train, testCount: test, seed: seed)
        try synthetic.write(to: URL(fileURLWithPath: out))
        try DataReport(synthetic.dataset(), place: out).show("data.make", json: json)
      }
    }

    /// `nas data check`.
    struct Check: ParsableCommand {
      static let configuration = CommandConfiguration(
        abstract: "Read CIFAR-10's files, training and test, check their lengths and labels, and print what they are.")

      @Option(name: .customLong("data"), help: "The folder or archive.") var place = DataReference.defaultPlace
      @Flag(help: "Print JSON.") var json = false

      func run() throws {
        try DataReport(CIFAR10().read(URL(fileURLWithPath: place)), place: place).show("data.check", json: json)
      }
    }
  }
}

/// What a data command says at its end.
private struct DataReport: Encodable {
  let name: String
  let place: String
  let trainingImages: Int
  let testImages: Int
  /// Of the training records as the files hold them.
  let trainingMD5: String

  /// Reads the test images too, so that all files have been checked.
  init(_ dataset: Dataset, place: String) throws {
    name = dataset.name
    self.place = place
    trainingImages = dataset.training.count
    testImages = try dataset.loadTest().images.count
    trainingMD5 = dataset.checksum
  }

  func show(_ schema: String, json: Bool) throws {
    if json { return Terminal().result(try JSONOutput(schema, self).text()) }
    Terminal().result(
      "\(place): \(Wording.count(trainingImages)) training and \(Wording.count(testImages)) test images of \(name), "
        + "MD5 of the training records \(trainingMD5)")
  }
}
