import Testing

@testable import SearchSpace

@Suite struct UnknownNameTests {
  @Test(
    arguments: [
      ("sepconv_3x3", "sep_conv_3x3"), ("maxpool_3x3", "max_pool_3x3"), ("identiy", "identity"), ("bananas", nil),
      ("identity    ", nil), ("", nil),
    ] as [(String, String?)])
  func misspeltNamesGetASuggestion(found: String, suggestion: String?) {
    let error = #expect(throws: UnknownName.self) { try OperationCatalogue.standard.operation(named: found) }
    #expect(error?.suggestion == suggestion)
  }

  @Test func editsAreCounted() {
    #expect(editDistance("kitten", "sitting") == 3)
    #expect(editDistance("", "abc") == 3)
  }

  /// Comparing such a name letter by letter would take minutes, and quoting it would hide the list.
  @Test func aLongNameIsQuotedShort() {
    let error = UnknownName(
      kind: "operation", found: String(repeating: "x_pool", count: 1 << 17), known: ["max_pool_3x3", "identity"])
    #expect(error.suggestion == nil)
    #expect(
      error.description
        == "There is no operation '\(String(repeating: "x_pool", count: 10))…'. Known: max_pool_3x3, identity.")
  }
}
