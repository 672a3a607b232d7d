import SearchSpace
import Testing

/// The published networks, to the last parameter.
@Suite struct PublishedNetworksTests {
  @Test func figuresRound() {
    #expect(Figure(889, unit: 100_000).agrees(with: 88_949_818))
    #expect(!Figure(889, unit: 100_000).agrees(with: 88_953_851))
    #expect(Figure(72_370).agrees(with: 72_370) && !Figure(72_370).agrees(with: 72_371))
    let texts = [
      Figure(889, unit: 100_000), Figure(23_783, unit: 1_000_000), Figure(506, unit: 10_000),
      Figure(555, unit: 1_000_000), Figure(72_370), Figure(23, unit: 1_000_000_000),
    ].map(\.description)
    #expect(texts == ["88.9 M", "23.783 B", "5.06 M", "555 M", "72,370", "23 B"])
  }

  @Test(arguments: PublishedNetworks.all.indices) func countsAreThoseOfOthers(index: Int) throws {
    let network = PublishedNetworks.all[index]
    let counts = try network.counts()
    #expect(counts.parameters == network.parameters)
    if let buffers = network.buffers { #expect(counts.buffers == buffers) }
    if let auxiliary = network.auxiliaryParameters { #expect(counts.auxiliaryParameters == auxiliary) }
    if let multiplyAdds = network.multiplyAdds {
      #expect(multiplyAdds.agrees(with: counts.multiplyAdds), "\(counts.multiplyAdds)")
    }
    #expect(network.agrees(with: counts))
    let agree = network.claims.allSatisfy {
      $0.parametersAgree(with: counts) ?? true && $0.multiplyAddsAgree(with: counts) ?? true
    }
    #expect(agree || !network.notes.isEmpty, "a published figure that differs needs a note")
  }

  @Test func oneClassMoreIsNoticed() throws {
    let networks = PublishedNetworks.all
    #expect(try !networks[0].agrees(with: networks[1].counts()))
  }

  /// Counting both convolutions of a strided pair at the halved size gives the lower figures of the note.
  @Test func theStridedPairExplainsTheLowerFigures() throws {
    let networks = PublishedNetworks.all.filter { $0.notes.contains(.stridedPair) }
    let lower = [
      Figure(106, unit: 100_000), Figure(1388, unit: 100_000), Figure(4068, unit: 100_000),
      Figure(5085, unit: 100_000), Figure(5534, unit: 100_000), Figure(2310, unit: 10_000_000),
    ]
    #expect(networks.count == lower.count)
    for (network, figure) in zip(networks, lower) {
      let graph = try Network(genotype: network.genotype, skeleton: network.skeleton)
      var multiplyAdds = graph.multiplyAdds
      for node in graph.nodes {
        guard case .convolution(let convolution) = node.primitive, convolution.window.kernel.width == 7,
          convolution.window.stride == Extent(height: 1, width: 2)
        else { continue }
        let halved = (node.shape.height + 1) / 2
        multiplyAdds -= node.multiplyAdds / node.shape.height * (node.shape.height - halved)
      }
      #expect(figure.agrees(with: multiplyAdds) && multiplyAdds < graph.multiplyAdds, "\(multiplyAdds)")
    }
  }

  /// Two more per normalised value give timm's figures and the PNASNet paper's.
  @Test func normalizationsExplainTheHigherFigures() throws {
    for network in PublishedNetworks.all where network.notes.contains(.countsNormalization) {
      let graph = try Network(genotype: network.genotype, skeleton: network.skeleton)
      let normalized = graph.nodes.reduce(0) { sum, node in
        if case .batchNorm = node.primitive { sum + node.shape.count } else { sum }
      }
      for claim in network.claims where claim.source != "Zoph et al. 2018" {
        #expect(claim.multiplyAdds?.agrees(with: graph.multiplyAdds + 2 * normalized) == true)
      }
    }
  }
}
