import Export
import Foundation
import SearchSpace
import Study
import Testing

@testable import nas

@Suite struct GenotypeArgumentTests {
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("genotypes-\(UUID().uuidString)")

  init() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  private func remove() { try? FileManager.default.removeItem(at: folder) }

  private func write(_ text: String) throws -> String {
    let file = folder.appendingPathComponent("g.json")
    try Data(text.utf8).write(to: file)
    return file.path
  }

  private func problem(_ argument: String) -> (status: nas.ExitStatus, sentence: String) {
    do {
      _ = try GenotypeArgument(argument)
      return (.done, "")
    } catch {
      let report = ErrorReport(error, arguments: [])
      return (report.status, report.sentence ?? "")
    }
  }

  @Test func knownCells() throws {
    defer { remove() }
    #expect(try GenotypeArgument("nasnet-a").genotype == KnownCells.genotype(named: "nasnet-a"))
    #expect(
      problem("nasnet-b") == (
        .usage, "'nasnet-b' is no genotype file, no run directory, no model and no known cell: did you mean 'nasnet-a'?"
      ))
  }

  /// A folder's name may have the mark that stands before a candidate's number.
  @Test func runsWithAMarkInTheirName() throws {
    defer { remove() }
    let runs = try MadeRuns()
    defer { runs.remove() }
    let path = try runs.make("a#1", ["space": "nasnet"], rewards: [0.3, 0.5])
    #expect(try GenotypeArgument(path).found?.record.index == 1)
    #expect(try GenotypeArgument(path + "#0").found?.record.index == 0)
    #expect(problem(path + "#x").sentence.hasSuffix("such as \(path)#17, but has 'x'"))
  }

  @Test func files() throws {
    defer { remove() }
    let cells = try KnownCells.genotype(named: "amoebanet-a")
    let path = try write(GenotypeFile(genotype: cells).json())
    #expect(try GenotypeArgument(path).genotype == cells)
  }

  @Test func aStateThatDoesNotExistYet() throws {
    defer { remove() }
    let path = try write(GenotypeFile(genotype: KnownCells.genotype(named: "nasnet-a")).json())
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    guard case .object(var cells) = try JSONDecoder().decode(JSONValue.self, from: data),
      case .object(var normal)? = cells["normal"], case .list(var blocks)? = normal["blocks"],
      case .object(var block) = blocks[0]
    else {
      Issue.record("a genotype file has other members")
      return
    }
    block["left"] = .list([.text("sep_conv_5x5"), .integer(5)])
    blocks[0] = .object(block)
    normal["blocks"] = .list(blocks)
    cells["normal"] = .object(normal)
    let found = problem(try write(JSONValue.object(cells).json))
    #expect(found.status == .usage)
    #expect(
      found.sentence.hasSuffix(
        "is not a valid genotype: Block 2 of the normal cell reads state 5, but may read only states 0 to 1"))
  }

  @Test func anUnknownOperation() throws {
    defer { remove() }
    let text = try GenotypeFile(genotype: KnownCells.genotype(named: "nasnet-a")).json()
    let misspelt = problem(try write(text.replacingOccurrences(of: "identity", with: "identiti")))
    #expect(misspelt.status == .usage)
    #expect(misspelt.sentence.contains("There is no operation 'identiti'. Did you mean 'identity'?"))
  }

  @Test func candidatesOfARun() throws {
    defer { remove() }
    let run = folder.appendingPathComponent("run")
    let lock = try RunDirectory.create(at: run, configuration: configuration().encoded())
    _ = lock
    #expect(problem(run.path).status == .noValidCandidate)
    #expect(
      problem("\(run.path)#3") == (.usage, "\(run.path) has no candidate 3: none is finished yet"))
    #expect(
      problem("\(run.path)#x") == (
        .usage, "'\(run.path)#x' needs a candidate's number after the #, such as \(run.path)#17, but has 'x'"
      ))
  }
}
