import SearchSpace
import Testing

@Suite struct GroupedDigitsTests {
  @Test(arguments: [
    (0, "0"), (7, "7"), (999, "999"), (1000, "1,000"), (72_370, "72,370"), (-1_234_567, "-1,234,567"),
  ])
  func grouped(_ number: Int, _ text: String) {
    #expect(number.grouped == text)
  }
}
