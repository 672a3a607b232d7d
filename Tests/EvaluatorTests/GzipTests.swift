import Foundation
import SearchSpace
import Testing

@testable import Evaluator

/// Against data made by Python's zlib; see `Goldens/gzip/generate.py`.
@Suite struct GzipTests {
  struct Golden: Decodable {
    let checksum: UInt32
    let length: Int
    let gzip: Data
  }

  private static func goldens() throws -> [String: Golden] {
    let place = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Goldens/gzip/gzip.json")
    return try JSONDecoder().decode([String: Golden].self, from: Data(contentsOf: place))
  }

  private func golden(_ name: String) throws -> [UInt8] {
    [UInt8](try #require(try Self.goldens()[name]).gzip)
  }

  @Test func everyKindOfBlockIsRead() throws {
    let goldens = try Self.goldens()
    #expect(goldens.count == 14)
    for (name, golden) in goldens {
      let content = try Gzip.decompress([UInt8](golden.gzip))
      #expect(content.count == golden.length, "\(name)")
      #expect(Gzip.checksum(content) == golden.checksum, "\(name)")
    }
    #expect(try Gzip.decompress(golden("fixed")) == Array("a cell is a cell is a cell".utf8))
    #expect(try Gzip.decompress(golden("two members")) == Array("first second".utf8))
    // The check value of CRC-32 (Williams, "A painless guide to CRC error detection algorithms", 1993).
    #expect(Gzip.checksum(Array("123456789".utf8)) == 0xCBF4_3926)
  }

  @Test(arguments: ["stored", "fixed", "dynamic", "every header field"]) func cutShort(_ name: String) throws {
    let whole = try golden(name)
    for length in stride(from: 2, to: whole.count, by: whole.count > 1_000 ? 97 : 1) {
      #expect(throws: InflateError.truncated, "\(name), \(length) bytes") {
        try Gzip.decompress(Array(whole[..<length]))
      }
    }
  }

  /// A changed byte behind the header is found, by the code itself or by the checksum.
  @Test(arguments: ["stored", "fixed", "dynamic"]) func damaged(_ name: String) throws {
    let whole = try golden(name)
    for place in stride(from: 10, to: whole.count, by: whole.count > 1_000 ? 61 : 1) {
      var changed = whole
      changed[place] ^= 0x55
      #expect(throws: (any Error).self, "\(name), byte \(place)") { try Gzip.decompress(changed) }
    }
  }

  @Test func whatIsNotGzip() throws {
    #expect(throws: GzipError.notGzip) { try Gzip.decompress(Array("index,ops,accuracy\n".utf8)) }
    let member = try golden("fixed")
    #expect(throws: GzipError.notGzip) { try Gzip.decompress(member + Array("and something else".utf8)) }
    var wrongSum = member
    wrongSum[member.count - 8] ^= 1
    #expect(throws: GzipError.wrongChecksum) { try Gzip.decompress(wrongSum) }
  }

  @Test func blocksThatCannotBe() {
    func error(_ bytes: [UInt8], limit: Int = 1_000) -> InflateError? {
      do {
        _ = try Inflate.decompress(bytes, from: 0, limit: limit)
        return nil
      } catch {
        return error as? InflateError
      }
    }
    #expect(error([0b111]) == .invalidBlock)
    #expect(error([1, 1, 0, 1, 0, 9]) == .invalidLength)
    // Fixed codes: the length code of 3, then distance 1, with nothing before; the unused symbol 286.
    #expect(error([0b0000_0011, 0b0000_0010, 0, 0]) == .invalidDistance)
    #expect(error([0b0001_1011, 0b0000_0011, 0, 0]) == .invalidCode)
    #expect(error([1, 3, 0, 0xFC, 0xFF, 7, 7, 7], limit: 2) == .tooLarge(limit: 2))
    #expect(error([1, 3, 0, 0xFC, 0xFF, 7, 7, 7], limit: 3) == nil)
    #expect(InflateError.tooLarge(limit: 1 << 30).description == "its content is larger than 1024 MiB")
  }
}
