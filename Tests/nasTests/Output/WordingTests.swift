import Testing

@testable import nas

@Suite struct WordingTests {
  @Test(arguments: [(0, "0"), (999, "999"), (1000, "1,000"), (72370, "72,370"), (-1_234_567, "-1,234,567")])
  func counts(number: Int, text: String) {
    #expect(Wording.count(number) == text)
  }

  @Test(arguments: [
    (0.25, "0.25 s"), (45.2, "45 s"), (59.6, "1 min 00 s"), (750, "12 min 30 s"), (11_100, "3 h 05 min"),
    (-1, "?"), (.infinity, "?"), (.nan, "?"),
  ])
  func durations(seconds: Double, text: String) {
    #expect(Wording.duration(seconds) == text)
  }

  @Test(arguments: [(0, "0 B"), (1023, "1023 B"), (1536, "1.5 KB"), (432_013_312, "412 MB"), (3 << 40, "3.0 TB")])
  func bytes(count: Int, text: String) {
    #expect(Wording.bytes(count) == text)
  }

  @Test func shares() {
    #expect(Wording.percent(0.64921) == "64.92 %")
    #expect(Wording.millions(13_612_000) == "13.61 M")
  }

  @Test func tables() {
    #expect(
      Wording.table([["a", "1"], ["long", "100"]], rightAligned: [1]) == ["a       1", "long  100"])
    #expect(Wording.table([["a", ""], ["long", "x"]]) == ["a", "long  x"])
    #expect(Wording.table([]) == [])
  }
}
