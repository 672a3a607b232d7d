import SearchSpace
import Testing

@Suite struct StableHashTests {
  /// FNV-1a's published values.
  @Test(
    arguments: [
      ("", 0xCBF2_9CE4_8422_2325), ("a", 0xAF63_DC4C_8601_EC8C), ("foobar", 0x8594_4171_F739_67E8),
    ] as [(String, UInt64)])
  func bytesAreFNV(text: String, expected: UInt64) {
    var hash = StableHash()
    for byte in text.utf8 { hash.combine(byte) }
    #expect(hash.value == expected)
  }

  @Test func textsAreKeptApart() {
    var first = StableHash()
    first.combine("ab")
    first.combine("c")
    var second = StableHash()
    second.combine("a")
    second.combine("bc")
    #expect(first.value != second.value)
  }

  @Test func hexadecimalHasSixteenDigits() {
    var hash = StableHash()
    #expect(hash.hexadecimal == "cbf29ce484222325")
    hash.combine(0xCBF2_9CE4_8422_2325 as UInt64)
    #expect(hash.hexadecimal.count == 16)
  }
}
