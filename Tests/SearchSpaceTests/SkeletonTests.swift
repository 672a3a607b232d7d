import Foundation
import SearchSpace
import Testing

@Suite struct SkeletonTests {
  /// Numbers that no network could have are refused before anything is built.
  @Test(arguments: [
    (Skeleton(cells: 0, filters: 8), "The number of cells per stack must be at least 1, but is 0."),
    (Skeleton(cells: 1, filters: -3), "The number of filters must be at least 1, but is -3."),
    (Skeleton(cells: 1001, filters: 8), "The number of cells per stack must be at most 1000, but is 1001."),
    (Skeleton(cells: 1, filters: .max), "The number of filters must be at most 10000, but is \(Int.max)."),
    (
      Skeleton(.imagenet, filters: 3),
      "A stem with reduction cells needs at least 4 filters, because its first cell has a quarter, but has 3."
    ),
    (
      Skeleton(cells: 100, filters: 10_000, input: Shape(height: 10_000, width: 10_000, channels: 3)),
      "The number of pixels times squared filters (with 100 cells per stack) must be at most 703687441776, but is "
        + "10000000000000000."
    ),
    (stem(0), "The number of the stem's filters must be at least 1, but is 0."),
    (auxiliary(0, 8), "The number of the auxiliary projection's filters must be at least 1, but is 0."),
    (auxiliary(8, 20_000), "The number of the auxiliary head's filters must be at most 10000, but is 20000."),
  ])
  func absurdNumbers(_ skeleton: Skeleton, _ sentence: String) {
    let error = #expect(throws: NetworkError.self) { try Network(genotype: KnownCells.nasnetA, skeleton: skeleton) }
    #expect(error?.description == sentence)
  }

  /// The largest cells on the largest skeleton can be counted.
  @Test func theLargestNetworkCanBeCounted() throws {
    let blocks = (0..<Cell.maximumBlocks).map { index in
      let edge = Block.Edge("sep_conv_7x7", index + 1)
      return Block(edge, edge, combine: .concat)
    }
    let cell = Cell(blocks: blocks, concat: Array(0..<blocks.count + 2))
    let skeleton = Skeleton(cells: 1, filters: 10_000, input: Shape(height: 838, width: 838, channels: 3))
    let network = try Network(genotype: Genotype(normal: cell, reduction: cell), skeleton: skeleton)
    // More cells may have as much less of pixels and filters; their number of multiply-adds together is no larger.
    #expect(network.multiplyAdds < .max / 10)
  }

  private static func stem(_ filters: Int) -> Skeleton {
    var skeleton = Skeleton(.imagenet)
    skeleton.stem = .reductionCells(filters: filters)
    return skeleton
  }

  private static func auxiliary(_ projection: Int, _ filters: Int) -> Skeleton {
    var skeleton = Skeleton(cells: 1, filters: 8)
    skeleton.auxiliaryHead = Skeleton.AuxiliaryHead(projectionFilters: projection, filters: filters)
    return skeleton
  }

  // MARK: - Coding

