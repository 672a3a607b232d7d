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

  /// Values between -1 and 1, in steps of 1/8 when `coarse` so that equal values occur.
  convenience init(_ count: Int, random stream: inout RandomStream, coarse: Bool = false) {
    self.init(count)
    for i in 0..<count {
      let value = Float(stream.uniform()) * 2 - 1
      pointer[i] = coarse ? (value * 8).rounded() / 8 : value
    }
  }

  convenience init(copying other: FloatBuffer) {
    self.init(other.count)
    pointer.update(from: other.pointer, count: count)
  }

  deinit { UnsafeMutableRawPointer(pointer).deallocate() }

  var values: [Float] { Array(UnsafeBufferPointer(start: pointer, count: count)) }
  var guardIsIntact: Bool { (count..<count + Self.guardCount).allSatisfy { pointer[$0] == Self.guardValue } }
}

/// The vector tables that this processor can run.
func vectorTables() -> [nas_kernels] {
  [NAS_ISA_BASELINE, NAS_ISA_AVX2, NAS_ISA_AVX512, NAS_ISA_NEON].compactMap { nas_kernels_for($0)?.pointee }
}

func referenceTable() throws -> nas_kernels {
  try #require(nas_kernels_for(NAS_ISA_REFERENCE)).pointee
}

/// The largest difference relative to the largest expected magnitude; infinite where either is not a number.
func relativeError(_ found: [Float], _ expected: [Float]) -> Double {
  guard found.count == expected.count else { return .infinity }
  var largest = 0.0
  var difference = 0.0
  for (a, b) in zip(found, expected) {
    guard a.isFinite && b.isFinite else { return .infinity }
    largest = max(largest, abs(Double(b)))
    difference = max(difference, abs(Double(a) - Double(b)))
  }
  return difference == 0 ? 0 : difference / max(largest, 1e-3)
}

/// How an operand, a gradient and a result are presented to a kernel.
struct Presentation: Sendable {
  var scaled = false
  var relu = false
  var behindNorm = false
  var accumulate = false
  var slack = 0
  var coarse = false

  static let all: [Presentation] = [
    Presentation(),
    Presentation(relu: true, slack: 3),
    Presentation(scaled: true, relu: true, behindNorm: true),
    Presentation(scaled: true, behindNorm: true, accumulate: true, slack: 5),
    Presentation(relu: true, accumulate: true, coarse: true),
  ]
}

/// The geometry and the number of images of one test.
struct WindowCase: Sendable, CustomStringConvertible {
  var window: nas_window
  var images = 2

  /// `pad` nil is the padding that keeps the size at stride 1.
  init(
    _ size: (Int, Int), channels: Int, outputs: Int? = nil, kernel: (Int, Int), stride: Int = 1, dilation: Int = 1,
    pad: Int? = nil, groups: Int = 1, outSize: (Int, Int)? = nil
  ) {
    let padding = (
      pad ?? (kernel.0 - 1) * dilation / 2, pad ?? (kernel.1 - 1) * dilation / 2
    )
    let height = outSize?.0 ?? (size.0 + 2 * padding.0 - (kernel.0 - 1) * dilation - 1) / stride + 1
    let width = outSize?.1 ?? (size.1 + 2 * padding.1 - (kernel.1 - 1) * dilation - 1) / stride + 1
    window = nas_window(
      height: size.0, width: size.1, channels: channels, out_height: height, out_width: width,
      out_channels: outputs ?? channels, kernel_h: kernel.0, kernel_w: kernel.1, stride_h: stride, stride_w: stride,
      dilation_h: dilation, dilation_w: dilation, pad_top: padding.0, pad_left: padding.1, groups: groups)
  }

  var inputPixels: Int { images * window.height * window.width }
  var outputPixels: Int { images * window.out_height * window.out_width }
  var weightCount: Int { window.kernel_h * window.kernel_w * (window.channels / window.groups) * window.out_channels }
  var description: String {
    let w = window
    return "\(w.height)x\(w.width)x\(w.channels) -> \(w.out_height)x\(w.out_width)x\(w.out_channels), "
      + "kernel \(w.kernel_h)x\(w.kernel_w), stride \(w.stride_h), dilation \(w.dilation_h), "
      + "pad \(w.pad_top),\(w.pad_left), groups \(w.groups)"
  }
}

