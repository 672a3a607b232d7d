import SearchSpace

/// A network rewritten as values in memory and the operations that make them.
///
/// Batch normalisation and relu become part of how a value is read, and a depthwise convolution part of the 1×1 convolution
/// that alone reads it. A *point* is a value that has a gradient of its own: either stored in memory or the normalisation of a
/// stored one. A *view* is a point, optionally behind a relu. What cannot be read on the fly (a normalisation of something
/// that is itself normalised or rectified, an operand of a concat that is not plainly stored) is copied by an operation of
/// its own.
struct Lowering {
  struct Point {
    let shape: Shape
    /// Where the channels are; of dense rows, nothing.
    let layout: ChannelLayout
    /// Whether it is stored as one dense row per image instead of in blocks of channels.
    var isRows = false
    /// The stored point that this one is a normalisation of, and the normalisation's index.
    var normalized: (of: Int, index: Int)?
    /// The concat that this point is a part of, and its first block there.
    var placement: (parent: Int, block: Int)?
    /// Whether a trainable tensor has an influence on it.
    var needsGradient: Bool
    /// How many operations read it.
    var readers = 0
    /// The operation that makes it; -1 for the images.
    var producer: Int
  }

  struct View: Hashable {
    let point: Int
    var relu = false
  }

  enum Kind {
    case convolution(Convolution, node: Int)
    case depthwise(Convolution, node: Int)
    /// A depthwise convolution and the 1×1 convolution that alone reads it.
    case separable(Convolution, node: Int, pointwise: Int)
    case pooling(Pooling)
    case add
    case copy
    /// A copy with the channels in other lanes.
    case relayout
    case concat
    case normalize(index: Int)
    case globalAveragePool
    case linear(node: Int)
    /// Blocks to dense rows.
    case flatten
    /// Dense rows to blocks.
    case unflatten
  }

  struct Operation {
    let kind: Kind
    let inputs: [View]
    let output: Int
    /// The network's node that it is done for.
    let node: Int
    /// Of a copy that drop-path may leave out: the index of its path; -1 for none.
    var path = -1
  }

  let lanes: Int
  var points: [Point] = []
  private(set) var operations: [Operation] = []
  /// The nodes of the normalisations, by index.
  private(set) var normalizations: [(node: Int, norm: BatchNorm, of: Int)] = []
  /// The point that holds the logits, dense rows.
  private(set) var output = 0
  /// The point that holds the logits of the auxiliary head, dense rows; nil when it is left out.
  private(set) var auxiliaryOutput: Int?

  let network: Network
  private let features: PlanFeatures
  /// The node that is being lowered.
  private var current = 0
  /// `consumers[node]` are the nodes that read a node.
  let consumers: [[Int]]
  /// The nodes whose values drop-path multiplies.
  let droppedNodes: Set<Int>
  /// The poolings that only convolutions read, by what they are and what they read, and their results.
  private var poolings: [PooledView: Int] = [:]
  /// The depthwise convolutions that wait for their 1×1 convolution, by its node.
  private var waiting: [Int: (convolution: Convolution, node: Int, input: View)] = [:]

  init(_ network: Network, lanes: Int, features: PlanFeatures) {
    self.network = network
    self.lanes = lanes
    self.features = features
    let used = features.auxiliaryWeight > 0 ? network.nodes.map { _ in true } : network.usedByOutput
    var consumers = [[Int]](repeating: [], count: network.nodes.count)
    for (index, node) in network.nodes.enumerated() where used[index] {
      for input in node.inputs { consumers[input].append(index) }
    }
    self.consumers = consumers
    let paths = features.dropsPaths ? network.droppablePaths.map(\.node) : []
    let pathOfNode = Dictionary(uniqueKeysWithValues: zip(paths, paths.indices))
    droppedNodes = Set(paths)
    var views: [View] = []
    for (index, node) in network.nodes.enumerated() {
      guard used[index] else {
        views.append(View(point: 0))  // never looked at
        continue
      }
      current = index
      let view = lower(node, index: index, inputs: node.inputs.map { views[$0] })
      views.append(pathOfNode[index].map { droppable(view, path: $0) } ?? view)
    }
    output = rows(views[views.count - 1])
    points[output].readers += 1
    guard features.auxiliaryWeight > 0, let auxiliary = network.auxiliaryOutput else { return }
    let logits = rows(views[auxiliary])
    points[logits].readers += 1
    auxiliaryOutput = logits
  }

  /// The view as a copy of its own, which is multiplied with the path's factors.
  private mutating func droppable(_ view: View, path: Int) -> View {
    let point = append(.copy, [view], points[view.point].shape, points[view.point].layout)
    operations[operations.count - 1].path = path
    return View(point: point)
  }

  private mutating func lower(_ node: Network.Node, index: Int, inputs: [View]) -> View {
    let shape = node.shape
    switch node.primitive {
    case .input:
      points.append(
        Point(
          shape: shape, layout: ChannelLayout(channels: 0, lanes: lanes), isRows: true, needsGradient: false,
          producer: -1))
      return View(point: blocks(0))
    case .convolution(let convolution):
      return lower(convolution, index: index, input: inputs.first ?? View(point: 0), shape: shape)
    case .batchNorm(let norm):
      let stored = plain(inputs[0])
      normalizations.append((index, norm, stored))
      let kind = Kind.normalize(index: normalizations.count - 1)
      let point = append(kind, [View(point: stored)], shape, points[stored].layout)
      points[point].normalized = (stored, normalizations.count - 1)
      return View(point: point)
    case .relu:
      return View(point: inputs[0].point, relu: true)
    case .pooling(let pooling):
      return View(point: lower(pooling, index: index, input: inputs[0], shape: shape))
    case .add:
      let aligned = sameLayout(inputs)
      return View(point: append(.add, aligned, shape, points[aligned[0].point].layout))
    case .concat:
      return concat(inputs, node: node)
    case .globalAveragePool:
      return View(point: append(.globalAveragePool, inputs, shape, points[inputs[0].point].layout))
    case .linear:
      let isLast = index == network.nodes.count - 1
      let flat = isLast && features.dropsFeatures ? ownRows(inputs[0]) : rows(inputs[0])
      let point = append(.linear(node: index), [View(point: flat)], shape, points[flat].layout)
      points[point].isRows = true
      return View(point: isLast || index == network.auxiliaryOutput ? point : blocks(point))
    }
  }

