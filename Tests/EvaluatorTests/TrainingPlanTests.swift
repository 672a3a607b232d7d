import Foundation
import SearchSpace
import Testing

@testable import Evaluator

@Suite struct TrainingPlanTests {
  /// What was written before there were regularisers stays the same: a search's identity is a hash of it.
  @Test func theOldRecipeIsWrittenAsBefore() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let text =
      #"{"augmentation":{"flip":true,"padding":4},"batch":64,"clipNorm":5,"epochs":2,"learningRate":0.05,"momentum":0.9,"#
      + #""nesterov":true,"schedule":"cosine","trainingImages":10000,"weightDecay":0.0005}"#
    #expect(String(decoding: try encoder.encode(TrainingPlan.search), as: UTF8.self) == text)
    #expect(try JSONDecoder().decode(TrainingPlan.self, from: Data(text.utf8)) == .search)
  }

  @Test func everyNumberGoesThroughJSON() throws {
    var plan = TrainingPlan.nasnetCIFAR
    plan.schedule = .step(.init(factor: 0.9, epochs: 2))
    plan.rmsProp = RMSProp(decay: 0.8, epsilon: 0.5)
    (plan.warmUpEpochs, plan.averageDecay, plan.labelSmoothing, plan.dropout) = (3, 0.99, 0.1, 0.5)
    plan.precision = .bf16
    #expect(try JSONDecoder().decode(TrainingPlan.self, from: JSONEncoder().encode(plan)) == plan)
  }

  /// Checkpoints from before there was a choice of the precision go on in single precision, and in no other.
  @Test func checkpointsKnowTheOldRecipe() {
    var hash = StableHash()
    hash.combine(
      "TrainingPlan(epochs: 1, batch: 64, learningRate: 0.05, schedule: Evaluator.TrainingPlan.Schedule.cosine, "
        + "warmUpEpochs: nil, momentum: 0.9, nesterov: true, rmsProp: nil, weightDecay: 0.0005, clipNorm: 5.0, "
        + "averageDecay: nil, labelSmoothing: nil, dropout: nil, dropPathKeep: nil, auxiliaryWeight: nil, "
        + "trainingImages: Optional(2000), validationImages: Optional(1000), "
        + "augmentation: Evaluator.Augmentation(padding: 4, flip: true, cutout: nil))")
    var plan = TrainingPlan.quick
    #expect(plan.checkpointHash == hash.value)
    plan.precision = .bf16
    #expect(plan.checkpointHash != hash.value)
  }

  /// Against the table of the sources, value for value.
  @Test func presetsAsPublished() {
    let nasnet = TrainingPlan.nasnetCIFAR
    #expect(
      [nasnet.epochs, nasnet.batch, nasnet.augmentation.cutout, nasnet.augmentation.padding] == [600, 32, 16, 4])
    #expect([nasnet.learningRate, nasnet.momentum, nasnet.weightDecay, nasnet.clipNorm] == [0.025, 0.9, 5e-4, 5])
    #expect(
      [nasnet.dropPathKeep, nasnet.auxiliaryWeight, nasnet.labelSmoothing, nasnet.dropout] == [0.6, 0.4, nil, nil])
    let amoebanet = TrainingPlan.amoebanetCIFAR
    #expect([amoebanet.epochs, amoebanet.batch, amoebanet.augmentation.cutout] == [600, 128, nil])
    #expect([amoebanet.learningRate, amoebanet.momentum, amoebanet.weightDecay] == [0.024, 0.9, 5e-4])
    #expect([amoebanet.dropPathKeep, amoebanet.auxiliaryWeight] == [0.7, 0.5])
    for plan in [nasnet, amoebanet] {
      #expect(plan.schedule == .cosine && !plan.nesterov && plan.rmsProp == nil && plan.warmUpEpochs == nil)
      #expect(plan.augmentation.flip && plan.averageDecay == nil && plan.trainingImages == nil)
    }
  }

  @Test func badNumbersAreRefused() throws {
    func error(_ change: (inout TrainingPlan) -> Void) -> String {
      var plan = TrainingPlan.quick
      change(&plan)
      do {
        try plan.validate()
        return ""
      } catch {
        return "\(error)"
      }
    }
    #expect(error { _ in } == "")
    #expect(error { $0.dropout = 1 } == "The recipe's dropout must be above 0 and below 1, but is 1.0.")
    #expect(error { $0.dropPathKeep = 0 }.contains("dropPathKeep"))
    #expect(error { $0.labelSmoothing = -0.1 }.contains("labelSmoothing"))
    #expect(error { $0.averageDecay = .nan }.contains("averageDecay"))
    #expect(
      error { $0.auxiliaryWeight = .infinity }
        == "The recipe's auxiliaryWeight must be a finite number above 0, but is inf.")
    #expect(error { $0.warmUpEpochs = 0 }.contains("warmUpEpochs"))
    #expect(error { $0.schedule = .step(.init(factor: 0, epochs: 1)) }.contains("decay factor"))
    #expect(error { $0.schedule = .exponential(.init(factor: 1, epochs: 0)) }.contains("decay epochs"))
    #expect(error { $0.rmsProp = RMSProp(decay: 1) }.contains("RMSProp decay"))
    #expect(error { $0.rmsProp = RMSProp(epsilon: 0) }.contains("RMSProp epsilon"))
  }

  /// Numbers as a damaged file may have them, whose products overflow; the largest that are let through do not.
  @Test func hugeCountsAreRefused() throws {
    let changes: [(name: String, limit: Int, change: (inout TrainingPlan, Int) -> Void)] = [
      ("epochs", 100_000, { $0.epochs = $1 }), ("batch", 100_000, { $0.batch = $1 }),
      ("validationImages", 1_000_000, { $0.validationImages = $1 }),
      ("trainingImages", 10_000_000, { $0.trainingImages = $1 }), ("padding", 1000, { $0.augmentation.padding = $1 }),
      ("cutout", 1000, { $0.augmentation.cutout = $1 }),
    ]
    for (name, limit, change) in changes {
      var plan = TrainingPlan(epochs: 1)
      change(&plan, limit)
      try plan.validate()
      for found in [limit + 1, .max] {
        change(&plan, found)
        let error = TrainingPlanError.tooLarge(name: name, limit: limit, found: found)
        #expect(throws: error) { try plan.validate() }
        #expect(error.description == "The recipe's \(name) must be at most \(limit), but is \(found).")
      }
    }
    var plan = TrainingPlan(epochs: 1)
    plan.augmentation.padding = -1
    #expect(throws: TrainingPlanError.outOfRange(name: "padding", range: "at least 0", found: -1)) {
      try plan.validate()
    }
    plan.augmentation = Augmentation()
    plan.augmentation.cutout = 0
    #expect(throws: TrainingPlanError.notPositive(name: "cutout", found: 0)) { try plan.validate() }
  }
}
