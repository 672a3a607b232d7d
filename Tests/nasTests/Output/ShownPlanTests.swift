import Evaluator
import Foundation
import SearchSpace
import Testing

@testable import nas

@Suite struct ShownPlanTests {
  private let skeleton = Skeleton(cells: 1, filters: 4)

  private func plan(
    _ mode: ExecutionPlan.Mode, batch: Int = 8, precision: Precision = .float32
  ) throws -> (Network, ShownPlan) {
    let network = try Network(genotype: KnownCells.nasnetA, skeleton: skeleton)
    let shown = try ShownPlan(
      network, title: "nasnet-a", skeleton: skeleton, batch: batch, mode: mode, instructions: Machine.instructions(),
      precision: precision)
    return (network, shown)
  }

  @Test func everyMultiplyAddIsInAStep() throws {
    for mode in [ExecutionPlan.Mode.training, .inference] {
      let (network, shown) = try plan(mode)
      #expect(shown.forward.multiplyAdds == 8 * network.multiplyAdds)
    }
    let (network, shown) = try plan(.training)
    let backward = try #require(shown.backward)
    // Both products of every layer but the first, whose operand is the images.
    let stem = try #require(network.nodes.first { $0.multiplyAdds > 0 }).multiplyAdds
    #expect(backward.multiplyAdds == 8 * (2 * network.multiplyAdds - stem))
  }

  @Test func costsGrowWithTheBatch() throws {
    let (one, two) = (try plan(.training, batch: 8).1, try plan(.training, batch: 16).1)
    #expect(two.forward.bytesRead == 2 * one.forward.bytesRead)
    #expect(two.backward?.bytesWritten == 2 * (one.backward?.bytesWritten ?? 0))
    #expect(two.parameterBytes == one.parameterBytes)
    #expect(two.arenaBytes > one.arenaBytes)
  }

  @Test func inferenceHasNoBackwardHalfAndNoNormalisations() throws {
    let (_, shown) = try plan(.inference)
    #expect(shown.backward == nil)
    #expect(shown.steps.allSatisfy { !$0.action.contains("sums") })
    #expect(shown.steps.contains { $0.action.contains("folded norm") })
    #expect(!shown.lines(isASCII: false).contains { $0.hasPrefix("backward:") })
  }

  @Test func theTableNamesWhatIsFused() throws {
    let (network, shown) = try plan(.training)
    let lines = shown.lines(isASCII: false)
    #expect(lines[0].hasPrefix("nasnet-a, N 1, F 4, batch 8, training, "))
    #expect(lines[2].hasPrefix("phase  half      step"))
    #expect(lines.count == shown.steps.count + 7)
    #expect(lines.contains { $0.contains("relu, depthwise 3×3, 1×1, sums") && $0.contains("forward") })
    let totals = lines.suffix(3)
    #expect(totals.first?.hasPrefix("forward: \(shown.forward.steps) steps, ") == true)
    #expect(totals.last?.hasSuffix("for \(Wording.count(network.parameterCount)) parameters") == true)
    #expect(shown.lines(isASCII: true).allSatisfy { $0.allSatisfy(\.isASCII) })
  }

  /// Inference knows no other precision than single, whatever the training's.
  @Test func thePrecisionIsTold() throws {
    let single = try plan(.training).1
    #expect(single.precision == .float32)
    #expect(single.lines(isASCII: false)[0].hasSuffix(", blocks of \(single.lanes)"))
    let half = try plan(.training, precision: .bf16).1
    #expect(half.precision == .bf16)
    #expect(half.lines(isASCII: false)[0].hasSuffix(", blocks of \(half.lanes), bf16"))
    let inference = try plan(.inference, precision: .bf16).1
    #expect(inference.precision == .float32)
    #expect(inference.lines(isASCII: false) == (try plan(.inference).1.lines(isASCII: false)))
    #expect(inference.arenaBytes == (try plan(.inference).1.arenaBytes))
  }

  @Test func countedPaddingIsTold() throws {
    let network = try Network(genotype: KnownCells.nasnetATimm, skeleton: skeleton)
    let shown = try ShownPlan(
      network, title: "nasnet-a-timm", skeleton: skeleton, batch: 8, mode: .inference,
      instructions: Machine.instructions())
    let counting = shown.steps.filter { $0.action.contains("average 3×3 / 2, padding counted") }
    #expect(counting.count == shown.steps.count { $0.action.contains("average 3×3 / 2") } && !counting.isEmpty)
    #expect(try !plan(.inference).1.steps.contains { $0.action.contains("padding counted") })
  }

  @Test func everyStepIsInAPhase() throws {
    let (_, shown) = try plan(.training)
    #expect(shown.steps.count == shown.forward.steps + (shown.backward?.steps ?? 0))
    #expect(shown.steps.map(\.phase) == shown.steps.map(\.phase).sorted())
    #expect(shown.steps.last.map { $0.phase + 1 } == shown.phaseImages.count)
    #expect(shown.phaseImages.allSatisfy { (1...8).contains($0) })
  }
}
