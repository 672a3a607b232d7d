import CKernels
import SearchSpace
import Testing

/// The families of kernels that work on windows.
enum WindowFamily: Sendable {
  case convolution
  /// A depthwise convolution and a pointwise one.
  case separable
  /// A separable convolution without its pointwise half.
  case depthwise
  case pool(nas_pool)

  /// Whether the result has the operand's channels.
  var keepsChannels: Bool {
    switch self {
    case .convolution, .separable: false
    case .depthwise, .pool: true
    }
  }
  var hasGroups: Bool {
    switch self {
    case .convolution: true
    case .separable, .depthwise, .pool: false
    }
  }

  /// What tables of this processor do differently from the reference, over every presentation of the operands. The first
  /// image is not part of the run, and its operands are not numbers.
  func disagreements(_ layout: WindowCase, tables: [nas_kernels]? = nil) throws -> [String] {
    var found: [String] = []
    let fine = WindowOperands(self, layout, Presentation(), skippedImages: 1)
    let coarse = WindowOperands(self, layout, Presentation(coarse: true), skippedImages: 1)
    for presentation in Presentation.all {
      var operands = presentation.coarse ? coarse : fine
      operands.presentation = presentation
      let expected = try operands.run(try referenceTable(), ranges: [1..<layout.images])
      found += expected.faults.map { "reference: \($0) (\(presentation))" }
      for table in tables ?? vectorTables() {
        let results = try operands.run(table, ranges: [1..<layout.images])
        found += results.differences(from: expected, tolerance: 1e-5).map { "\(table.isa): \($0) (\(presentation))" }
      }
    }
    return found
  }
}

/// Everything that one case reads, channel by channel: the same for every table.
struct WindowOperands {
  let family: WindowFamily
  let layout: WindowCase
  var presentation: Presentation
  let skippedImages: Int
  var x, gradient, z, y, dx: [Float]  // [images][pixels][channels]
  /// What the backward pass reads as kept, which the forward pass has not written, so that it shows who reads it.
  var kept: [Float]
  let weights, pointwise: [Float]  // [taps][inputs / groups][outputs], or [taps][channels] and [inputs][outputs]
  let scale, shift, a, b, c, bias: [Float]

  init(
    _ family: WindowFamily, _ layout: WindowCase, _ presentation: Presentation, skippedImages: Int = 0, seed: UInt64 = 7
  ) {
    var stream = RandomStream(seed: seed)
    let (inputs, results) = (layout.channels, layout.resultChannels)
    let (inCount, outCount) = (
      layout.images * layout.inputPixels * inputs, layout.images * layout.outputPixels * results
    )
    self.family = family
    self.layout = layout
    self.presentation = presentation
    self.skippedImages = skippedImages
    x = stream.floats(inCount, coarse: presentation.coarse)
    gradient = stream.floats(outCount)
    z = stream.floats(outCount)
    y = stream.floats(outCount)
    dx = stream.floats(inCount)
    kept = stream.floats(layout.images * layout.outputPixels * inputs)
    let isDense = if case .convolution = family { true } else { false }
    let outputs = layout.outputs ?? layout.channels
    weights = stream.floats(layout.taps * inputs * (isDense ? outputs : layout.groups) / layout.groups)
    pointwise = stream.floats(inputs * outputs)
    (scale, shift) = (stream.floats(inputs), stream.floats(inputs))
    (a, b, c) = (stream.floats(results), stream.floats(results), stream.floats(results))
    bias = (0..<layout.offset).map { _ in 0 } + stream.floats(outputs)
    for i in 0..<skippedImages * layout.inputPixels * inputs { x[i] = .nan }
    for i in 0..<skippedImages * layout.outputPixels * results { (gradient[i], z[i]) = (.nan, .nan) }
    for i in 0..<skippedImages * layout.outputPixels * inputs { kept[i] = .nan }
  }

  /// Runs forward and backward over the images in the ranges given, and returns what was written.
  func run(_ table: nas_kernels, ranges: [Range<Int>]) throws -> WindowResults {
    let memory = WindowMemory(self, lanes: table.lanes, valueBytes: table.value_bytes)
    let scratch = FloatBuffer(try memory.scratchSize(table), repeating: .nan)
    for range in ranges {
      try memory.forward(table, range, scratch)
      try memory.backward(table, range, scratch)
    }
    var results = memory.results()
    if !scratch.guardIsIntact { results.faults.append("scratch was written behind its end") }
    return results
  }
}

/// What the kernels of a window wrote, channel by channel, and what they wrote where nothing may be.
struct WindowResults {
  var y, kept, dx, dw, dpointwise, sum, squares, dxSum, dxProducts: [Float]
  var faults: [String]

  /// The faults, and the results by name whose relative error is above `tolerance`.
  func differences(from expected: WindowResults, tolerance: Double) -> [String] {
    let (ySize, dxSize) = (Self.channelSize(expected.y, expected.sum), Self.channelSize(expected.dx, expected.dxSum))
    let pairs: [(String, KeyPath<WindowResults, [Float]>, Double)] = [
      ("y", \.y, 0), ("what is kept", \.kept, 0), ("dx", \.dx, 0), ("dw", \.dw, 0),
      ("dpointwise", \.dpointwise, 0), ("sum", \.sum, ySize), ("sum of squares", \.squares, 0),
      ("sum of dx", \.dxSum, dxSize), ("sum of dx * x", \.dxProducts, dxSize),
    ]
    return faults
      + pairs.compactMap { name, path, magnitude in
        let error = relativeError(self[keyPath: path], expected[keyPath: path], magnitude: magnitude)
        return error > tolerance ? "\(name) is off by \(error)" : nil
      }
  }

  /// The sum of the magnitudes that a channel's sum is made of, in the mean.
  private static func channelSize(_ values: [Float], _ sums: [Float]) -> Double {
    values.reduce(0) { $0 + Double(abs($1)) } / Double(sums.count)
  }
}
