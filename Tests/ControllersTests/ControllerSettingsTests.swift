import Foundation
import SearchSpace
import Testing

@testable import Controllers

@Suite struct ControllerSettingsTests {
  private func message(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "no error"
    } catch {
      return "\(error)"
    }
  }

  @Test func aPopulationOfZeroIsRefusedInOneSentence() {
    let settings = ControllerSettings.evolution(EvolutionSettings(population: 0, tournament: 5))
    let expected =
      "The setting 'population' must be a whole number of at least 1, but it is 0; "
      + "give 20 for a small run or 100 as published."
    #expect(message { try settings.validate() } == expected)
    #expect(message { _ = try settings.makeController(space: ToySpace.bits(3), seed: 0) } == expected)
  }

  @Test func everyEvolutionSettingIsChecked() {
    var settings = EvolutionSettings.small
    settings.tournament = -2
    #expect(message { try settings.validate() }.hasPrefix("The setting 'tournament' must be a whole number"))
    settings = .small
    settings.identityProbability = 1.5
    #expect(
      message { try settings.validate() }
        == "The setting 'identityProbability' must be a probability, 0 to 1, but it is 1.5; give 0.05 as published.")
    settings.identityProbability = .nan
    #expect(message { try settings.validate() }.contains("but it is nan"))
  }

  @Test func everyReinforceSettingIsChecked() {
    let faults: [(String, @Sendable (inout ReinforceSettings) -> Void)] = [
      ("hiddenUnits", { $0.hiddenUnits = -1 }),
      ("candidatesPerUpdate", { $0.candidatesPerUpdate = 0 }),
      ("initialization", { $0.initialization = .uniform(range: 0) }),
      ("initialization", { $0.initialization = .normal(deviation: .nan) }),
      ("learningRate", { $0.learningRate = .infinity }),
      ("learningRate", { $0.learningRate = -0.1 }),
      ("entropyWeight", { $0.entropyWeight = -1 }),
      ("baselineWeight", { $0.baselineWeight = 1 }),
      ("failureReward", { $0.failureReward = .nan }),
      ("clip", { $0.rule = .ppo(clip: 0, epochs: 3) }),
      ("epochs", { $0.rule = .ppo(clip: 0.2, epochs: 0) }),
    ]
    for (name, spoil) in faults {
      var settings = ReinforceSettings.published
      spoil(&settings)
      #expect(message { try settings.validate() }.hasPrefix("The setting '\(name)' must be "))
    }
  }

  /// The number of hidden units decides between `rl` and `reinforce`: another name beside it is a mistake.
  @Test func aNameThatIsNotThatOfItsSettingsIsRefused() throws {
    for (right, wrong) in [("rl", "reinforce"), ("reinforce", "rl")] {
      let text = String(decoding: try JSONEncoder().encode(ControllerSettings.named(right)), as: UTF8.self)
      let changed = text.replacingOccurrences(of: "\"name\":\"\(right)\"", with: "\"name\":\"\(wrong)\"")
      #expect(changed != text)
      #expect(throws: DecodingError.self) {
        try JSONDecoder().decode(ControllerSettings.self, from: Data(changed.utf8))
      }
    }
  }

  @Test func presetsAreValidAndPublishedValuesArePinned() throws {
    for name in ControllerSettings.names {
      for preset in ControllerSettings.presets { try ControllerSettings.named(name, preset: preset).validate() }
    }
    #expect(EvolutionSettings.published.population == 100)
    #expect(EvolutionSettings.published.tournament == 25)
    #expect(EvolutionSettings.published.identityProbability == 0.05)
    let published = ReinforceSettings.published
    #expect(published.hiddenUnits == 100 && published.initialization == .uniform(range: 0.1))
    #expect(published.candidatesPerUpdate == 20 && published.learningRate == 0.00035)
    #expect(published.entropyWeight == 0.00001 && published.baselineWeight == 0.95)
    #expect(published.rule == .ppo(clip: 0.2, epochs: 3))
  }

  @Test func anUnknownNameGetsASuggestion() {
    #expect(
      message { _ = try ControllerSettings.named("evolutoin") }
        == "There is no controller 'evolutoin'. Did you mean 'evolution'? Known: random, evolution, rl, reinforce, local-search, bayesian."
    )
    #expect(
      message { _ = try ControllerSettings.named("hyperband") }
        == "There is no controller 'hyperband'. Known: random, evolution, rl, reinforce, local-search, bayesian.")
    #expect(
      message { _ = try ControllerSettings.named("rl", preset: "smal") }
        == "There is no preset 'smal'. Did you mean 'small'? Known: published, small, tabular.")
  }

  @Test func aSpaceWithoutAChoiceIsRefused() {
    for name in ControllerSettings.names {
      #expect(
        message {
          _ = try ControllerSettings.named(name).makeController(space: ToySpace(name: "fixed", sizes: [1, 1]), seed: 0)
        }
          == "A controller needs a space with at least one decision of two or more options, but the space 'fixed' "
          + "has none; give it more operations or blocks.")
    }
  }

  @Test func settingsSurviveEncoding() throws {
    for name in ControllerSettings.names {
      for preset in ControllerSettings.presets {
        let settings = try ControllerSettings.named(name, preset: preset)
        let data = try JSONEncoder().encode(settings)
        #expect(try JSONDecoder().decode(ControllerSettings.self, from: data) == settings)
      }
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let text = String(decoding: try encoder.encode(ControllerSettings.evolution(.published)), as: UTF8.self)
    #expect(
      text
        == #"{"name":"evolution","settings":{"identityProbability":0.05,"population":100,"#
        + #""removal":"oldest","tournament":25}}"#)
    #expect(throws: UnknownName(kind: "controller", found: "evolve", known: ControllerSettings.names)) {
      _ = try JSONDecoder().decode(ControllerSettings.self, from: Data(#"{"name":"evolve"}"#.utf8))
    }
  }
}