  private mutating func lower(_ convolution: Convolution, index: Int, input: View, shape: Shape) -> View {
    if let first = waiting[index] {
      let kind = Kind.separable(first.convolution, node: first.node, pointwise: index)
      return View(point: append(kind, [first.input], shape, resultLayout(index)))
    }
    guard convolution.isDepthwise(inputChannels: points[input.point].shape.channels) else {
      return View(point: append(.convolution(convolution, node: index), [input], shape, resultLayout(index)))
    }
    if consumers[index].count == 1, isPointwise(consumers[index][0]) {
      waiting[consumers[index][0]] = (convolution, index, input)
      return input  // never looked at: the only reader takes what waits for it
    }
    let layout = points[input.point].layout
    return View(point: append(.depthwise(convolution, node: index), [input], shape, layout))
  }

  /// Poolings of the same kind and operand that convolutions read are done once. Where an addition reads them they have
  /// the sum's gradient as theirs, which costs nothing but holds for one reader only.
  private mutating func lower(_ pooling: Pooling, index: Int, input: View, shape: Shape) -> Int {
    let layout = points[input.point].layout
    let isShared =
      !droppedNodes.contains(index)
      && consumers[index].allSatisfy { reader in
        guard case .convolution = network.nodes[reader].primitive else { return false }
        return true
      }
    guard isShared else { return append(.pooling(pooling), [input], shape, layout) }
    let key = PooledView(pooling: pooling, input: input)
    let point = poolings[key] ?? append(.pooling(pooling), [input], shape, layout)
    poolings[key] = point
    return point
  }

  private struct PooledView: Hashable {
    let pooling: Pooling
    let input: View
  }

  /// Whether a node is a 1×1 convolution that reads each pixel where it is.
  private func isPointwise(_ index: Int) -> Bool {
    guard case .convolution(let convolution) = network.nodes[index].primitive else { return false }
    let input = network.nodes[network.nodes[index].inputs[0]].shape
    let insets = convolution.window.insets(height: input.height, width: input.width)
    return convolution.window.kernel == Extent(1) && convolution.window.stride == Extent(1) && convolution.groups == 1
      && insets.top == 0 && insets.left == 0 && network.nodes[index].shape.height == input.height
      && network.nodes[index].shape.width == input.width
  }

  mutating func append(_ kind: Kind, _ inputs: [View], _ shape: Shape, _ layout: ChannelLayout) -> Int {
    for input in inputs { points[input.point].readers += 1 }
    let ownsTensors =
      switch kind {
      case .convolution, .depthwise, .separable, .normalize, .linear: true
      case .pooling, .add, .copy, .relayout, .concat, .globalAveragePool, .flatten, .unflatten: false
      }
    let needsGradient = ownsTensors || inputs.contains { points[$0.point].needsGradient }
    points.append(
      Point(shape: shape, layout: layout, needsGradient: needsGradient, producer: operations.count))
    operations.append(Operation(kind: kind, inputs: inputs, output: points.count - 1, node: current))
    return points.count - 1
  }

  // MARK: - Forms of a value

  func isPlain(_ view: View) -> Bool { !view.relu && points[view.point].normalized == nil }

  /// The view as a stored point.
  private mutating func plain(_ view: View) -> Int {
    isPlain(view) ? view.point : append(.copy, [view], points[view.point].shape, points[view.point].layout)
  }

  /// The view as dense rows.
  private mutating func rows(_ view: View) -> Int {
    if points[view.point].isRows { return view.point }
    let stored = plain(view)
    let empty = ChannelLayout(channels: 0, lanes: lanes)
    let point = append(.flatten, [View(point: stored)], points[stored].shape, empty)
    points[point].isRows = true
    return point
  }

  /// The view as dense rows that nobody else reads, so that they may be changed in place.
  private mutating func ownRows(_ view: View) -> Int {
    points[view.point].isRows ? rows(View(point: blocks(view.point))) : rows(view)
  }

  /// Dense rows as a value in blocks.
  private mutating func blocks(_ point: Int) -> Int {
    let shape = points[point].shape
    return append(
      .unflatten, [View(point: point)], shape, ChannelLayout(channels: shape.channels, lanes: lanes))
  }

  /// Operands with the channels in the same lanes, so that they can be taken together vector by vector.
  private mutating func sameLayout(_ views: [View]) -> [View] {
    let first = points[views[0].point].layout
    guard views.contains(where: { points[$0.point].layout != first }) else { return views }
    return views.map { view in
      let shape = points[view.point].shape
      let dense = ChannelLayout(channels: shape.channels, lanes: lanes)
      guard points[view.point].layout != dense else { return view }
      return View(point: append(.relayout, [View(point: plain(view))], shape, dense))
    }
  }
}
