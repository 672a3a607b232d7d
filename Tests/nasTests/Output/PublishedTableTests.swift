import Foundation
import SearchSpace
import Testing

@testable import nas

@Suite struct PublishedTableTests {
  @Test func oursBesideThePublished() throws {
    let lines = try PublishedTable(cells: KnownCells.nasnetA).text(isASCII: false).split(separator: "\n")
    let row = try #require(lines.first { $0.hasPrefix("NASNet-A large") })
    let words = row.split(separator: " ").joined(separator: " ")
    #expect(
      words == "NASNet-A large 6, 168 331 1000 88,753,150 ✓ 196,668 ✓ 4,567,784 23,783,414,658 ✓ 23.783 B "
        + "✓ 88.9 M ✓ 23.8 B (Zoph et al. 2018); ✓ 88.75 M ≠ 23.89 B (timm) [1]")
    #expect(lines.contains { $0.hasPrefix("[1] timm's counter") })
    #expect(!lines.contains { $0.hasPrefix("AmoebaNet") })
  }

  @Test func asASCII() throws {
    #expect(try PublishedTable().text(isASCII: true).utf8.allSatisfy { $0 < 128 })
  }

  @Test func asJSON() throws {
    let table = try object(JSONOutput("show.published", PublishedTable()).text())
    let networks = try #require(table["networks"] as? [[String: Any]])
    #expect(networks.count == PublishedNetworks.all.count)
    #expect(networks.allSatisfy { $0["agrees"] as? Bool == true })
    let counts = try #require(networks[0]["counts"] as? [String: Int])
    #expect(counts["parameters"] == 5_289_978)
  }

  @Test func cellsThatNobodyPublishedANetworkOf() {
    let error = #expect(throws: CommandError.self) { try PublishedTable(cells: KnownCells.nasnetAFigure) }
    #expect(
      error?.sentence
        == "There is no published network of these cells; there are some of nasnet-a, amoebanet-a, amoebanet-b, "
        + "amoebanet-c, amoebanet-d, pnasnet-5.")
  }
}
