/// How a training stores the values between its steps, and their gradients. Weights, their gradients, statistics and all
/// arithmetic are in single precision either way, and so is measuring the accuracy.
public enum Precision: String, Codable, CaseIterable, Hashable, Sendable {
  /// As they were computed: IEEE 754 binary32.
  case float32
  /// The upper half of a binary32, rounded to nearest, ties to even: 8 bits of exponent, 8 of significand (Kalamkar et
  /// al., "A Study of BFLOAT16 for Deep Learning Training", 2019).
  case bf16
}