  @Test func aCIFARSkeletonIsWrittenAsItAlwaysWas() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let text = String(decoding: try encoder.encode(Skeleton(cells: 2, filters: 9)), as: UTF8.self)
    #expect(text == #"{"cells":2,"classes":10,"filters":9,"input":{"channels":3,"height":32,"width":32}}"#)
    #expect(try JSONDecoder().decode(Skeleton.self, from: Data(text.utf8)) == Skeleton(cells: 2, filters: 9))
  }

  @Test(arguments: Skeleton.Preset.allCases) func presetsSurviveCoding(preset: Skeleton.Preset) throws {
    var skeleton = Skeleton(preset, cells: 3, size: 65, classes: 7)
    skeleton.auxiliaryHead = Skeleton.AuxiliaryHead(projectionFilters: 51, filters: 307)
    #expect(try JSONDecoder().decode(Skeleton.self, from: JSONEncoder().encode(skeleton)) == skeleton)
    #expect(skeleton.preset == preset)
    #expect(try Skeleton.Preset(named: preset.rawValue) == preset)
  }

  @Test func misspeltPresetsGetASuggestion() {
    let error = #expect(throws: UnknownName.self) { try Skeleton.Preset(named: "imagnet") }
    #expect(
      error?.description
        == "There is no skeleton 'imagnet'. Did you mean 'imagenet'? Known: cifar, imagenet, imagenet-large, pnasnet.")
  }

  // MARK: - Structure

  func input(_ name: String, of network: Network) throws -> String {
    let node = try #require(network.nodes.first { $0.name == name })
    return network.nodes[node.inputs[0]].name
  }

  /// Channels of NASNet-A mobile, and its sizes at 224 pixels.
  @Test func theImageNetStemAndItsCells() throws {
    let network = try Network(genotype: KnownCells.nasnetA, skeleton: Skeleton(.imagenet))
    let outputs = network.nodes.filter { $0.name == "stem.batchNorm" || $0.name.hasSuffix(".output.concat") }
    let found = outputs.map { "\($0.shape.height) \($0.shape.channels)" }
    let stacks = [("28", "264"), ("7", "1056")].map { [String](repeating: "\($0.0) \($0.1)", count: 4) }
    #expect(
      found == ["111 32", "56 44", "28 88"] + stacks[0] + ["14 352"] + [String](repeating: "14 528", count: 4)
        + ["7 704"] + stacks[1])
    #expect(try input("stem.convolution", of: network) == "input")
    #expect(try input("stemCell0.direct.relu", of: network) == "stem.batchNorm")
    #expect(try input("stemCell1.previous.relu", of: network) == "stem.batchNorm")
    #expect(try input("cell0.previous.relu", of: network) == "stemCell0.output.concat")
    for node in network.nodes {
      if case .batchNorm(let norm) = node.primitive { #expect(norm == BatchNorm(epsilon: 1e-3, momentum: 0.9997)) }
    }
  }

  /// The count is the same with either rule, so the structure is looked at.
  @Test func theSkipRuleOfTheLargeModel() throws {
    func network(_ preset: Skeleton.Preset) throws -> Network {
      try Network(genotype: KnownCells.nasnetA, skeleton: Skeleton(preset, cells: 2, filters: 8, size: 64))
    }
    let (plain, skipping) = (try network(.imagenet), try network(.imagenetLarge))
    for (cell, before, skipped) in [(3, 1, 0), (6, 4, 3)] {
      #expect(try input("cell\(cell).direct.relu", of: plain) == "cell\(cell - 1).output.concat")
      #expect(try input("cell\(cell).previous.relu", of: plain) == "cell\(before).output.concat")
      #expect(try input("cell\(cell).direct.relu", of: skipping) == "cell\(cell - 1).output.concat")
      #expect(try input("cell\(cell).previous.relu", of: skipping) == "cell\(skipped).output.concat")
      #expect(try input("cell\(cell + 1).previous.relu", of: skipping) == "cell\(cell - 1).output.concat")
    }
    #expect(try input("cell2.previous.relu", of: skipping) == "cell0.output.concat")
  }

  @Test func reductionsOfPNASNetReplaceCells() throws {
    let network = try Network(
      genotype: KnownCells.pnasnet5, skeleton: Skeleton(.pnasnet, cells: 2, filters: 8, size: 64))
    let found = network.nodes.filter { $0.name.hasSuffix(".output.concat") }.map {
      "\($0.shape.height) \($0.shape.channels)"
    }
    #expect(found == ["16 10", "8 20", "8 40", "8 40", "4 80", "4 80", "2 160", "2 160"])
    #expect(try input("cell3.previous.relu", of: network) == "cell1.output.concat")
    #expect(try input("cell4.previous.relu", of: network) == "cell2.output.concat")
  }

  @Test(arguments: Skeleton.Preset.allCases) func theAuxiliaryHead(preset: Skeleton.Preset) throws {
    var skeleton = Skeleton(preset, cells: 2, filters: 8, size: preset == .cifar ? 33 : 191, classes: 7)
    let plain = try Network(genotype: KnownCells.amoebanetA, skeleton: skeleton)
    skeleton.auxiliaryHead = Skeleton.AuxiliaryHead(projectionFilters: 6, filters: 9)
    let network = try Network(genotype: KnownCells.amoebanetA, skeleton: skeleton)
    let auxiliary = network.nodes.filter { $0.name.hasPrefix("auxiliary.") }
    #expect(plain.auxiliaryOutput == nil && plain.nodes == plain.nodes.filter { !$0.name.hasPrefix("auxiliary.") })
    #expect(network.nodes.filter { !$0.name.hasPrefix("auxiliary.") }.map(\.name) == plain.nodes.map(\.name))
    // The last cell before the second reduction.
    let cell = preset == .pnasnet ? "cell3" : "cell4"
    #expect(try input("auxiliary.relu", of: network) == "\(cell).output.concat")
    let shapes = auxiliary.map(\.shape.description)
    let side = preset == .cifar ? 5 : 3
    let (wide, narrow) = ("\(side)×\(side)×64", "\(side)×\(side)×6")
    #expect(shapes.dropFirst() == [wide, narrow, narrow, narrow, "1×1×9", "1×1×9", "1×1×9", "1×1×7"])
    let index = try #require(network.auxiliaryOutput)
    #expect(network.nodes[index].name == "auxiliary.linear" && network.classes == 7)
    let scalars = 64 * 6 + 12 + side * side * 6 * 9 + 18 + 9 * 7 + 7
    #expect(network.parameterCount - plain.parameterCount == scalars)
    #expect(network.bufferCount - plain.bufferCount == 12 + 18)
    #expect(
      network.multiplyAdds - plain.multiplyAdds == side * side * 64 * 6 + side * side * 6 * 9 + 9 * 7)
  }

  @Test func imagesTooSmallForAnAuxiliaryHead() {
    var skeleton = Skeleton(cells: 1, filters: 4, input: Shape(height: 8, width: 32, channels: 3))
    skeleton.auxiliaryHead = Skeleton.AuxiliaryHead()
    let error = #expect(throws: NetworkError.self) { try Network(genotype: KnownCells.nasnetA, skeleton: skeleton) }
    #expect(
      error?.description == "Node auxiliary.pool has a 5×5 window that does not fit into its input of 4×16×48.")
  }

  @Test(arguments: Skeleton.Preset.allCases) func anyImagesAndClasses(preset: Skeleton.Preset) throws {
    for genotype in KnownCells.all {
      for (height, width, classes) in [(3, 3, 1), (17, 50, 3), (65, 33, 100)] {
        var skeleton = Skeleton(preset, cells: 1, filters: 5, classes: classes)
        skeleton.input = Shape(height: height, width: width, channels: 2)
        let network = try Network(genotype: genotype, skeleton: skeleton)
        #expect(network.classes == classes && network.inputShape.channels == 2)
        #expect(Set(network.nodes.map(\.name)).count == network.nodes.count)
      }
    }
  }

  /// `penultimateWidth` is that of the network, whatever the combiners.
  @Test func widthsAreThoseOfTheNetwork() throws {
    var random = RandomStream(seed: 3)
    for _ in 0..<60 {
      let genotype = try CellSpace.nasnet.genotype(of: CellSpace.nasnet.sample(using: &random))
      let network = try Network(genotype: genotype, skeleton: Skeleton(cells: 2, filters: 6))
      let head = try #require(network.nodes.first { $0.name == "head.relu" })
      #expect(head.shape.channels == 6 * genotype.penultimateWidth)
    }
  }
}
