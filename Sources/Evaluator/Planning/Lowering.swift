import SearchSpace

/// A network rewritten as values in memory and the operations that make them.
///
/// Batch normalisation and relu become part of how a value is read. A *point* is a value that has a gradient of its own:
/// either stored in memory or the normalisation of a stored one. A *view* is a point, optionally behind a relu.
/// What cannot be read on the fly (a normalisation of something that is itself normalised or rectified, an operand of a
/// concat that is not plainly stored) is copied by an operation of its own.
struct Lowering {
  struct Point {
    let shape: Shape
    /// The stored point that this one is a normalisation of, and the normalisation's index.
    var normalized: (of: Int, index: Int)?
    /// The concat that this point is a part of, and its first channel there.
    var placement: (parent: Int, channel: Int)?
    /// Must be contiguous.
    var isDense = false
    /// Whether a trainable tensor has an influence on it.
    var needsGradient: Bool
    /// How many operations read it.
    var readers = 0
    /// The operation that makes it; -1 for the images.
    var producer: Int
  }

  struct View {
    let point: Int
    var relu = false
  }

  enum Kind {
    case convolution(Convolution, node: Int)
    case pooling(Pooling)
    case add
    case copy
    case concat
    case normalize(index: Int)
    case globalAveragePool
    case linear(node: Int)
  }

  struct Operation {
    let kind: Kind
    let inputs: [View]
    let output: Int
  }

  private(set) var points: [Point] = []
  private(set) var operations: [Operation] = []
  /// The nodes of the normalisations, by index.
  private(set) var normalizations: [(node: Int, norm: BatchNorm, of: Int)] = []
  /// The point that holds the logits, dense.
  private(set) var output = 0

  init(_ network: Network) {
    var views: [View] = []
    for (index, node) in network.nodes.enumerated() {
      views.append(lower(node, index: index, inputs: node.inputs.map { views[$0] }))
    }
    output = dense(views[views.count - 1])
    points[output].readers += 1
  }

  private mutating func lower(_ node: Network.Node, index: Int, inputs: [View]) -> View {
    switch node.primitive {
    case .input:
      points.append(Point(shape: node.shape, isDense: true, needsGradient: false, producer: -1))
      return View(point: 0)
    case .convolution(let convolution):
      return View(point: append(.convolution(convolution, node: index), inputs, shape: node.shape))
    case .batchNorm(let norm):
      let stored = plain(inputs[0])
      normalizations.append((index, norm, stored))
      let kind = Kind.normalize(index: normalizations.count - 1)
      let point = append(kind, [View(point: stored)], shape: node.shape)
      points[point].normalized = (stored, normalizations.count - 1)
      return View(point: point)
    case .relu:
      return View(point: inputs[0].point, relu: true)
    case .pooling(let pooling):
      return View(point: append(.pooling(pooling), inputs, shape: node.shape))
    case .add:
      return View(point: append(.add, inputs, shape: node.shape))
    case .concat:
      return concat(inputs, shape: node.shape)
    case .globalAveragePool:
      let point = append(.globalAveragePool, inputs, shape: node.shape)
      points[point].isDense = true
      return View(point: point)
    case .linear:
      let point = append(.linear(node: index), [View(point: dense(inputs[0]))], shape: node.shape)
      points[point].isDense = true
      return View(point: point)
    }
  }

  private mutating func append(_ kind: Kind, _ inputs: [View], shape: Shape) -> Int {
    for input in inputs { points[input.point].readers += 1 }
    let ownsTensors =
      switch kind {
      case .convolution, .normalize, .linear: true
      case .pooling, .add, .copy, .concat, .globalAveragePool: false
      }
    let needsGradient = ownsTensors || inputs.contains { points[$0.point].needsGradient }
    points.append(Point(shape: shape, needsGradient: needsGradient, producer: operations.count))
    operations.append(Operation(kind: kind, inputs: inputs, output: points.count - 1))
    return points.count - 1
  }

  private func isPlain(_ view: View) -> Bool { !view.relu && points[view.point].normalized == nil }

  /// The view as a stored point.
  private mutating func plain(_ view: View) -> Int {
    isPlain(view) ? view.point : append(.copy, [view], shape: points[view.point].shape)
  }

  /// The view as a stored point that is contiguous and stays so.
  private mutating func dense(_ view: View) -> Int {
    var point = plain(view)
    if points[point].placement != nil { point = append(.copy, [view], shape: points[point].shape) }
    points[point].isDense = true
    return point
  }

  /// Operands that are plainly stored and free are placed in their part of the result; the others are copied there.
  private mutating func concat(_ inputs: [View], shape: Shape) -> View {
    var parts: [Int] = []
    for view in inputs {
      let point = points[view.point]
      let isFree = isPlain(view) && point.placement == nil && !point.isDense && !parts.contains(view.point)
      parts.append(isFree ? view.point : append(.copy, [view], shape: point.shape))
    }
    let output = append(.concat, parts.map { View(point: $0) }, shape: shape)
    var channel = 0
    for part in parts {
      points[part].placement = (output, channel)
      channel += points[part].shape.channels
    }
    return View(point: output)
  }
}
