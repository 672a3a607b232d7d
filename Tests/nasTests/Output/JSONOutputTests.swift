import Foundation
import Testing

@testable import nas

@Suite struct JSONOutputTests {
  private struct Content: Encodable {
    let path: String
    let number: Double
  }

  @Test func oneObjectWithItsSchema() throws {
    let text = try JSONOutput("top", version: 2, Content(path: "a/b", number: 0.5)).text()
    let object = try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    #expect(object["schema"] as? String == "nas.top")
    #expect(object["schemaVersion"] as? Int == 2)
    #expect(object["path"] as? String == "a/b")
    #expect(object["number"] as? Double == 0.5)
    #expect(text.contains("\"a/b\""))
  }
}
