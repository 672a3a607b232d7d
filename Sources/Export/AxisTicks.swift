import Foundation

/// Round numbers along an axis: 1, 2 or 5 times a power of ten apart (Heckbert, "Nice numbers for graph labels",
/// Graphics Gems, 1990), labelled exactly.
struct AxisTicks: Hashable {
  /// One tick.
  struct Tick: Hashable {
    let value: Double
    let label: String
  }

  /// From the first tick, at or below the data, to the last, at or above.
  let ticks: [Tick]
  /// The value of the first tick.
  var lower: Double { ticks.first?.value ?? 0 }
  /// The value of the last tick.
  var upper: Double { ticks.last?.value ?? 1 }

  /// Ticks that cover low...high in about `count` steps; `isWhole` keeps them on whole numbers.
  init(low: Double, high: Double, count: Int, isWhole: Bool = false) {
    let span = high > low ? high - low : max(abs(low), 1) * 0.1
    let raw = span / Double(max(count, 1))
    var exponent = Int(log10(raw).rounded(.down))
    let fraction = raw / pow(10, Double(exponent))
    var factor = fraction <= 1.001 ? 1 : fraction <= 2.001 ? 2 : fraction <= 5.001 ? 5 : 10
    if factor == 10 { (factor, exponent) = (1, exponent + 1) }
    if isWhole && exponent < 0 { (factor, exponent) = (1, 0) }
    let step = Double(factor) * pow(10, Double(exponent))
    // A little slack, so that 0.3 / 0.1 does not begin a step of its own.
    let first = Int((low / step + 1e-9).rounded(.down))
    let last = max(Int((high / step - 1e-9).rounded(.up)), first + 1)
    ticks = (first...last).map { index in
      Tick(value: Double(index) * step, label: AxisTicks.decimal(index * factor, exponent: exponent))
    }
  }

  /// mantissa · 10^exponent in plain decimals.
  private static func decimal(_ mantissa: Int, exponent: Int) -> String {
    if exponent >= 0 { return mantissa == 0 ? "0" : "\(mantissa)" + String(repeating: "0", count: exponent) }
    let digits = String(mantissa.magnitude)
    let padded = String(repeating: "0", count: max(0, 1 - exponent - digits.count)) + digits
    return (mantissa < 0 ? "-" : "") + padded.dropLast(-exponent) + "." + padded.suffix(-exponent)
  }
}
