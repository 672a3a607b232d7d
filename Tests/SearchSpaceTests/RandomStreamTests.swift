import Testing

@testable import SearchSpace

/// Recorded runs depend on these numbers: they must never change. The expected values come from an independent
/// program in Python, which was checked against the published values of xoshiro256** and SplitMix64.
@Suite struct RandomStreamTests {
  /// The reference values of the generator for the state 1, 2, 3, 4.
  @Test func stepIsXoshiro() {
    var random = RandomStream(key: 0, state: (1, 2, 3, 4))
    let expected: [UInt64] = [
      11_520, 0, 1_509_978_240, 1_215_971_899_390_074_240, 1_216_172_134_540_287_360, 607_988_272_756_665_600,
      16_172_922_978_634_559_625, 8_476_171_486_693_032_832, 10_595_114_339_597_558_777, 2_904_607_092_377_533_576,
    ]
    #expect(expected.map { _ in random.next() } == expected)
  }

  @Test(
    arguments: [
      (0, [0xFB54_05F7_BD79_C540, 0x780C_98E2_6CEA_5883, 0x2A14_6E09_80FE_BC66, 0x4851_477D_B879_1FCA]),
      (1, [0xEE12_7FE6_1343_6E33, 0xD6DA_D8D3_4A18_74EA, 0x2A52_C16C_EC11_16A9, 0x9AF9_091D_9F77_D551]),
      (UInt64.max, [0x0983_2129_65E7_B92A, 0x93CB_01AE_0F01_E8AF, 0x2738_EF16_5B8F_858A, 0x0355_A949_10E1_CE49]),
    ] as [(UInt64, [UInt64])])
  func seedsArePermanent(seed: UInt64, expected: [UInt64]) {
    var random = RandomStream(seed: seed)
    #expect(expected.map { _ in random.next() } == expected)
  }

  @Test func splitsArePermanentAndIndependentOfDraws() {
    var parent = RandomStream(seed: 1)
    let before = parent.split("proposal", 7)
    _ = parent.next()
    var child = parent.split("proposal", 7)
    #expect(child == before)
    let expected: [UInt64] = [0x5A44_A6C7_BEEE_7F52, 0x30C6_D041_CD42_3FF5, 0x6675_DE0C_E9DD_A395]
    #expect(expected.map { _ in child.next() } == expected)
    #expect(parent.split("proposal", 8) != before)
    #expect(parent.split("mutation", 7) != before)
    #expect(parent.split("proposal", -7) != before)
  }

  @Test func derivedDrawsArePermanent() {
    var random = RandomStream(seed: 1)
    #expect(random.uniform() == 0.9299697815615794)
    #expect(random.uniform() == 0.8392768398135517)
    random = RandomStream(seed: 1)
    #expect((0..<12).map { _ in random.integer(below: 10) } == [9, 8, 1, 6, 7, 0, 4, 8, 4, 1, 1, 4])
    random = RandomStream(seed: 1)
    #expect(random.permutation(8) == [1, 2, 6, 4, 3, 0, 5, 7])
  }

  @Test func integersAreUniform() {
    var random = RandomStream(seed: 2)
    var counts = [Int](repeating: 0, count: 7)
    for _ in 0..<70_000 { counts[random.integer(below: 7)] += 1 }
    // The standard deviation of a count is 93.
    #expect(counts.allSatisfy { abs($0 - 10_000) < 450 })
    #expect(random.integer(below: 1) == 0)
    #expect((0..<100).allSatisfy { _ in random.integer(below: .max) >= 0 })
  }

  @Test func weightsAreRespected() {
    var random = RandomStream(seed: 3)
    var counts = [Int](repeating: 0, count: 4)
    for _ in 0..<40_000 { counts[random.index(weights: [1, 0, 2, 1])] += 1 }
    #expect(counts[1] == 0)
    #expect(abs(counts[0] - 10_000) < 450 && abs(counts[2] - 20_000) < 500 && abs(counts[3] - 10_000) < 450)
    #expect(random.index(weights: [0, 0, 1e-300, 0]) == 2)
  }

  @Test func permutationsHoldEverythingOnce() {
    var random = RandomStream(seed: 4)
    #expect(random.permutation(100).sorted() == Array(0..<100))
    #expect(random.permutation(0) == [] && random.permutation(1) == [0])
    var firsts = [Int](repeating: 0, count: 5)
    for _ in 0..<20_000 { firsts[random.permutation(5)[0]] += 1 }
    #expect(firsts.allSatisfy { abs($0 - 4_000) < 280 })
  }
}
