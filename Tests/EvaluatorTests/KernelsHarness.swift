import CKernels
import SearchSpace
import Testing

/// Floats in memory that kernels read and write, aligned to a cache line, with a guard behind them.
final class FloatBuffer {
  static let guardCount = 64
  static let guardValue: Float = 12345.5
  let pointer: UnsafeMutablePointer<Float>
  let count: Int

  init(_ count: Int, repeating value: Float = 0) {
    self.count = count
    let bytes = (count + Self.guardCount) * MemoryLayout<Float>.stride
    let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
    pointer = memory.bindMemory(to: Float.self, capacity: count + Self.guardCount)
    pointer.initialize(repeating: value, count: count)
    (pointer + count).initialize(repeating: Self.guardValue, count: Self.guardCount)
  }

  convenience init(_ values: [Float]) {
    self.init(values.count)
    for (i, value) in values.enumerated() { pointer[i] = value }
  }

  deinit { UnsafeMutableRawPointer(pointer).deallocate() }

  var values: [Float] { Array(UnsafeBufferPointer(start: pointer, count: count)) }
  var guardIsIntact: Bool { (count..<count + Self.guardCount).allSatisfy { pointer[$0] == Self.guardValue } }
}

extension RandomStream {
  /// Values between -1 and 1, in steps of 1/8 when `coarse` so that equal values occur.
  mutating func floats(_ count: Int, coarse: Bool = false) -> [Float] {
    (0..<count).map { _ in
      let value = Float(uniform()) * 2 - 1
      return coarse ? (value * 8).rounded() / 8 : value
    }
  }

  mutating func element<Element>(of choices: [Element]) -> Element { choices[integer(below: choices.count)] }
}

/// The vector tables that this processor can run.
func vectorTables() -> [nas_kernels] {
  [NAS_ISA_BASELINE, NAS_ISA_AVX2, NAS_ISA_AVX512, NAS_ISA_NEON].flatMap { set in
    [nas_kernels_for(set), nas_narrow_kernels_for(set)].compactMap { $0?.pointee }
  }
}

func referenceTable() throws -> nas_kernels {
  try #require(nas_kernels_for(NAS_ISA_REFERENCE)).pointee
}

/// The kernel, which every table must have.
func present<Kernel>(_ kernel: Kernel?) throws -> Kernel {
  try #require(kernel, "the table lacks a kernel")
}

/// The largest difference relative to the largest expected magnitude, or to `magnitude` where that is larger: sums of
/// values that cancel each other are as exact as these. Infinite where either is not a number.
func relativeError(_ found: [Float], _ expected: [Float], magnitude: Double = 0) -> Double {
  guard found.count == expected.count else { return .infinity }
  var largest = magnitude
  var difference = 0.0
  for i in found.indices {
    let (a, b) = (found[i], expected[i])
    guard a.isFinite && b.isFinite else { return .infinity }
    largest = max(largest, abs(Double(b)))
    difference = max(difference, abs(Double(a) - Double(b)))
  }
  return difference == 0 ? 0 : difference / max(largest, 1e-3)
}
