import Foundation
import SearchSpace
import Testing

@testable import Export

private func failure(_ text: String) -> String {
  do {
    _ = try GenotypeFile(json: Data(text.utf8), path: "cell.json")
    return "no error"
  } catch {
    return "\(error)"
  }
}

private func replaced(_ old: String, by new: String) -> String {
  let text = GenotypeFile(genotype: KnownCells.nasnetA).json()
  guard let range = text.range(of: old) else { return text }
  return text.replacingCharacters(in: range, with: new)
}

@Test func genotypesRoundTripToTheSameBytes() throws {
  for seed in 0..<100 {
    let provenance = Provenance(
      reward: 0.6490000000000001, seed: .max - UInt64(seed), recipe: "search \"α\"\n", parameters: 72_370,
      multiplyAdds: 13_567_872, toolVersion: "0.1.0", run: "runs/evo-1", candidate: seed)
    let file = GenotypeFile(
      genotype: RandomGenotypes.genotype(seed: UInt64(seed), blocks: 1 + seed % 10),
      provenance: seed % 2 == 0 ? provenance : nil)
    let text = file.json()
    let read = try GenotypeFile(json: Data(text.utf8), path: "cell.json")
    #expect(read == file)
    #expect(read.json() == text)
  }
}

@Test func theWrittenFormIsTheOneThatTheGenotypeItselfCodes() throws {
  let encoder = JSONEncoder()
  encoder.outputFormatting = .sortedKeys
  for genotype in KnownCells.all {
    let written = GenotypeFile(genotype: genotype).json()
    #expect(try JSONDecoder().decode(Genotype.self, from: Data(written.utf8)) == genotype)
    let object = try JSONSerialization.jsonObject(with: Data(written.utf8))
    let sorted = try JSONSerialization.data(withJSONObject: object, options: .sortedKeys)
    let coded = try encoder.encode(genotype)
    #expect(sorted == coded)
  }
}

@Test func theLayoutIsThatOfTheExchangeFormat() {
  let text = GenotypeFile(genotype: KnownCells.nasnetA, provenance: Provenance(reward: 0.5)).json()
  let start = """
    {
     "format": "nas-genotype",
     "version": 1,
     "name": "nasnet-a",
     "normal": {
      "blocks": [
       {
        "left": [
         "sep_conv_5x5",
         0
        ],

    """
  #expect(text.hasPrefix(start))
  #expect(text.hasSuffix(" },\n \"provenance\": {\n  \"reward\": 0.5\n }\n}\n"))
}

@Test func syntaxErrorsSayWhere() {
  #expect(failure("") == "cell.json is not valid JSON: expected a value at line 1, column 1.")
  #expect(failure("{\n \"format\" 1}") == "cell.json is not valid JSON: expected ':' at line 2, column 11.")
  #expect(failure("{\"a\": [1, 2}") == "cell.json is not valid JSON: expected ',' or ']' at line 1, column 12.")
  #expect(failure("{\"a\": 1} x") == "cell.json is not valid JSON: expected the end of the file at line 1, column 10.")
  #expect(failure("{\"a\": tru}") == "cell.json is not valid JSON: expected a value at line 1, column 7.")
  #expect(failure("{\"a\": \"b") == "cell.json is not valid JSON: expected '\"' to end the text at line 1, column 9.")
  #expect(failure("{a: 1}") == "cell.json is not valid JSON: expected a key in double quotes at line 1, column 2.")
  let deep = String(repeating: "[", count: 100_000)
  #expect(
    failure(deep) == "cell.json is not valid JSON: expected at most 64 levels of nesting at line 1, column 65.")
}

@Test func contentErrorsSayWhat() {
  let start = "cell.json is not a valid genotype: "
  #expect(
    failure(replaced("nas-genotype", by: "onnx"))
      == start + "A genotype has the format 'nas-genotype', but this has 'onnx'.")
  #expect(
    failure(replaced("\"version\": 1", by: "\"version\": 2"))
      == start + "This version reads genotypes of version 1, but this one has version 2.")
  #expect(failure("{}") == start + "'format' is missing at the top level.")
  #expect(failure("[]") == start + "the top level should be an object, but is something else.")
  #expect(failure(replaced("\"normal\"", by: "\"cell\"")) == start + "'normal' is missing at the top level.")
  #expect(
    failure(replaced("0\n", by: "\"zero\"\n"))
      == start + "normal.blocks[0].left[1] should be a whole number, but is something else.")
  #expect(
    failure(replaced("0\n", by: "7\n"))
      == start + "Block 2 of the normal cell reads state 7, but may read only states 0 to 1.")
  #expect(failure(replaced("sep_conv_5x5", by: "sep_conv_5x6")).contains("sep_conv_5x5"), "suggests the right one")
  // A misspelt key would leave its default in force.
  #expect(
    failure(replaced("\"combine\"", by: "\"combiner\""))
      == start + "There is no key of a block 'combiner'. Did you mean 'combine'? Known: left, right, combine.")
  #expect(
    failure(replaced("\"concat\"", by: "\"concats\""))
      == start + "There is no key of a cell 'concats'. Did you mean 'concat'? Known: blocks, concat.")
  for number in ["1.5", "1180591620717411303424"] {
    #expect(
      failure(replaced("0\n", by: "\(number)\n"))
        == start + "a number in it is too large, or has a fraction where a whole one belongs.")
  }
}

@Test func filesAreReadAndWrittenWithClearErrors() throws {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent("genotype-file-tests-\(UUID())")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  let url = folder.appendingPathComponent("cell.json")
  let file = GenotypeFile(genotype: KnownCells.amoebanetA, provenance: Provenance(run: "evo"))
  #expect(throws: GenotypeFileError.notFound(path: url.path, isFolder: false)) { try GenotypeFile(contentsOf: url) }
  try file.write(to: url)
  #expect(try GenotypeFile(contentsOf: url) == file)
  #expect(throws: GenotypeFileError.notFound(path: folder.path, isFolder: true)) {
    try GenotypeFile(contentsOf: folder)
  }
  try Data(count: GenotypeFile.sizeLimit + 1).write(to: url)
  #expect(throws: GenotypeFileError.tooLarge(path: url.path, limit: 1 << 20)) { try GenotypeFile(contentsOf: url) }
  let missing = folder.appendingPathComponent("none").appendingPathComponent("cell.json")
  #expect(throws: GenotypeFileError.self) { try file.write(to: missing) }
  #expect(
    GenotypeFileError.notFound(path: "a.json", isFolder: false).description
      == "There is no genotype file at a.json; check the path.")
}
