/// The MD5 message digest (Rivest, RFC 1321), fed piece by piece. It guards against damage, not against intent: the
/// authors of CIFAR-10 publish their archive's MD5.
public struct MD5: Sendable {
  private var state: (UInt32, UInt32, UInt32, UInt32) = (0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476)
  private var length: UInt64 = 0
  private var pending: [UInt8] = []

  /// The digest of nothing yet.
  public init() {}

  /// Adds bytes.
  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    length &+= UInt64(bytes.count)
    var start = 0
    if !pending.isEmpty {
      start = min(64 - pending.count, bytes.count)
      pending.append(contentsOf: bytes[..<start])
      guard pending.count == 64 else { return }
      pending.withUnsafeBytes { process($0) }
      pending.removeAll(keepingCapacity: true)
    }
    let whole = (bytes.count - start) / 64 * 64
    if whole > 0 { process(UnsafeRawBufferPointer(rebasing: bytes[start..<start + whole])) }
    pending.append(contentsOf: bytes[(start + whole)...])
  }

  /// Adds bytes.
  public mutating func update(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { update($0) }
  }

  /// The digest of everything added, 32 lowercase hexadecimal digits.
  public var hexadecimal: String {
    var last = self
    last.update([0x80] + [UInt8](repeating: 0, count: (119 - pending.count) % 64))
    last.update((0..<8).map { UInt8(truncatingIfNeeded: (length &* 8) >> UInt64(8 * $0)) })
    let words = [last.state.0, last.state.1, last.state.2, last.state.3]
    let digits = Array("0123456789abcdef")
    return String(
      words.flatMap { word in
        (0..<4).flatMap { byte in
          let value = Int(word >> UInt32(8 * byte) & 0xFF)
          return [digits[value >> 4], digits[value & 15]]
        }
      })
  }

  /// RFC 1321, section 3.4: four rounds of sixteen steps over each block of 64 bytes.
  private mutating func process(_ blocks: UnsafeRawBufferPointer) {
    var total = state
    MD5.sines.withUnsafeBufferPointer { sines in
      for start in stride(from: 0, to: blocks.count, by: 64) {
        var (a, b, c, d) = total
        func step(_ mixed: UInt32, _ word: Int, _ index: Int, _ shift: UInt32) {
          let value = UInt32(littleEndian: blocks.loadUnaligned(fromByteOffset: start + 4 * word, as: UInt32.self))
          let sum = a &+ mixed &+ value &+ sines[index]
          (a, d, c, b) = (d, c, b, b &+ (sum << shift | sum >> (32 &- shift)))
        }
        for index in stride(from: 0, to: 16, by: 4) {
          step((b & c) | (~b & d), index, index, 7)
          step((b & c) | (~b & d), index + 1, index + 1, 12)
          step((b & c) | (~b & d), index + 2, index + 2, 17)
          step((b & c) | (~b & d), index + 3, index + 3, 22)
        }
        for index in stride(from: 16, to: 32, by: 4) {
          step((b & d) | (c & ~d), (5 * index + 1) & 15, index, 5)
          step((b & d) | (c & ~d), (5 * index + 6) & 15, index + 1, 9)
          step((b & d) | (c & ~d), (5 * index + 11) & 15, index + 2, 14)
          step((b & d) | (c & ~d), (5 * index + 16) & 15, index + 3, 20)
        }
        for index in stride(from: 32, to: 48, by: 4) {
          step(b ^ c ^ d, (3 * index + 5) & 15, index, 4)
          step(b ^ c ^ d, (3 * index + 8) & 15, index + 1, 11)
          step(b ^ c ^ d, (3 * index + 11) & 15, index + 2, 16)
          step(b ^ c ^ d, (3 * index + 14) & 15, index + 3, 23)
        }
        for index in stride(from: 48, to: 64, by: 4) {
          step(c ^ (b | ~d), (7 * index) & 15, index, 6)
          step(c ^ (b | ~d), (7 * index + 7) & 15, index + 1, 10)
          step(c ^ (b | ~d), (7 * index + 14) & 15, index + 2, 15)
          step(c ^ (b | ~d), (7 * index + 21) & 15, index + 3, 21)
        }
        total = (total.0 &+ a, total.1 &+ b, total.2 &+ c, total.3 &+ d)
      }
    }
    state = total
  }
}

extension MD5 {
  /// ⌊2³² · |sin i|⌋ for i = 1...64 (RFC 1321, section 3.4).
  private static let sines: [UInt32] = [
    0xD76A_A478, 0xE8C7_B756, 0x2420_70DB, 0xC1BD_CEEE, 0xF57C_0FAF, 0x4787_C62A, 0xA830_4613, 0xFD46_9501,
    0x6980_98D8, 0x8B44_F7AF, 0xFFFF_5BB1, 0x895C_D7BE, 0x6B90_1122, 0xFD98_7193, 0xA679_438E, 0x49B4_0821,
    0xF61E_2562, 0xC040_B340, 0x265E_5A51, 0xE9B6_C7AA, 0xD62F_105D, 0x0244_1453, 0xD8A1_E681, 0xE7D3_FBC8,
    0x21E1_CDE6, 0xC337_07D6, 0xF4D5_0D87, 0x455A_14ED, 0xA9E3_E905, 0xFCEF_A3F8, 0x676F_02D9, 0x8D2A_4C8A,
    0xFFFA_3942, 0x8771_F681, 0x6D9D_6122, 0xFDE5_380C, 0xA4BE_EA44, 0x4BDE_CFA9, 0xF6BB_4B60, 0xBEBF_BC70,
    0x289B_7EC6, 0xEAA1_27FA, 0xD4EF_3085, 0x0488_1D05, 0xD9D4_D039, 0xE6DB_99E5, 0x1FA2_7CF8, 0xC4AC_5665,
    0xF429_2244, 0x432A_FF97, 0xAB94_23A7, 0xFC93_A039, 0x655B_59C3, 0x8F0C_CC92, 0xFFEF_F47D, 0x8584_5DD1,
    0x6FA8_7E4F, 0xFE2C_E6E0, 0xA301_4314, 0x4E08_11A1, 0xF753_7E82, 0xBD3A_F235, 0x2AD7_D2BB, 0xEB86_D391,
  ]
}
