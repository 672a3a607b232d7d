import SearchSpace
import Testing

@Suite struct TopologyNetworkTests {
  private static let paper = Skeleton(cells: 5, filters: 16)

  private func network(_ digits: String, _ skeleton: Skeleton = paper) throws -> Network {
    try TopologySpace.nasbench201.network(for: TopologySpaceTests.architecture(digits), skeleton: skeleton)
  }

  /// The benchmark's own counts: 73,306 + 28,000 n₂ + 243,040 n₃ parameters, and multiply-adds of
  /// 7.78305 M + 3.93216 M n₂ + 35.38944 M n₃, where it counts the head's ten biases too.
  @Test(arguments: ["421211", "334131", "433444", "333333", "222222", "111111", "000300", "333123"])
  func countsAreTheBenchmarks(_ digits: String) throws {
    let ones = digits.count { $0 == "2" }
    let threes = digits.count { $0 == "3" }
    let network = try network(digits)
    #expect(network.parameterCount == 73_306 + 28_000 * ones + 243_040 * threes)
    #expect(network.multiplyAdds == 7_783_050 - 10 + 3_932_160 * ones + 35_389_440 * threes)
  }

  @Test func whatHasNoEffectIsNotBuilt() throws {
    // The convolution into node 1 is read by nothing; the one out of node 2 has nothing to read.
    #expect(try network("300300").parameterCount == 73_306 + 243_040)
    #expect(try network("000303").parameterCount == 73_306 + 243_040)
  }

  @Test func shapesAndNames() throws {
    let network = try network("421211")
    let names = Set(network.nodes.map(\.name))
    #expect(
      names.isSuperset(of: ["stem.convolution", "cell0.node3.add2", "cell5.shortcut", "cell16.node1.from0.pool"]))
    #expect(names.count == network.nodes.count)
    func shape(_ name: String) -> Shape? { network.nodes.first { $0.name == name }?.shape }
    #expect(shape("cell4.node3.add2") == Shape(height: 32, width: 32, channels: 16))
    #expect(shape("cell5.add") == Shape(height: 16, width: 16, channels: 32))
    #expect(shape("cell11.add") == Shape(height: 8, width: 8, channels: 64))
    #expect(network.classes == 10)
  }

  @Test func aCellWithoutAPathIsRefused() {
    do {
      _ = try network("300000")
      Issue.record("a cell whose output is zero was built")
    } catch {
      #expect(
        "\(error)" == "A cell needs a path of operations from its input to its output, but this has none: "
          + "|nor_conv_3x3~0|+|none~0|none~1|+|none~0|none~1|none~2|.")
    }
  }

  @Test func aSkeletonOfOtherSpacesIsRefused() {
    var skeleton = Self.paper
    skeleton.auxiliaryHead = Skeleton.AuxiliaryHead()
    #expect(throws: NetworkError.foreignSkeleton(space: "nasbench201")) { try network("333333", skeleton) }
  }

  @Test func theSkeletonsNormalizationIsEverywhere() throws {
    var skeleton = Self.paper
    skeleton.normalization = BatchNorm(epsilon: 0.25, momentum: 0.5)
    let found = try network("333333", skeleton).nodes.compactMap { node -> BatchNorm? in
      if case .batchNorm(let normalization) = node.primitive { normalization } else { nil }
    }
    #expect(found.count > 90 && found.allSatisfy { $0 == skeleton.normalization })
  }

  /// Every cell either is built, with no more parameters than the formula's, or has no path.
  @Test func everyCellIsBuiltOrHasNoPath() throws {
    let tiny = Skeleton(cells: 1, filters: 1, input: Shape(height: 4, width: 4, channels: 1), classes: 2)
    let base = try network("111111", tiny).parameterCount
    var refused = 0
    for (number, architecture) in TopologySpaceTests.all.enumerated() where number.isMultiple(of: 13) {
      let choices = architecture.choices
      do {
        let built = try TopologySpace.nasbench201.network(for: architecture, skeleton: tiny)
        // One cell at each width w: w² + 2w for a 1×1 convolution, 9w² + 2w for a 3×3 one.
        let most = [1, 2, 4].reduce(base) { sum, width in
          sum + choices.count { $0 == 2 } * (width * width + 2 * width)
            + choices.count { $0 == 3 } * (9 * width * width + 2 * width)
        }
        #expect(built.parameterCount <= most)
      } catch is NetworkError {
        refused += 1
        #expect(choices[3] == 0)
      }
    }
    #expect(refused > 10)
  }
}
