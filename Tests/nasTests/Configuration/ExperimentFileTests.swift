import Foundation
import Testing

@testable import nas

@Suite struct ExperimentFileTests {
  private func read(_ text: String) throws -> [String: String] {
    try ExperimentFile.values(Data(text.utf8), path: "e.json", schema: SearchSchema.all)
  }

  private func problem(_ text: String) -> String {
    do {
      return "\(try read(text))"
    } catch { return "\(error)" }
  }

  @Test func numbersTextsAndSpaces() throws {
    let values = try read(
      #"{"seed": 7, "learning-rate": 0.25, "controller": "rl", "space": {"name": "mine", "operations": ["identity"]}}"#)
    #expect(values["seed"] == "7")
    #expect(values["learning-rate"] == "0.25")
    #expect(values["controller"] == "rl")
    #expect(values["space"] == #"{"name":"mine","operations":["identity"]}"#)
  }

  @Test func anUnknownKeyGetsASuggestion() {
    #expect(
      problem(#"{"poplation": 3}"#)
        == "The experiment file e.json sets \"poplation\", which is no setting of this command: did you mean "
        + "\"population\"?")
    #expect(
      problem(#"{"zzzzzzzzzz": 3}"#)
        == "The experiment file e.json sets \"zzzzzzzzzz\", which is no setting of this command: --print-config lists "
        + "them.")
  }

  @Test(arguments: ["not json", "", #"{"seed": 1"#]) func notJSON(text: String) {
    #expect(problem(text) == "The experiment file e.json cannot be used: it is not JSON.")
  }

  @Test func noObject() {
    #expect(
      problem("[1]") == "The experiment file e.json cannot be used: a JSON object of settings was expected at its top.")
  }

  @Test(arguments: ["true", "null", "[1]"]) func wrongTypes(value: String) {
    #expect(
      problem("{\"seed\": \(value)}")
        == "The experiment file e.json cannot be used: \"seed\" must be a number, a text or an object.")
  }

  @Test func aMissingFile() {
    #expect(
      throws: SettingError.experimentFile(path: "/nowhere/e.json", problem: "it does not exist or cannot be read")
    ) { try ExperimentFile.read("/nowhere/e.json", schema: SearchSchema.all) }
  }
}
