import SearchSpace
import Testing

@testable import Export

@Suite struct PyTorchModuleTests {
  private func source(_ genotype: Genotype, cells: Int = 2) throws -> String {
    let description = RandomModels.description(genotype, skeleton: Skeleton(cells: cells, filters: 8))
    return try PyTorchModule(description.network(), description: description).source()
  }

  private func source(_ network: Network) throws -> String {
    let description = RandomModels.description(
      KnownCells.nasnetA, skeleton: Skeleton(cells: 1, filters: 2, classes: network.classes))
    return try PyTorchModule(network, description: description).source()
  }

  @Test func cellsThatDifferInNumbersShareAClass() throws {
    let text = try source(KnownCells.nasnetA)
    for line in [
      "class Cell1(nn.Module):\n    \"\"\"cell1, cell4, cell7.\"\"\"\n\n    def __init__(self, inputs, outputs, direct_inputs):",
      "        self.cell1 = Cell1(inputs=24, outputs=8, direct_inputs=48)",
      "        self.cell7 = Cell1(inputs=128, outputs=32, direct_inputs=192)",
      "        self.convolution = Conv(inputs, outputs, 1)",
      "        self.shiftedConvolution = Conv(inputs, outputs, 1, stride=2, pads=(-1, 1, -1, 1))",
      "        block4 = average_pool(direct, 3, 1, (1, 1, 1, 1)) + previous",
      "        block3 = max_pool(direct, 3, 2, (0, 1, 0, 1)) + self.block3.right(previous)",
      "        cell1 = self.cell1(stem, cell0)",
      "        return self.linear(torch.flatten(x, 1))",
      "        self.batchNorm1 = nn.BatchNorm2d(outputs, eps=1e-05, momentum=0.1)",
      "PIXEL_MEAN = [125.3, 123.0, 113.9]",
    ] {
      #expect(text.contains(line + "\n"), "\(line)")
    }
    #expect(text.split(separator: "\n").count { $0.hasPrefix("class Cell") } == 4)
    #expect(try source(KnownCells.nasnetA) == text)
  }

  /// A longer network has no more classes, only more instances.
  @Test func depthAddsInstancesOnly() throws {
    let classes = try [3, 6].map { cells in
      try source(KnownCells.amoebanetA, cells: cells).split(separator: "\n").count { $0.hasPrefix("class ") }
    }
    #expect(classes[0] == classes[1])
  }

  @Test func valuesAreMadeBeforeTheyAreRead() throws {
    for seed in 0..<30 {
      let text = try source(RandomGenotypes.genotype(seed: UInt64(seed), blocks: 5), cells: 1)
      var known: Set<Substring> = []
      for line in text.split(separator: "\n") {
        let words = line.drop { $0 == " " }
        if words.hasPrefix("def forward(self, ") {
          known = Set(words.dropFirst(18).dropLast(2).split(separator: ", "))
        } else if line.hasPrefix("        "), !known.isEmpty, !words.hasPrefix("self.") {
          let parts = words.split(separator: " = ", maxSplits: 1)
          // Words that are neither members, functions nor keywords.
          let names = " \(parts.last ?? "") ".matches(of: /[^.\w]([a-z]\w*)(?=[^\w.(=])/).map(\.output.1)
          let unknown = names.filter { !known.contains($0) && $0 != "return" }
          #expect(unknown.isEmpty, "\(line)")
          if parts.count == 2 { known.insert(parts[0]) }
        } else if line.hasPrefix("class ") || line.hasPrefix("def ") {
          known = []
        }
      }
    }
  }

  @Test func matricesBecomeImagesWhereTheyAreReadOn() throws {
    let text = try source(OddNetworks.flattened())
    #expect(text.contains("self.first(torch.flatten(images, 1))[:, :, None, None]"))
    #expect(text.contains("        return torch.flatten(first + x, 1)\n"))
  }

  @Test func averagesCountPaddingWhereTheyDo() throws {
    let text = try source(KnownCells.nasnetATimm)
    for line in [
      "def average_pool(x, kernel, stride, pads, counts_padding=False):", "    if counts_padding:\n        return mean",
      "        block4_left = average_pool(direct, 3, 2, (0, 1, 0, 1), counts_padding=True)",
      "        block4 = average_pool(direct, 3, 1, (1, 1, 1, 1)) + previous",
    ] {
      #expect(text.contains(line + "\n"), "\(line)")
    }
    #expect(try !source(KnownCells.nasnetA).contains("counts_padding=True"))
  }

  @Test func minimaAreNegatedMaxima() throws {
    #expect(try source(OddNetworks.windows()).contains("-max_pool(-dilated, (3, 2), 2, (0, 1, 1, 1))"))
  }

  private func network(_ name: String, _ primitive: Primitive) throws -> Network {
    var builder = NetworkBuilder(input: Shape(height: 8, width: 8, channels: 3))
    let value = try builder.add(primitive, [builder.input], name: name)
    return builder.network(output: value)
  }

  @Test(arguments: ["forward", "2nd", "a-b", "lambda", "_hidden", "a..b", "ü"]) func namesThatPythonCannotHave(
    _ name: String
  ) throws {
    let network = try network(name, .relu)
    #expect(throws: PyTorchError.unusableName(node: name)) { try source(network) }
    #expect(PyTorchError.unusableName(node: name).description.contains("rename it"))
  }

  @Test func dilatedAveragesAreRefused() throws {
    let window = Window(kernel: Extent(2), dilation: Extent(2))
    let network = try network("pool", .pooling(Pooling(kind: .average, window: window)))
    #expect(throws: PyTorchError.dilatedAverage(node: "pool")) { try source(network) }
  }
}
