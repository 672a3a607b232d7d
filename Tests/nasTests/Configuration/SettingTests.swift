import Testing

@testable import nas

@Suite struct SettingTests {
  private let schema = [
    Setting(key: "train-images", defaultValue: "100", help: ""), Setting(key: "max-time", defaultValue: "", help: ""),
    Setting(key: "rate", defaultValue: "0.5", help: ""), Setting(key: "memory", defaultValue: "", help: ""),
  ]

  private func resolve(
    flags: [String: String] = [:], environment: [String: String] = [:], file: [String: String] = [:]
  ) -> ResolvedSettings {
    ResolvedSettings(schema: schema, flags: flags, environment: environment, file: file)
  }

  @Test func theStrongestSourceWins() throws {
    let file = ["train-images": "1"]
    let environment = ["NAS_TRAIN_IMAGES": "2"]
    #expect(try resolve().integer("train-images", in: 0...1000) == 100)
    #expect(try resolve(file: file).integer("train-images", in: 0...1000) == 1)
    let both = resolve(environment: environment, file: file)
    #expect(both["train-images"].value == "2")
    #expect(both["train-images"].source == .environment)
    let all = resolve(flags: ["train-images": "3"], environment: environment, file: file)
    #expect(all["train-images"].value == "3")
    #expect(all["train-images"].source == .flag)
    #expect(resolve()["train-images"].source == .default)
  }

  @Test func anEmptyVariableIsNone() {
    #expect(resolve(environment: ["NAS_TRAIN_IMAGES": ""])["train-images"].source == .default)
  }

  @Test(arguments: [("90", 90.0), ("90s", 90), ("1.5m", 90), ("2h", 7200), ("1d", 86400)])
  func durations(text: String, seconds: Double) throws {
    #expect(try resolve(flags: ["max-time": text]).duration("max-time") == seconds)
  }

  @Test(arguments: ["0", "-1s", "s", "10q", "nan", "inf", "1e400h"])
  func noDurations(text: String) {
    #expect(
      throws: SettingError.malformed(
        origin: "--max-time", expected: "a duration such as 90s, 15m or 2h", found: text)
    ) { try resolve(flags: ["max-time": text]).duration("max-time") }
  }

  @Test(arguments: [("800M", 838_860_800), ("2g", 2_147_483_648), ("2048K", 2_097_152), ("1048576", 1_048_576)])
  func sizes(text: String, bytes: Int) throws {
    #expect(try resolve(flags: ["memory": text]).bytes("memory") == bytes)
  }

  @Test(arguments: ["0", "0.1", "512", "-1", "5Q", "M", "9999T"]) func noSizes(text: String) {
    #expect(throws: SettingError.self) { try resolve(flags: ["memory": text]).bytes("memory") }
  }

  @Test func nothingGivenIsNil() throws {
    #expect(try resolve().duration("max-time") == nil)
    #expect(try resolve().bytes("memory") == nil)
    #expect(try resolve().optionalInteger("max-time", in: 1...2) == nil)
  }

  @Test(arguments: ["0", "-1", "x", "1e9", "1.5", "", "99999999999999999999"]) func noWholeNumbers(text: String) {
    #expect(throws: SettingError.self) { try resolve(flags: ["train-images": text]).integer("train-images", in: 1...9) }
  }

  @Test(arguments: ["nan", "inf", "-1", "x", "0"]) func noNumbersAboveZero(text: String) {
    #expect(throws: SettingError.malformed(origin: "--rate", expected: "a number above 0", found: text)) {
      try resolve(flags: ["rate": text]).number("rate")
    }
  }

  @Test func zeroWhereItIsAllowed() throws {
    #expect(try resolve(flags: ["rate": "0"]).number("rate", orZero: true) == 0)
  }

  @Test func errorsNameTheSource() {
    func text(_ settings: ResolvedSettings) -> String {
      do {
        _ = try settings.integer("train-images", in: 1...9)
        return ""
      } catch { return "\(error)" }
    }
    let expected = "needs a whole number from 1 to 9, but 'x' was given."
    #expect(text(resolve(flags: ["train-images": "x"])) == "--train-images \(expected)")
    #expect(text(resolve(environment: ["NAS_TRAIN_IMAGES": "x"])) == "NAS_TRAIN_IMAGES \(expected)")
    #expect(text(resolve(file: ["train-images": "x"])) == "\"train-images\" in the experiment file \(expected)")
  }

  @Test func everySettingHasOneMeaning() {
    for schema in [SearchSchema.all, ReplayConfiguration.schema] {
      #expect(Set(schema.map(\.key)).count == schema.count)
      #expect(Set(schema.map(\.environmentName)).count == schema.count)
    }
  }
}
