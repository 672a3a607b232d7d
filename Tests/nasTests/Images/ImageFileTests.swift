import Foundation
import SearchSpace
import Testing

@testable import nas

/// Decoding and resizing against Pillow; the figures come from `Goldens/generate.py`.
@Suite struct ImageFileTests {
  struct Golden: Decodable {
    let cases: [Case]
  }

  struct Case: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let file: Data
    let width: Int
    let height: Int
    let pixels: Data
    let tolerance: Int
    let rows: Int
    let columns: Int
    let resized: Data
    var testDescription: String { name }
  }

  static func cases() throws -> [Case] {
    let place = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
      "Goldens/images.json")
    return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: place)).cases
  }

  private func largestDifference(_ one: [UInt8], _ other: Data) -> Int {
    guard one.count == other.count else { return 256 }
    return zip(one, other).reduce(0) { max($0, abs(Int($1.0) - Int($1.1))) }
  }

  @Test(arguments: try cases()) func decoded(_ golden: Case) throws {
    let image = try ImageFile(golden.file, path: "image")
    #expect(image.width == golden.width && image.height == golden.height)
    #expect(largestDifference(image.pixels, golden.pixels) <= golden.tolerance)
  }

  @Test(arguments: try cases()) func resized(_ golden: Case) throws {
    let image = ImageFile(width: golden.width, height: golden.height, pixels: [UInt8](golden.pixels))
    let input = Shape(height: golden.rows, width: golden.columns, channels: 3)
    // Pillow works with rounded weights.
    #expect(largestDifference(try image.pixels(for: input), golden.resized) <= 1)
  }

  @Test func aPictureOfTheRightSizeKeepsItsPixels() throws {
    let pixels = (0..<48).map { UInt8($0 * 5) }
    let image = ImageFile(width: 4, height: 4, pixels: pixels)
    #expect(try image.pixels(for: Shape(height: 4, width: 4, channels: 3)) == pixels)
    let gray = try image.pixels(for: Shape(height: 4, width: 4, channels: 1))
    // Of (0, 5, 10): 0.587 · 5 + 0.114 · 10.
    #expect(gray.count == 16 && gray[0] == 4)
    #expect(throws: CommandError.self) { try image.pixels(for: Shape(height: 4, width: 4, channels: 2)) }
  }

  @Test func thePartIsInTheMiddle() {
    let image = ImageFile(width: 10, height: 6, pixels: [UInt8](repeating: 0, count: 180))
    #expect(image.centredPart(rows: 3, columns: 3) == .init(top: 0, left: 2, height: 6, width: 6))
    #expect(image.centredPart(rows: 1, columns: 5) == .init(top: 2, left: 0, height: 2, width: 10))
  }

  @Test func flatPicturesStayFlat() throws {
    for (width, height) in [(1, 1), (1, 50), (2, 3), (100, 7)] {
      let image = ImageFile(width: width, height: height, pixels: [UInt8](repeating: 77, count: 3 * width * height))
      let resized = try image.pixels(for: Shape(height: 9, width: 4, channels: 3))
      #expect(resized == [UInt8](repeating: 77, count: 108))
    }
  }

  @Test func whatIsNoImageIsRefused() throws {
    func problem(_ data: Data) -> ImageFileError? {
      do {
        _ = try ImageFile(data, path: "i.png")
        return nil
      } catch {
        return error as? ImageFileError
      }
    }
    #expect(problem(Data()) == .unknownFormat(path: "i.png"))
    #expect(problem(Data("GIF89a".utf8)) == .unknownFormat(path: "i.png"))
    let golden = try #require(try ImageFileTests.cases().first)
    guard case .damaged = problem(golden.file.dropLast(40)) else {
      Issue.record("a torn file is not decoded")
      return
    }
    var flipped = golden.file
    flipped[60] ^= 4
    guard case .damaged(_, let reason) = problem(flipped) else {
      Issue.record("a damaged file is not decoded")
      return
    }
    #expect(!reason.isEmpty)
    // A header that claims 65,536 × 65,536 pixels, with its checksum.
    var huge = golden.file.prefix(16) + Data([0, 1, 0, 0, 0, 1, 0, 0]) + golden.file[24..<29]
    huge.append(contentsOf: crc32(huge[12..<29]).bigEndianBytes)
    huge.append(golden.file[33...])
    #expect(problem(huge) == .tooManyPixels(path: "i.png", width: 65_536, height: 65_536, limit: ImageFile.pixelLimit))
    #expect {
      try ImageFile(contentsOf: URL(fileURLWithPath: "/nowhere/i.png"))
    } throws: {
      "\($0)" == "There is no image at /nowhere/i.png; check the path."
    }
  }

  /// The checksum of PNG (W3C, "Portable Network Graphics", annex D).
  private func crc32(_ data: Data) -> UInt32 {
    ~data.reduce(UInt32.max) { crc, byte in
      (0..<8).reduce(crc ^ UInt32(byte)) { value, _ in value >> 1 ^ (value & 1 == 1 ? 0xEDB8_8320 : 0) }
    }
  }
}

extension UInt32 {
  fileprivate var bigEndianBytes: [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: self >> $0) } }
}
