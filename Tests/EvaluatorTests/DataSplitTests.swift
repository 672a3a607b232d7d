import Testing

@testable import Evaluator

@Suite struct DataSplitTests {
  @Test func partsAreDisjointAndComplete() throws {
    let split = try Split(count: 50_000, seed: 7)
    #expect(split.training.count == 45_000 && split.validation.count == 5_000)
    #expect((split.training + split.validation).sorted() == Array(0..<50_000))
  }

  @Test func seedDecides() throws {
    let split = try Split(count: 1000, validation: 100, seed: 1)
    #expect(try split == Split(count: 1000, validation: 100, seed: 1))
    #expect(try split != Split(count: 1000, validation: 100, seed: 2))
  }

  /// Recorded runs depend on these numbers.
  @Test func splitOfASeedNeverChanges() throws {
    let validation = try Split(count: 20, validation: 5, seed: 0).validation
    #expect(validation == [0, 16, 10, 4, 19])
  }

  @Test func limitKeepsValidation() throws {
    let split = try Split(count: 100, seed: 1)
    let limited = try split.limited(toTraining: 10)
    #expect(limited.training == Array(split.training[..<10]) && limited.validation == split.validation)
    #expect(throws: DatasetError.subsetTooLarge(requested: 91, available: 90)) { try split.limited(toTraining: 91) }
    #expect(throws: DatasetError.subsetTooLarge(requested: 0, available: 90)) { try split.limited(toTraining: 0) }
  }

  @Test(arguments: [0, 10, 11, -1])
  func aPartWithoutImagesIsRefused(validation: Int) {
    #expect(throws: DatasetError.splitTooLarge(requested: validation, available: 10)) {
      try Split(count: 10, validation: validation, seed: 1)
    }
  }
}
