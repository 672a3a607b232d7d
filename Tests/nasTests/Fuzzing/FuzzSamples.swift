import Export
import Foundation
import SearchSpace
import Testing

@testable import Evaluator
@testable import nas

/// Good files of every kind, made by the tool itself where it writes them.
struct FuzzSamples {
  /// A small search in `run`, a replay in `replay`, a file of weights `w` and an image.
  let program: BuiltProgram
  var folder: URL { program.folder }

  init() throws {
    program = try BuiltProgram()
    try FuzzSamples.small.write(to: program.folder.appendingPathComponent("g.json"))
    let cells = "g.json"
    for arguments in [
      ["search"] + tiny + ["--evaluations", "3", "--workers", "1", "--controller", "evolution", "--out", "run"],
      ["replay", cells, "--cells", "1", "--seed", "3"] + tiny + ["--filters", "1", "--out", "replay"],
      ["export", cells, "--format", "safetensors", "--out", "w", "--initial-weights", "1", "--filters", "1"],
    ] {
      let ended = try program.run(arguments + (arguments[0] == "export" ? [] : ["--quiet"]))
      try #require(ended.status == 0, "\(ended.errors)")
    }
    try ImageFileTests.cases()[0].file.write(to: folder.appendingPathComponent("a.png"))
  }

  func bytes(_ name: String) throws -> [UInt8] { [UInt8](try program.data(name)) }

  /// Cells of one block, so that files of weights have short headers.
  private static let small = Data(
    GenotypeFile(
      genotype: Genotype(
        name: "small",
        normal: Cell(blocks: [Block(.init("conv_1x1", 0), .init("identity", 1))]),
        reduction: Cell(blocks: [Block(.init("max_pool_3x3", 0), .init("identity", 1))]))
    ).json().utf8)

  /// Genotype files, with and without what they may have.
  static func genotypes() -> [[UInt8]] {
    let provenance = Provenance(
      reward: 0.61, seed: .max, recipe: "1 epoch", parameters: 3, multiplyAdds: 4, toolVersion: "1", run: "r",
      candidate: 17)
    return [Array(small)]
      + KnownCells.all.map { Array(GenotypeFile(genotype: $0, provenance: provenance).json().utf8) }
  }

  /// DARTS genotypes in several of the forms in which they are found.
  static func darts() -> [[UInt8]] {
    [
      "Genotype(normal=[('sep_conv_3x3', 1), ('skip_connect', 0)], normal_concat=[2], "
        + "reduce=[('max_pool_3x3', 0), ('max_pool_3x3', 1)], reduce_concat=[2])",
      """
      # found by somebody
      MINE = Genotype(
        normal=[("sep_conv_5x5", 1), ("dil_conv_3x3", 0), ("avg_pool_3x3", 2), ("skip_connect", 1)],
        normal_concat=range(2, 4),
        reduce=(('conv_7x1_1x7', 0), ('sep_conv_7x7', 1), ('dil_conv_5x5', 2), ('skip_connect', 0)),
        reduce_concat=list(range(2, 4)),
      )
      """,
    ].map { Array($0.utf8) }
  }

  /// A table of NAS-Bench-201's form.
  static let table = Array(
    """
    index,ops,c10_val12,c10_val200,c10_test200,params,mflops_c10,est_cost12_s
    0,421211,63.364,81.9827,85.8633,129306,15.6474,85.1498
    1,"334131",82.834,90.7693,93.66,802426,113.9514,134.2441
    2,3 3 4 1 3 2,82.8,90.7,93.6,802426,113.9,134.2

    """.utf8)

  /// A gzip file of stored blocks (RFC 1951, section 3.2.4), as a compressor that does not compress would write it.
  static func gzip(_ content: [UInt8]) -> [UInt8] {
    let length = content.count
    var file: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255, 1]
    file += [UInt8(length & 255), UInt8(length >> 8), UInt8(~length & 255), UInt8((~length >> 8) & 255)]
    return file + content + trailer(of: content)
  }

  /// A gzip file that was changed, with the checksum and length of what it now decompresses to, if it does.
  static func repairedGzip(_ file: [UInt8]) -> [UInt8] {
    guard file.count > 18, let content = try? Inflate.decompress(file, from: 10, limit: 1 << 20) else { return file }
    return Array(file.prefix(content.end)) + trailer(of: content.content)
  }

  private static func trailer(of content: [UInt8]) -> [UInt8] {
    [Gzip.checksum(content), UInt32(truncatingIfNeeded: content.count)].flatMap { word in
      (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32(8 * $0)) }
    }
  }

  /// A checkpoint with the hash of what it now holds.
  static func repairedCheckpoint(_ file: [UInt8]) -> [UInt8] {
    guard file.count > 8 else { return file }
    let hash = Trainer.checkpointHash(file.dropLast(8))
    return file.dropLast(8) + (0..<8).map { UInt8(truncatingIfNeeded: hash >> UInt64(8 * $0)) }
  }

  /// A PNG file whose chunks have the checksums of what they now hold.
  static func repairedPNG(_ file: [UInt8]) -> [UInt8] {
    var file = file
    var position = 8
    while position + 12 <= file.count {
      let length = file[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
      guard length <= file.count - position - 12 else { break }
      let end = position + 8 + length
      let checksum = Gzip.checksum(Array(file[position + 4..<end]))
      for byte in 0..<4 { file[end + byte] = UInt8(truncatingIfNeeded: checksum >> UInt32(24 - 8 * byte)) }
      position = end + 4
    }
    return file
  }
}
