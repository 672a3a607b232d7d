import SearchSpace
import Testing

@testable import Evaluator

/// The engine on ImageNet skeletons: the stem without padding, its narrow cells, halves of an odd number of filters.
@Suite struct ImageNetSkeletonTests {
  @Test(arguments: [KnownCells.nasnetA, KnownCells.amoebanetC], [Skeleton.Preset.imagenet, .imagenetLarge, .pnasnet])
  func gradients(cell: Genotype, preset: Skeleton.Preset) throws {
    // Large enough for normalisations over more than a few values, whose gradients have few digits.
    var skeleton = Skeleton(preset, cells: 1, filters: 6, size: 41, classes: 5)
    skeleton.stem = .reductionCells(filters: 5)
    let check = GradientCheck(try EngineRun(Network(genotype: cell, skeleton: skeleton), batch: 4))
    #expect(check.error < 1e-4, "\(check)")
  }
}
