/// A reproducible stream of random numbers that can be split by purpose.
///
/// The generator is xoshiro256** (Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2021),
/// seeded through SplitMix64 (Steele, Lea and Flood, OOPSLA 2014). A stream has a key; `split` derives a new key from
/// the parent's key, a purpose and an index, and does not depend on how many numbers were drawn. The numbers are the
/// same on every platform and in every version of the toolkit: recorded runs depend on it.
public struct RandomStream: Sendable, Hashable {
  /// The key that every number of this stream and every child stream follows from.
  public let key: UInt64
  private var state: (UInt64, UInt64, UInt64, UInt64)

  /// Creates the stream of a seed.
  public init(seed: UInt64) {
    self.init(key: RandomStream.mix(seed &+ 0x9E37_79B9_7F4A_7C15))
  }

  private init(key: UInt64) {
    self.key = key
    var counter = key
    func next() -> UInt64 {
      counter &+= 0x9E37_79B9_7F4A_7C15
      return RandomStream.mix(counter)
    }
    state = (next(), next(), next(), next())
  }

  /// Starts at a state of the generator, as its reference values are given.
  init(key: UInt64, state: (UInt64, UInt64, UInt64, UInt64)) {
    self.key = key
    self.state = state
  }

  /// The independent stream for `purpose` and `index`, whatever has been drawn from this one.
  public func split(_ purpose: StaticString, _ index: Int = 0) -> RandomStream {
    var hash = StableHash()
    hash.combine(key)
    hash.combine(purpose.description)
    hash.combine(UInt64(bitPattern: Int64(index)))
    return RandomStream(key: RandomStream.mix(hash.value))
  }

  /// The next 64 random bits.
  public mutating func next() -> UInt64 {
    let result = rotate(state.1 &* 5, 7) &* 9
    let shifted = state.1 << 17
    state.2 ^= state.0
    state.3 ^= state.1
    state.1 ^= state.2
    state.0 ^= state.3
    state.2 ^= shifted
    state.3 = rotate(state.3, 45)
    return result
  }

  /// A number uniform in [0, 1) with 53 random bits.
  public mutating func uniform() -> Double {
    Double(next() >> 11) * 0x1p-53
  }

  /// An integer uniform in 0..<bound, without modulo bias (Lemire, "Fast random integer generation in an interval",
  /// 2019). `bound` must be positive.
  public mutating func integer(below bound: Int) -> Int {
    precondition(bound > 0, "integer(below:) needs a positive bound")
    let range = UInt64(bound)
    let threshold = (0 &- range) % range
    while true {
      let product = next().multipliedFullWidth(by: range)
      if product.low >= threshold { return Int(product.high) }
    }
  }

  /// An index drawn with probability proportional to its weight; weights are non-negative, at least one is positive.
  public mutating func index(weights: [Double]) -> Int {
    var remaining = uniform() * weights.reduce(0, +)
    for (index, weight) in weights.enumerated() where weight > 0 {
      if remaining < weight { return index }
      remaining -= weight
    }
    return weights.lastIndex { $0 > 0 } ?? 0
  }

  /// A random permutation of 0..<count (Fisher-Yates).
  public mutating func permutation(_ count: Int) -> [Int] {
    var order = Array(0..<count)
    shuffle(&order)
    return order
  }

  /// Shuffles in place (Fisher-Yates).
  public mutating func shuffle<Element>(_ elements: inout [Element]) {
    guard elements.count > 1 else { return }
    for last in stride(from: elements.count - 1, to: 0, by: -1) {
      elements.swapAt(last, integer(below: last + 1))
    }
  }

  /// Streams are equal when they produce the same numbers from here on.
  public static func == (left: RandomStream, right: RandomStream) -> Bool {
    left.key == right.key && left.state == right.state
  }

  /// Hashes the key; equal streams have equal keys.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(key)
  }

  private func rotate(_ value: UInt64, _ count: UInt64) -> UInt64 {
    (value << count) | (value >> (64 - count))
  }

  /// The SplitMix64 finalizer.
  private static func mix(_ value: UInt64) -> UInt64 {
    var mixed = value
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
