import CKernels
import Testing

/// The kernel, which every table must have.
func present<Kernel>(_ kernel: Kernel?) throws -> Kernel {
  try #require(kernel, "the table lacks a kernel")
}

/// The three families of kernels that work on windows.
enum WindowFamily: Sendable {
  case convolution
  case depthwise
  case pool(nas_pool)

  /// Runs forward and backward over the images in the ranges given, and returns what was written.
  func run(_ table: nas_kernels, _ operands: WindowOperands, ranges: [Range<Int>]) throws -> WindowOutputs {
    let outputs = operands.outputs()
    var window = operands.layout.window
    let memory = scratch(try scratchSize(table, &window))
    for range in ranges {
      try forward(table, operands, outputs, range, memory)
      try backward(table, operands, outputs, range, memory)
    }
    try #require(memory.guardIsIntact, "scratch was written behind its end")
    return outputs
  }

  private func scratchSize(_ table: nas_kernels, _ window: inout nas_window) throws -> Int {
    switch self {
    case .convolution: try present(table.convolution_scratch)(&window)
    case .depthwise: try present(table.depthwise_scratch)(&window)
    case .pool: try present(table.pool_scratch)(&window)
    }
  }

  private func forward(
    _ table: nas_kernels, _ operands: WindowOperands, _ outputs: WindowOutputs, _ range: Range<Int>,
    _ memory: FloatBuffer
  ) throws {
    var window = operands.layout.window
    let (x, y) = (operands.source, operands.ySink(outputs))
    let (sum, squares, weights) = (outputs.sum.pointer, outputs.squares.pointer, operands.weights.pointer)
    let (first, last, free) = (range.lowerBound, range.upperBound, memory.pointer)
    switch self {
    case .convolution:
      try present(table.convolution_forward)(&window, x, weights, y, first, last, sum, squares, free)
    case .depthwise:
      try present(table.depthwise_forward)(&window, x, weights, y, first, last, sum, squares, free)
    case .pool(let kind):
      try present(table.pool_forward)(kind, &window, x, y, first, last, sum, squares, free)
    }
  }

  private func backward(
    _ table: nas_kernels, _ operands: WindowOperands, _ outputs: WindowOutputs, _ range: Range<Int>,
    _ memory: FloatBuffer
  ) throws {
    var window = operands.layout.window
    let (x, dy, dx) = (operands.source, operands.outputGradient, operands.dxSink(outputs))
    let (dw, weights) = (outputs.dw.pointer, operands.weights.pointer)
    let (first, last, free) = (range.lowerBound, range.upperBound, memory.pointer)
    switch self {
    case .convolution:
      try present(table.convolution_backward)(&window, x, weights, dy, dx, dw, first, last, free)
    case .depthwise:
      try present(table.depthwise_backward)(&window, x, weights, dy, dx, dw, first, last, free)
    case .pool(let kind):
      try present(table.pool_backward)(kind, &window, x, dy, dx, first, last, free)
    }
  }

  /// What any table of this processor does differently from the reference, over every presentation of the operands.
  func disagreements(_ layout: WindowCase, tables: [nas_kernels]? = nil) throws -> [String] {
    var found: [String] = []
    for presentation in Presentation.all {
      let operands = WindowOperands(layout, presentation)
      let expected = try run(try referenceTable(), operands, ranges: [0..<layout.images])
      for table in tables ?? vectorTables() {
        let results = try run(table, operands, ranges: [0..<layout.images])
        found += results.differences(from: expected, tolerance: 1e-5).map { "\(table.isa): \($0) (\(presentation))" }
      }
    }
    return found
  }
}
