/// A 64-bit hash that is the same in every process and on every machine (FNV-1a; Fowler, Noll and Vo).
///
/// `Hasher` is seeded per process, so nothing that is recorded may use it.
public struct StableHash: Sendable {
  /// The hash of everything combined so far.
  public private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

  /// The hash of nothing.
  public init() {}

  /// Adds one byte.
  public mutating func combine(_ byte: UInt8) {
    value = (value ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
  }

  /// Adds eight bytes, least significant first.
  public mutating func combine(_ word: UInt64) {
    for shift in stride(from: 0, to: 64, by: 8) { combine(UInt8(truncatingIfNeeded: word >> UInt64(shift))) }
  }

  /// Adds the UTF-8 bytes of a text and its length, so that "ab"+"c" and "a"+"bc" differ.
  public mutating func combine(_ text: String) {
    for byte in text.utf8 { combine(byte) }
    combine(UInt64(text.utf8.count))
  }

  /// The hash as 16 lowercase hexadecimal digits.
  public var hexadecimal: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
