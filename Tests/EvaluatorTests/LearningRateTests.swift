import Foundation
import Testing

@testable import Evaluator

/// Learning rates against TensorFlow's own; the figures come from `Goldens/recipes.py`.
@Suite struct LearningRateTests {
  struct Golden: Decodable {
    let schedules: [Rates]
  }

  struct Rates: Decodable {
    let schedule: String
    let peak, factor, epochs, warmUp: Double
    let stepsPerEpoch, total: Int
    let rates: [Double]
  }

  static func golden() throws -> Golden {
    let place = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
      "Goldens/recipes.json")
    return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: place))
  }

  @Test func ratesAreTensorFlows() throws {
    for golden in try LearningRateTests.golden().schedules {
      let decay = TrainingPlan.Schedule.Decay(factor: golden.factor, epochs: golden.epochs)
      let schedules: [String: TrainingPlan.Schedule] = [
        "cosine": .cosine, "exponential": .exponential(decay), "step": .step(decay),
      ]
      var plan = TrainingPlan(epochs: golden.total, learningRate: golden.peak)
      plan.schedule = try #require(schedules[golden.schedule])
      plan.warmUpEpochs = golden.warmUp > 0 ? golden.warmUp : nil
      for (index, expected) in golden.rates.enumerated() {
        let found = plan.learningRate(at: 3 * index, stepsPerEpoch: golden.stepsPerEpoch)
        // TensorFlow computes in single precision.
        #expect(abs(found - expected) < 1e-6 * golden.peak, "\(golden.schedule), step \(3 * index)")
      }
    }
  }

  @Test func ratesByHand() {
    var plan = TrainingPlan(epochs: 4, learningRate: 0.8, schedule: .constant)
    func rate(_ step: Int) -> Double { plan.learningRate(at: step, stepsPerEpoch: 10) }
    #expect(rate(0) == 0.8 && rate(39) == 0.8)
    plan.warmUpEpochs = 2
    // 0.8 · 5 / 20.
    #expect(rate(0) == 0 && abs(rate(5) - 0.2) < 1e-15 && rate(20) == 0.8)
    plan.warmUpEpochs = nil
    plan.schedule = .step(.init(factor: 0.5, epochs: 1))
    #expect(rate(9) == 0.8 && rate(10) == 0.4 && rate(39) == 0.1)
    plan.schedule = .exponential(.init(factor: 0.25, epochs: 2))
    // 0.8 · 0.25^(10 / 20).
    #expect(rate(20) == 0.2 && abs(rate(10) - 0.4) < 1e-15)
    plan.schedule = .cosine
    // 0.8 · (1 + cos 60°) / 2 = 0.6 after a third of 40 steps: none falls there, so a third of 30.
    plan.epochs = 3
    #expect(rate(0) == 0.8 && abs(rate(10) - 0.6) < 1e-15 && abs(rate(15) - 0.4) < 1e-15)
  }

  /// 1.1 · 100 is 110.00000000000001 in double precision, 0.3 · 10 just 3; 2.4 · 391 is no whole number of steps.
  @Test func stairsComeInTime() {
    func rates(_ epochs: Double, _ stepsPerEpoch: Int, at steps: [Int]) -> [Double] {
      let plan = TrainingPlan(epochs: 9, learningRate: 0.8, schedule: .step(.init(factor: 0.5, epochs: epochs)))
      return steps.map { plan.learningRate(at: $0, stepsPerEpoch: stepsPerEpoch) }
    }
    #expect(1.1 * 100 > 110)
    #expect(rates(1.1, 100, at: [109, 110, 219, 220, 330]) == [0.8, 0.4, 0.4, 0.2, 0.1])
    #expect(rates(0.3, 10, at: [2, 3, 5, 6]) == [0.8, 0.4, 0.4, 0.2])
    #expect(rates(2.4, 391, at: [938, 939]) == [0.8, 0.4])
    // A stair shorter than any step is not rounded to nothing.
    #expect(rates(1e-12, 10, at: [0, 1]) == [0.8, 0])
  }

  @Test func schedulesKeepTheirOldForm() throws {
    let decay = TrainingPlan.Schedule.Decay(factor: 0.97, epochs: 2.4)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    for (schedule, text) in [
      (TrainingPlan.Schedule.cosine, #"["cosine"]"#), (.constant, #"["constant"]"#),
      (.step(decay), #"[{"step":{"epochs":2.4,"factor":0.97}}]"#),
      (.exponential(decay), #"[{"exponential":{"epochs":2.4,"factor":0.97}}]"#),
    ] {
      #expect(String(decoding: try encoder.encode([schedule]), as: UTF8.self) == text)
      #expect(try JSONDecoder().decode([TrainingPlan.Schedule].self, from: Data(text.utf8)) == [schedule])
    }
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode([TrainingPlan.Schedule].self, from: Data(#"["sine"]"#.utf8))
    }
  }
}
