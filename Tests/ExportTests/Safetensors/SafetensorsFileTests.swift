import Foundation
import Testing

@testable import Export

@Suite struct SafetensorsFileTests {
  /// Header text and values as a file.
  private func file(_ header: String, floats: Int = 0, length: UInt64? = nil) -> Data {
    var data = Data()
    withUnsafeBytes(of: (length ?? UInt64(header.utf8.count)).littleEndian) { data.append(contentsOf: $0) }
    return data + Data(header.utf8) + Data(repeating: 0, count: 4 * floats)
  }

  private func failure(_ data: Data) -> String {
    do {
      _ = try SafetensorsFile(data: data, path: "w")
      return "no error"
    } catch {
      return "\(error)"
    }
  }

  private func failure(_ header: String, floats: Int = 0) -> String { failure(file(header, floats: floats)) }

  @Test func whatIsWrittenIsRead() throws {
    let values: [Float] = [0, -0.0, .infinity, Float(bitPattern: 0x7FC1_2345), .leastNonzeroMagnitude, -1.5]
    let written = SafetensorsFile(
      tensors: [
        PortableTensor(name: "cell0.\"quoted\".weight", shape: [2, 3], values: values),
        PortableTensor(name: "a", shape: [1], values: [7]), PortableTensor(name: "scalar", shape: [], values: [8]),
      ], metadata: ["order": "[\"a\"]", "ü": "line\nline"])
    let data = written.data()
    let read = try SafetensorsFile(data: data, path: "w")
    #expect(read.metadata == written.metadata)
    #expect(read.tensors.map(\.name) == written.tensors.map(\.name))
    #expect(read.tensors.map(\.shape) == written.tensors.map(\.shape))
    #expect(read.tensors[0].values.map(\.bitPattern) == values.map(\.bitPattern))
    #expect(read.data() == data)
    #expect((data.count - 4 * 8) % 8 == 0, "values begin at a multiple of eight bytes")
  }

  /// Written by the format's own library (Python package safetensors 0.8.0).
  @Test func theFormatsOwnLibraryIsUnderstood() throws {
    let text = """
      yAAAAAAAAAB7Il9fbWV0YWRhdGFfXyI6eyJrIjoiw7wifSwiYSI6eyJkdHlwZSI6IkYzMiIsInNoYXBlIjpbMV0sImRhdGFfb2Zm\
      c2V0cyI6WzAsNF19LCJiIjp7ImR0eXBlIjoiRjMyIiwic2hhcGUiOlsyLDFdLCJkYXRhX29mZnNldHMiOls0LDEyXX0sInNjYWxh\
      ciI6eyJkdHlwZSI6IkYzMiIsInNoYXBlIjpbXSwiZGF0YV9vZmZzZXRzIjpbMTIsMTZdfX0gICAgIAAAQEAAAMA/AAAAwAAA4EA=
      """
    let read = try SafetensorsFile(data: try #require(Data(base64Encoded: text)), path: "w")
    #expect(read.metadata == ["k": "ü"])
    let tensors = Dictionary(uniqueKeysWithValues: read.tensors.map { ($0.name, $0) })
    #expect(tensors["b"]?.shape == [2, 1] && tensors["b"]?.values == [1.5, -2])
    #expect(tensors["a"]?.shape == [1] && tensors["a"]?.values == [3])
    #expect(tensors["scalar"]?.shape == [] && tensors["scalar"]?.values == [7])
    #expect(tensors.count == 3)
  }

  @Test func headersThatLieAreRefused() {
    let one = #"{"dtype":"F32","shape":[1],"data_offsets":[0,4]}"#
    #expect(failure(Data([1, 2])) == "w is damaged: 8 bytes were expected, 2 found; restore it from a copy.")
    #expect(
      failure(file("{}", length: 1 << 40)).hasPrefix(
        "w is no safetensors file: its header should have at most 16777216 bytes, but is to have 1099511627776."))
    #expect(failure(file("{}", length: 9)).hasPrefix("w is damaged: 17 bytes were expected, 10 found"))
    #expect(failure(" {}") == "w has no valid safetensors header: it does not begin with '{'.")
    #expect(failure("{\"a\"}").contains("expected ':' at byte 5 of its line 1"))
    #expect(failure(#"{"a":[]}"#).contains("a should be an object"))
    #expect(failure(#"{"a":{"dtype":"F32","shape":[1]}}"#).contains("'data_offsets' is missing at a"))
    #expect(failure(#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}"#).contains("a beginning and an end"))
    #expect(failure(#"{"__metadata__":{"k":1}}"#).contains("__metadata__.k should be a text"))
    #expect(failure(#"{"a":\#(one)}"#, floats: 2).contains("66 bytes were expected, 70 found"))
    #expect(failure(#"{"a":\#(one)}"#, floats: 0).contains("should begin at 0 and end by 0"))
  }

  @Test(arguments: [
    ("F16", "[2]", "[0,4]", "it has the type F16, but only F32 is read"),
    ("F32", "[2]", "[0,4]", "its shape [2] takes 8 bytes, but its values lie at 0 to 4"),
    ("F32", "[-1,-1]", "[0,4]", "its shape [-1, -1] is not possible"),
    ("F32", "[4611686018427387904,8]", "[0,4]", "is not possible"),
    ("F32", "[1]", "[4,0]", "its values lie at 4 to 0"),
    ("F32", "[1]", "[-4,0]", "its values lie at -4 to 0"),
    ("F32", "[1]", "[4,8]", "its values lie at 4 to 8, but should begin at 0 and end by 4"),
    ("F32", "[1000000000]", "[0,4000000000]", "should begin at 0 and end by 4"),
  ])
  func tensorsThatCannotBeAreRefused(type: String, shape: String, offsets: String, reason: String) {
    let text = failure(#"{"a":{"dtype":"\#(type)","shape":\#(shape),"data_offsets":\#(offsets)}}"#, floats: 1)
    #expect(text.hasPrefix("w cannot be used, because of its tensor 'a': "))
    #expect(text.contains(reason), "\(text)")
  }

  @Test func tensorsMustNotOverlapOrLeaveGaps() {
    func two(_ first: String, _ second: String) -> String {
      failure(
        #"{"a":{"dtype":"F32","shape":[2],"data_offsets":\#(first)},"#
          + #""b":{"dtype":"F32","shape":[2],"data_offsets":\#(second)}}"#, floats: 5)
    }
    #expect(two("[0,8]", "[4,12]").contains("tensor 'b': its values lie at 4 to 12, but should begin at 8"))
    #expect(two("[0,8]", "[12,20]").contains("tensor 'b': its values lie at 12 to 20, but should begin at 8"))
    #expect(two("[8,16]", "[0,8]").contains("were expected"), "only the rest is not covered")
  }

  @Test func missingFilesAreNamed() {
    #expect {
      try SafetensorsFile(contentsOf: URL(fileURLWithPath: "/nowhere/w"))
    } throws: {
      "\($0)" == "There is no safetensors file at /nowhere/w; check the path."
    }
  }
}
