#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

extension TrainingPlan {
  /// How the learning rate changes from step to step; it begins at the recipe's peak.
  public enum Schedule: Hashable, Sendable {
    /// A factor that the rate is multiplied by once in so many epochs.
    public struct Decay: Hashable, Sendable, Codable {
      /// The factor.
      public var factor: Double
      /// The epochs.
      public var epochs: Double

      /// Creates a decay.
      public init(factor: Double, epochs: Double) {
        self.factor = factor
        self.epochs = epochs
      }
    }

    /// The peak, always.
    case constant
    /// From the peak to zero along half a cosine, step by step (Loshchilov and Hutter, ICLR 2017, without restarts).
    case cosine
    /// peak · factor^(e / epochs) after e epochs, step by step (TensorFlow, `exponential_decay`).
    case exponential(Decay)
    /// peak · factor^⌊e / epochs⌋: the same in stairs (TensorFlow, `exponential_decay` with `staircase`).
    case step(Decay)

    /// The learning rate of step `step` of a training that begins with `peak`.
    func rate(peak: Double, at step: Int, stepsPerEpoch: Int, epochs: Int) -> Double {
      switch self {
      case .constant: return peak
      case .cosine: return peak * (1 + cos(Double.pi * (Double(step) / Double(epochs * stepsPerEpoch)))) / 2
      case .exponential(let decay):
        return peak * pow(decay.factor, Double(step) / (decay.epochs * Double(stepsPerEpoch)))
      case .step(let decay):
        let stair = Schedule.wholeSteps(decay.epochs * Double(stepsPerEpoch))
        return peak * pow(decay.factor, (Double(step) / stair).rounded(.down))
      }
    }

    /// A number of steps without what rounding has added to a whole one: 1.1 epochs of 100 steps are
    /// 110.00000000000001, and the stair would come a step late.
    private static func wholeSteps(_ steps: Double) -> Double {
      let nearest = steps.rounded()
      return nearest >= 1 && abs(steps - nearest) < 1e-9 ? nearest : steps
    }

    func validate() throws {
      switch self {
      case .constant, .cosine: return
      case .exponential(let decay), .step(let decay):
        guard decay.factor > 0, decay.factor <= 1 else {
          throw TrainingPlanError.outOfRange(name: "decay factor", range: "above 0 and at most 1", found: decay.factor)
        }
        guard decay.epochs > 0, decay.epochs.isFinite else {
          throw TrainingPlanError.outOfRange(
            name: "decay epochs", range: "a finite number above 0", found: decay.epochs)
        }
      }
    }
  }
}

extension TrainingPlan {
  /// The learning rate of step `step`, counted from 0 through all epochs. While the training warms up, it is peak · t / W at
  /// step t of W; the schedule goes on meanwhile (TPU `model_builder.py`, `build_learning_rate`).
  func learningRate(at step: Int, stepsPerEpoch: Int) -> Double {
    let steps = Double(stepsPerEpoch)
    if let warmUpEpochs, Double(step) < warmUpEpochs * steps {
      return learningRate * Double(step) / (warmUpEpochs * steps)
    }
    return schedule.rate(peak: learningRate, at: step, stepsPerEpoch: stepsPerEpoch, epochs: epochs)
  }
}

// The cosine is written as a word, so that what was written before there were others stays the same.
extension TrainingPlan.Schedule: Codable {
  private enum CodingKeys: String, CodingKey {
    case exponential, step
  }

  /// Decodes a word or an object with one key.
  public init(from decoder: any Decoder) throws {
    if let word = try? decoder.singleValueContainer().decode(String.self) {
      switch word {
      case "constant": self = .constant
      case "cosine": self = .cosine
      default:
        throw DecodingError.dataCorrupted(
          .init(codingPath: decoder.codingPath, debugDescription: "there is no schedule '\(word)'"))
      }
      return
    }
    let container = try decoder.container(keyedBy: CodingKeys.self)
    if let decay = try container.decodeIfPresent(Decay.self, forKey: .exponential) {
      self = .exponential(decay)
    } else {
      self = .step(try container.decode(Decay.self, forKey: .step))
    }
  }

  /// Encodes a word, or an object with one key where there are numbers.
  public func encode(to encoder: any Encoder) throws {
    switch self {
    case .constant, .cosine:
      var container = encoder.singleValueContainer()
      try container.encode(self == .cosine ? "cosine" : "constant")
    case .exponential(let decay):
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(decay, forKey: .exponential)
    case .step(let decay):
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(decay, forKey: .step)
    }
  }
}
