extension TopologySpace {
  /// The network of an architecture (Dong and Yang, ICLR 2020, section 2.1 and Fig. 1; AutoDL-Projects,
  /// `cell_infers/tiny_network.py` and `cell_operations.py`).
  ///
  /// Stem: 3×3 convolution to F, BN. Then N cells, a residual block to 2F at stride 2, N cells, a residual block to 4F,
  /// N cells. Head: BN, ReLU, mean over the image, fully connected layer. The paper has N = 5 and F = 16.
  /// - Throws: `ArchitectureError` when the choices do not fit; `NetworkError` when the skeleton does not, or has a
  ///   stem of cells or an auxiliary head, or when no path leads from the cell's input to its output.
  public func network(for architecture: Architecture, skeleton: Skeleton) throws -> Network {
    try skeleton.validate()
    guard skeleton.stem == .convolution, skeleton.auxiliaryHead == nil else {
      throw NetworkError.foreignSkeleton(space: name)
    }
    let cell = try TopologyCell(architecture, in: self)
    guard cell.isConnected else { throw NetworkError.disconnectedCell(text: try text(of: architecture)) }
    var builder = NetworkBuilder(input: skeleton.input, normalization: skeleton.normalization)
    var value = try builder.scoped("stem") {
      try $0.convolution($0.input, channels: skeleton.filters, window: Window(kernel: Extent(3)))
    }
    var index = 0
    for stack in 0..<3 {
      if stack > 0 {
        value = try builder.scoped("cell\(index)") {
          try $0.residualReduction(value, channels: skeleton.filters << stack)
        }
        index += 1
      }
      for _ in 0..<skeleton.cells {
        value = try builder.scoped("cell\(index)") { try $0.topologyCell(cell, input: value) }
        index += 1
      }
    }
    let logits = try builder.scoped("head") { builder in
      let normal = try builder.add(.batchNorm(skeleton.normalization), [value], name: "batchNorm")
      let active = try builder.add(.relu, [normal], name: "relu")
      let mean = try builder.add(.globalAveragePool, [active], name: "pool")
      return try builder.add(.linear(Linear(outputs: skeleton.classes)), [mean], name: "linear")
    }
    return builder.network(output: logits)
  }
}

extension NetworkBuilder {
  /// A connected cell: every node is the sum of its edges.
  fileprivate mutating func topologyCell(_ cell: TopologyCell, input: Value) throws -> Value {
    var nodes: [Int: Value] = [0: input]
    var last = input
    for (node, edges) in cell.incoming.enumerated() where !edges.isEmpty {
      last = try scoped("node\(node)") { builder in
        let terms = try edges.compactMap { edge -> Value? in
          guard let source = nodes[edge.source] else { return nil }
          let operation = try TopologySpace.catalogue.operation(named: edge.operation)
          return try builder.scoped("from\(edge.source)") {
            try operation.build(&$0, source, source.shape.channels, 1)
          }
        }
        return try builder.sum(terms)
      }
      nodes[node] = last
    }
    return last
  }

  /// The sum of at least one value, left to right.
  private mutating func sum(_ terms: [Value]) throws -> Value {
    var sum = terms[0]
    for (index, term) in terms.enumerated().dropFirst() { sum = try add(.add, [sum, term], name: "add\(index)") }
    return sum
  }

  /// A basic residual block that halves rows and columns: twice ReLU, 3×3 convolution, BN, the first at stride 2; beside
  /// it 2×2 average pooling and a 1×1 convolution without BN (AutoDL-Projects, `ResNetBasicblock`). The padding is one
  /// pixel on each side, as there, and not TensorFlow's.
  fileprivate mutating func residualReduction(_ input: Value, channels: Int) throws -> Value {
    func window(stride: Int) -> Window {
      let around = Insets(top: 1, left: 1, bottom: 1, right: 1)
      return Window(kernel: Extent(3), stride: Extent(stride), padding: .explicit(around))
    }
    let first = try reluConvolution(input, channels: channels, window: window(stride: 2), suffix: "1")
    let second = try reluConvolution(first, channels: channels, window: window(stride: 1), suffix: "2")
    let halved = Window(kernel: Extent(2), stride: Extent(2))
    let pooled = try add(.pooling(Pooling(kind: .average, window: halved)), [input], name: "pool")
    let widened = Convolution(outputChannels: channels, window: Window(kernel: Extent(1)))
    let shortcut = try add(.convolution(widened), [pooled], name: "shortcut")
    return try add(.add, [shortcut, second], name: "add")
  }
}
