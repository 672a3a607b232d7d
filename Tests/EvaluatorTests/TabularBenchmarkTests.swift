import Foundation
import SearchSpace
import Testing

@testable import Evaluator

@Suite struct TabularBenchmarkTests {
  private static let head = "index,ops,c10_val12,c10_val200,c10_test200,params,mflops_c10,est_cost12_s"
  private static let rows = [
    "0,421211,63.364,81.9827,85.8633,129306,15.6474,85.1498",
    "1,334131,82.834,90.7693,93.66,802426,113.9514,134.2441",
  ]

  private func table(
    _ lines: [String], columns: TabularColumns = .nasbench201
  ) throws -> TabularBenchmark {
    try TabularBenchmark(
      Array(lines.joined(separator: "\n").utf8), path: "table.csv", columns: columns, space: TopologySpace.nasbench201)
  }

  private func message(_ lines: [String], columns: TabularColumns = .nasbench201) -> String {
    do {
      return "\(try table(lines, columns: columns).count) rows"
    } catch {
      return "\(error)"
    }
  }

  @Test func rowsAreReadInTheirUnits() throws {
    let table = try table([Self.head] + Self.rows)
    #expect(table.count == 2)
    let entry = try #require(table[Architecture(choices: [4, 2, 1, 2, 1, 1])])
    #expect(abs(entry.reward - 0.63364) < 1e-12)
    #expect(entry.seconds == 85.1498)
    #expect(entry.parameters == 129_306 && entry.multiplyAdds == 15_647_400)
    #expect(zip(entry.reported, [0.819827, 0.858633]).allSatisfy { abs($0 - $1) < 1e-12 })
    #expect(abs(table.best(reported: 1) - 0.9366) < 1e-12)
    #expect(table[Architecture(choices: [0, 0, 0, 0, 0, 0])] == nil)
  }

  @Test func quotesLineEndsAndNumbersWithSpaces() throws {
    let text = "\"a \"\"name\"\"\",ops\r\n1,\"4 2 1 2 1 1\"\r\n"
    var lines: [[String]] = []
    try CommaSeparatedValues.read(Array(text.utf8), path: "t") { number, fields in
      #expect(number == lines.count)
      lines.append(fields)
    }
    #expect(lines == [["a \"name\"", "ops"], ["1", "4 2 1 2 1 1"]])
    let spaced = Self.rows[0].replacingOccurrences(of: "421211", with: "4 2 1 2 1 1")
    #expect(try table([Self.head, spaced])[Architecture(choices: [4, 2, 1, 2, 1, 1])] != nil)
  }

  @Test func aMappingNamesOtherColumns() throws {
    var columns = TabularColumns.nasbench201
    columns.reward = TabularColumns.Column("c10_test200", unit: 0.01)
    let entry = try table([Self.head] + Self.rows, columns: columns)[Architecture(choices: [3, 3, 4, 1, 3, 1])]
    #expect(abs(try #require(entry).reward - 0.9366) < 1e-12)
    let data = try JSONEncoder().encode(columns)
    #expect(try JSONDecoder().decode(TabularColumns.self, from: data) == columns)
  }

  @Test func whatIsWrongIsSaidInOneSentence() {
    #expect(
      message([Self.head, "0,421211,63.364"])
        == "Row 1 of table.csv has 3 fields, but the first line names 8 columns: fetch the table again.")
    #expect(
      message(["ops,accuracy", "421211,3"])
        == "The table table.csv has no column 'c10_val12', only ops, accuracy: name its columns in a file of --columns."
    )
    #expect(
      message([Self.head, Self.rows[0].replacingOccurrences(of: "421211", with: "521211")])
        == "Row 1 of table.csv has '521211' as ops, where an architecture of nasbench201 was expected: correct the table, "
        + "or name another column.")
    #expect(
      message([Self.head, Self.rows[0].replacingOccurrences(of: "63.364", with: "good")]).contains("a number was"))
    #expect(message([Self.head, Self.rows[0].replacingOccurrences(of: "85.1498", with: "0")]).contains("above 0 was"))
    #expect(
      message([Self.head] + Self.rows + [Self.rows[1]])
        == "Row 3 of table.csv has the architecture 334131 of an earlier row: each may have one row.")
    #expect(message([Self.head]).hasPrefix("The table table.csv has no rows"))
    #expect(message([]).hasPrefix("The table table.csv has no rows"))
    #expect(
      message([String(repeating: ",", count: 1000)])
        == "A line of table.csv has more than 1000 fields, more than a table of architectures can have: check the path."
    )
  }

  @Test func filesPlainCompressedAndDamaged() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("table-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    func message(_ data: Data) throws -> String {
      let file = folder.appendingPathComponent("t")
      try data.write(to: file)
      do {
        return try TabularBenchmark(contentsOf: file, columns: .nasbench201, space: TopologySpace.nasbench201).checksum
      } catch {
        return "\(error)".replacingOccurrences(of: file.path, with: "t")
      }
    }
    let text = Data(([Self.head] + Self.rows).joined(separator: "\n").utf8)
    // One stored block is gzip as well.
    let length = [UInt8(text.count & 255), UInt8(text.count >> 8)]
    func word(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
    let packed =
      Data([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 1] + length + length.map { ~$0 }) + text
      + Data(word(Gzip.checksum([UInt8](text))) + word(UInt32(text.count)))
    let plain = try message(text)
    #expect(plain.count == 32)
    #expect(try message(packed) == plain)
    #expect(
      try message(packed.dropLast(9))
        == "The compressed table t is damaged, for it ends in the middle of the compressed data: fetch it again.")
    #expect(throws: TableError.self) {
      try TabularBenchmark(
        contentsOf: folder.appendingPathComponent("none"), columns: .nasbench201, space: TopologySpace.nasbench201)
    }
  }

  @Test func theEvaluatorLooksUpAndChargesTheTime() async throws {
    let evaluator: any Evaluating = TabularEvaluator(try table([Self.head] + Self.rows))
    let known = Candidate(index: 0, architecture: Architecture(choices: [3, 3, 4, 1, 3, 1]), seed: 1)
    let outcome = try await evaluator.evaluate(known)
    guard case .measured(let measurement) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(abs(measurement.reward - 0.82834) < 1e-12 && measurement.simulatedSeconds == 134.2441)
    let unknown = Candidate(index: 1, architecture: Architecture(choices: [0, 0, 0, 0, 0, 1]), seed: 1)
    let reason = "The table has no row for the architecture 0 0 0 0 0 1."
    #expect(try await evaluator.evaluate(unknown) == .failed(Failure(kind: .invalid, reason: reason)))
  }
}
