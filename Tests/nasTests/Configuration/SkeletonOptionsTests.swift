import ArgumentParser
import SearchSpace
import Testing

@testable import nas

@Suite struct SkeletonOptionsTests {
  private func skeleton(
    _ flags: [String], _ cells: Genotype = KnownCells.nasnetA, found: Skeleton? = nil
  ) throws -> Skeleton {
    try SkeletonOptions.parse(flags).skeleton(for: cells, found: found)
  }

  private func problem(_ flags: [String]) -> String? {
    do {
      _ = try skeleton(flags)
      return nil
    } catch {
      return ErrorReport(error, arguments: []).sentence
    }
  }

  @Test func defaultsAreTheRunsOrThePresets() throws {
    let run = Skeleton(cells: 3, filters: 24)
    #expect(try skeleton([]) == Skeleton(cells: 1, filters: 8))
    #expect(try skeleton([], found: run) == run)
    #expect(try skeleton(["--filters", "9"], found: run) == Skeleton(cells: 3, filters: 9))
    #expect(try skeleton(["--skeleton", "imagenet"], found: run) == Skeleton(.imagenet, cells: 4, filters: 44))
    #expect(try skeleton(["--skeleton", "imagenet-large"]) == Skeleton(.imagenetLarge, cells: 6, filters: 168))
  }

  @Test func bothNamesOfTheSize() throws {
    for size in ["6@4032", "6 @ 4032", "6,168", "(6, 168)"] {
      let found = try skeleton(["--skeleton", "imagenet-large", "--size", size])
      #expect(found == Skeleton(.imagenetLarge, cells: 6, filters: 168))
    }
    #expect(try skeleton(["--size", "4@4320"], KnownCells.pnasnet5).filters == 216)
    #expect(
      problem(["--size", "5@1538"])
        == "the last cell of nasnet-a has 24F filters, but 1538 is no multiple of 24: the nearest is 5@1536")
    for size in ["6", "6@", "x,3", "1,2,3", "4@9223372036854775807"] {
      #expect(
        problem(["--size", size])
          == "--size needs N @ penultimate filters such as 4@1056, or N,F such as 4,44, not '\(size)'")
    }
    #expect(
      problem(["--size", "6,32", "--cells", "3"]) == "--size has both N and F: leave out --cells and --filters")
    #expect(problem(["--size", "0,32"]) == "the number of cells per stack must be at least 1, but is 0")
  }

  @Test func whatThePresetHasCanBeChanged() throws {
    let flags = ["--skeleton", "imagenet", "--image-size", "97x33", "--classes", "7", "--stem-filters", "12"]
    var expected = Skeleton(.imagenet, classes: 7)
    expected.input = Shape(height: 97, width: 33, channels: 3)
    expected.stem = .reductionCells(filters: 12)
    #expect(try skeleton(flags) == expected)
    expected.auxiliaryHead = Skeleton.AuxiliaryHead()
    #expect(try skeleton(flags + ["--auxiliary-head"]) == expected)
    #expect(try skeleton(["--image-size", "5"]).input == Shape(height: 5, width: 5, channels: 3))
    #expect(
      problem(["--image-size", "5x"])
        == "--image-size needs a number of pixels such as 224, or rows and columns such as 224x192, not '5x'")
    #expect(
      problem(["--stem-filters", "8"])
        == "--stem-filters is for the ImageNet skeletons, but this one has a stem of 3F filters: add --skeleton")
    #expect(problem(["--skeleton", "imagnet"])?.contains("Did you mean 'imagenet'?") == true)
  }

  @Test func fixedNetworksTakeNoFlags() throws {
    #expect(throws: Never.self) {
      try SkeletonOptions.parse([]).expectNone(because: "--published shows fixed networks")
    }
    for flags in [["--skeleton", "cifar"], ["--cells", "2"], ["--size", "2,3"], ["--auxiliary-head"]] {
      let error = #expect(throws: CommandError.self) {
        try SkeletonOptions.parse(flags).expectNone(because: "--published shows fixed networks")
      }
      #expect(error?.sentence == "--published shows fixed networks: leave out \(flags[0]).")
    }
  }
}
