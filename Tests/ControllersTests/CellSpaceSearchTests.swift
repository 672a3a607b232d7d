import SearchSpace
import Testing

@testable import Controllers

/// The controllers on the spaces they are made for.
@Suite struct CellSpaceSearchTests {
  @Test(arguments: ["nasnet", "amoebanet"], ControllerSettings.names)
  func everyControllerSearchesTheCellSpaces(_ spaceName: String, _ name: String) throws {
    let space = try CellSpace.named(spaceName)
    var settings = try ControllerSettings.named(name)
    if case .rl(var reinforce) = settings {
      reinforce.hiddenUnits = 12
      settings = .rl(reinforce)
    }
    var controller = try settings.makeController(space: space, seed: 1)
    // Twice as many separable convolutions are twice as good.
    let separable = space.operations.indices.filter { space.operations[$0].contains("sep") }
    let search = ToySearch(&controller, count: 60, window: 8, seed: 2) { architecture, _ in
      let taken = zip(space.decisions, architecture.choices).filter { decision, choice in
        decision.kind == .operation && separable.contains(choice)
      }
      return Double(taken.count) / 20
    }
    for observation in search.history { try space.validate(observation.proposal.architecture) }
    #expect(Set(search.history.map(\.proposal.architecture)).count > 50)
    #expect((search.history.compactMap(\.reward).max() ?? 0) > 0)
    if name == "evolution" {
      let early = search.history.prefix(20).compactMap(\.reward).reduce(0, +) / 20
      let late = search.history.suffix(20).compactMap(\.reward).reduce(0, +) / 20
      #expect(late > early)
    }
  }

  @Test func theNASNetPolicyHasFiftySoftmaxes() throws {
    let controller = try Reinforce(space: CellSpace.nasnet, settings: .published, seed: 0)
    #expect(controller.policy.layout.options.count == 50)
    #expect(Array(controller.policy.layout.options.prefix(10)) == [2, 2, 13, 13, 2, 3, 3, 13, 13, 2])
  }
}