/// Everything that one case reads: the same for every table.
final class WindowOperands {
  let layout: WindowCase
  let presentation: Presentation
  let x, weights, scale, shift, gradient, z, a, b, c: FloatBuffer
  private let y, dx: FloatBuffer

  init(_ layout: WindowCase, _ presentation: Presentation, seed: UInt64 = 7) {
    var stream = RandomStream(seed: seed)
    let w = layout.window
    let (inWidth, outWidth) = (w.channels + presentation.slack, w.out_channels + presentation.slack)
    self.layout = layout
    self.presentation = presentation
    x = FloatBuffer(layout.inputPixels * inWidth, random: &stream, coarse: presentation.coarse)
    weights = FloatBuffer(layout.weightCount, random: &stream)
    scale = FloatBuffer(w.channels, random: &stream)
    shift = FloatBuffer(w.channels, random: &stream)
    gradient = FloatBuffer(layout.outputPixels * outWidth, random: &stream)
    z = FloatBuffer(layout.outputPixels * outWidth, random: &stream)
    a = FloatBuffer(w.out_channels, random: &stream)
    b = FloatBuffer(w.out_channels, random: &stream)
    c = FloatBuffer(w.out_channels, random: &stream)
    y = FloatBuffer(layout.outputPixels * outWidth, random: &stream)
    dx = FloatBuffer(layout.inputPixels * inWidth, random: &stream)
  }

  var source: nas_source {
    let scaled = presentation.scaled
    return nas_source(
      data: x.pointer, stride: layout.window.channels + presentation.slack, scale: scaled ? scale.pointer : nil,
      shift: scaled ? shift.pointer : nil, relu: presentation.relu ? 1 : 0)
  }
  var outputGradient: nas_gradient {
    let norm = presentation.behindNorm
    let stride = layout.window.out_channels + presentation.slack
    return nas_gradient(
      data: gradient.pointer, stride: stride, z: norm ? z.pointer : nil, z_stride: stride, a: norm ? a.pointer : nil,
      b: norm ? b.pointer : nil, c: norm ? c.pointer : nil)
  }

  /// Results to write into, filled with the same values for every table, so that what must not be touched shows.
  func outputs() -> WindowOutputs {
    WindowOutputs(
      y: FloatBuffer(copying: y), dx: FloatBuffer(copying: dx), dw: FloatBuffer(layout.weightCount, repeating: 0.5),
      sum: FloatBuffer(layout.window.out_channels, repeating: 1),
      squares: FloatBuffer(layout.window.out_channels, repeating: 2))
  }
  func ySink(_ outputs: WindowOutputs) -> nas_sink {
    nas_sink(
      data: outputs.y.pointer, stride: layout.window.out_channels + presentation.slack,
      accumulate: presentation.accumulate ? 1 : 0)
  }
  func dxSink(_ outputs: WindowOutputs) -> nas_sink {
    nas_sink(
      data: outputs.dx.pointer, stride: layout.window.channels + presentation.slack,
      accumulate: presentation.accumulate ? 1 : 0)
  }
}

/// What the kernels of a window write.
struct WindowOutputs {
  let y, dx, dw, sum, squares: FloatBuffer

  /// The results by name whose relative error is above `tolerance`.
  func differences(from expected: WindowOutputs, tolerance: Double) -> [String] {
    let pairs: [(String, FloatBuffer, FloatBuffer)] = [
      ("y", y, expected.y), ("dx", dx, expected.dx), ("dw", dw, expected.dw), ("sum", sum, expected.sum),
      ("sum of squares", squares, expected.squares),
    ]
    return pairs.compactMap { name, found, wanted in
      let error = relativeError(found.values, wanted.values)
      if !found.guardIsIntact { return "\(name) was written behind its end" }
      return error > tolerance ? "\(name) is off by \(error)" : nil
    }
  }
}

/// Scratch memory of exactly the size a kernel asked for, full of NaN so that reading before writing shows.
func scratch(_ floats: Int) -> FloatBuffer { FloatBuffer(floats, repeating: .nan) }
