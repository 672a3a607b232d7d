import Foundation
import SearchSpace
import Testing

@Suite struct SpaceTests {
  @Test func anArchitectureIsABareList() throws {
    let architecture = Architecture(choices: [3, 0, 12])
    #expect(String(decoding: try JSONEncoder().encode(architecture), as: UTF8.self) == "[3,0,12]")
    #expect(try JSONDecoder().decode(Architecture.self, from: Data("[3,0,12]".utf8)) == architecture)
  }

  @Test func samplesDrawEveryOptionAlike() {
    var random = RandomStream(seed: 7)
    let decisions = CellSpace.amoebanet.decisions
    var counts = decisions.map { [Int](repeating: 0, count: $0.options.count) }
    let draws = 2_400
    for _ in 0..<draws {
      for (decision, choice) in CellSpace.amoebanet.sample(using: &random).choices.enumerated() {
        counts[decision][choice] += 1
      }
    }
    for found in counts {
      let expected = Double(draws) / Double(found.count)
      // Five standard deviations of a binomial count.
      let allowed = 5 * (expected * (1 - 1 / Double(found.count))).squareRoot()
      #expect(found.allSatisfy { abs(Double($0) - expected) < allowed })
    }
  }

  /// Controllers replay samples from recorded seeds, so they must never change.
  @Test func samplesArePermanent() {
    var random = RandomStream(seed: 1)
    let first = CellSpace.nasnet.sample(using: &random).choices.prefix(10)
    #expect(first == [1, 1, 2, 7, 1, 0, 1, 11, 5, 0])
  }
}
