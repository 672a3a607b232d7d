import Foundation
import Testing

@testable import nas

@Suite struct SettingsTableTests {
  private func table(_ flags: [String: String]) throws -> [String: SettingsTable.Entry] {
    let resolved = ResolvedSettings(
      schema: SearchSchema.all, flags: flags.merging(["dataset": "synthetic"]) { own, _ in own },
      environment: ["NAS_SEED": "4"], file: ["window": "2"])
    let entries = try SettingsTable(resolved, SearchConfiguration(resolved)).settings
    return Dictionary(uniqueKeysWithValues: entries.map { ($0.key, $0) })
  }

  @Test func valuesThatCountWithTheirSources() throws {
    let table = try table(["filters": "5"])
    func entry(_ key: String) -> [String?] { [table[key]?.value, table[key]?.source] }
    #expect(entry("filters") == ["5", "flag"])
    #expect(entry("seed") == ["4", "environment"])
    #expect(entry("window") == ["2", "file"])
    #expect(entry("population") == ["20", "preset"])
    #expect(entry("duplicates") == ["reevaluate", "default"])
    #expect(entry("train-images") == ["all", "default"])
    #expect(entry("validation-images") == ["2000", "default"])
    #expect(entry("evolution.identityProbability") == ["0.05", "preset"])
    #expect(table.count == SearchSchema.all.count + 2)
  }

  @Test func flagsAreStrongerThanThePreset() throws {
    let table = try table(["population": "7", "preset": "published"])
    #expect(table["population"]?.source == "flag")
    #expect(table["sample-size"]?.value == "25")
  }

  @Test func theControllersOwnSettings() throws {
    let table = try table(["controller": "rl"])
    #expect(table["rl.hiddenUnits"]?.value == "100")
    #expect(table["population"]?.value == "")
  }
}
