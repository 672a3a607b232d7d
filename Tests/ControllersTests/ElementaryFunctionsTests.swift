import Foundation
import Testing

@testable import Controllers

@Suite struct ElementaryFunctionsTests {
  private static let grid = (-2_000...2_000).map { Double($0) * 0.0173 }

  @Test func exponentialAgreesWithTheLibrary() {
    for x in Self.grid + [-700, -1e-9, 0, 1e-9, 700] {
      let expected = Foundation.exp(x)
      #expect(abs(ElementaryFunctions.exp(x) - expected) <= 4e-16 * expected)
    }
    #expect(ElementaryFunctions.exp(-1e300) == ElementaryFunctions.exp(-700))
    #expect(ElementaryFunctions.exp(.infinity).isFinite)
  }

  @Test func logarithmAgreesWithTheLibrary() {
    for x in Self.grid.map({ Foundation.exp($0) }) + [1, 2, 0.5, 1 + 1e-12, 1 - 1e-12] {
      let expected = Foundation.log(x)
      #expect(abs(ElementaryFunctions.log(x) - expected) <= 4e-16 * abs(expected) + 1e-30)
    }
  }

  @Test func squashingFunctionsAgreeWithTheLibrary() {
    for x in Self.grid {
      #expect(abs(ElementaryFunctions.tanh(x) - Foundation.tanh(x)) < 5e-16)
      #expect(abs(ElementaryFunctions.sigmoid(x) - 1 / (1 + Foundation.exp(-x))) < 5e-16)
    }
  }
}
