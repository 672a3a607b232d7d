extension Network {
  /// The network of a pair of cells on a skeleton (Zoph et al. 2018, Fig. 2; slim `nasnet.py`, CIFAR model).
  ///
  /// The stem, then N normal cells, a reduction cell, N normal cells, a reduction cell, N normal cells; F doubles at each
  /// reduction. Head: ReLU, mean over the image, fully connected layer. Each cell reads the cell before it and the one
  /// before that; the first has only the stem's convolution.
  /// - Throws: `GenotypeError` or `UnknownName` for a bad genotype; `NetworkError` when the skeleton does not fit.
  public init(genotype: Genotype, skeleton: Skeleton, operations: OperationCatalogue = .standard) throws {
    try skeleton.validate()
    try genotype.validate(operations: operations)
    var builder = NetworkBuilder(input: skeleton.input, normalization: skeleton.normalization)
    var current = try builder.stem(skeleton)
    var earlier: [NetworkBuilder.Value] = []
    var branch: NetworkBuilder.Value?
    let placements = skeleton.placements
    for (index, placement) in placements.enumerated() {
      let previous = earlier.count < placement.skipDistance ? nil : earlier[earlier.count - placement.skipDistance]
      let output = try builder.scoped(placement.name) { builder in
        try builder.cell(
          placement.isReduction ? genotype.reduction : genotype.normal, current: current, previous: previous,
          filters: placement.filters, stride: placement.isReduction ? 2 : 1,
          depth: Double(index + 1) / Double(placements.count), operations: operations)
      }
      earlier.append(current)
      current = output
      if placement.name == skeleton.auxiliaryPlacement { branch = output }
    }
    var auxiliary: NetworkBuilder.Value?
    if let head = skeleton.auxiliaryHead, let branch {
      auxiliary = try builder.auxiliaryLogits(branch, head: head, classes: skeleton.classes)
    }
    let logits = try builder.logits(current, classes: skeleton.classes)
    self = try builder.network(output: logits, auxiliary: auxiliary)
  }
}

extension NetworkBuilder {
  /// The stem's convolution and BN; its reduction cells are cells like the others.
  fileprivate mutating func stem(_ skeleton: Skeleton) throws -> Value {
    let (filters, window) =
      switch skeleton.stem {
      case .convolution: (3 * skeleton.filters, Window(kernel: Extent(3)))
      case .reductionCells(let filters): (filters, Window(kernel: Extent(3), stride: Extent(2), padding: .valid))
      }
    return try scoped("stem") { try $0.convolution($0.input, channels: filters, window: window) }
  }

  /// The head on the last cell.
  fileprivate mutating func logits(_ input: Value, classes: Int) throws -> Value {
    try scoped("head") { builder in
      let active = try builder.add(.relu, [input], name: "relu")
      let mean = try builder.add(.globalAveragePool, [active], name: "pool")
      return try builder.add(.linear(Linear(outputs: classes)), [mean], name: "linear")
    }
  }

  /// The auxiliary head; see `Skeleton.AuxiliaryHead`.
  fileprivate mutating func auxiliaryLogits(
    _ input: Value, head: Skeleton.AuxiliaryHead, classes: Int
  ) throws -> Value {
    try scoped("auxiliary") { builder in
      let active = try builder.add(.relu, [input], name: "relu")
      let window = Window(kernel: Extent(5), stride: Extent(3), padding: .valid)
      let pooled = try builder.add(.pooling(Pooling(kind: .average, window: window)), [active], name: "pool")
      let projected = try builder.convolution(pooled, channels: head.projectionFilters, suffix: "1")
      let projection = try builder.add(.relu, [projected], name: "relu1")
      let whole = Window(
        kernel: Extent(height: projection.shape.height, width: projection.shape.width), padding: .valid)
      let normalized = try builder.convolution(projection, channels: head.filters, window: whole, suffix: "2")
      let features = try builder.add(.relu, [normalized], name: "relu2")
      return try builder.add(.linear(Linear(outputs: classes)), [features], name: "linear")
    }
  }
}

extension NetworkBuilder {
  /// A cell behind its two inputs (slim `nasnet_utils.py`, `NasNetABaseCell`). `previous` is nil for the first cell,
  /// which reads `current` as it is in its place. `depth` is the cell's share of all cells up to it, for drop-path.
  mutating func cell(
    _ cell: Cell, current: Value, previous: Value?, filters: Int, stride: Int, depth: Double,
    operations: OperationCatalogue
  ) throws -> Value {
    let skip = try fitted(previous, to: current, filters: filters)
    let direct = try scoped("direct") { try $0.reluConvolution(current, channels: filters) }
    var states = [direct, skip]
    for (index, block) in cell.blocks.enumerated() {
      let state = try scoped("block\(index + 2)") { builder in
        let operands = try zip(["left", "right"], block.edges).map { side, edge in
          let operation = try operations.operation(named: edge.operation)
          let result = try builder.scoped(side) {
            try operation.build(&$0, states[edge.state], filters, edge.state < 2 ? stride : 1)
          }
          // An operation that adds no node hands on a state, which others read too.
          if operation.isDroppable, result != states[edge.state] { builder.noteDroppable(result, depth: depth) }
          return result
        }
        return try builder.add(block.combine.primitive, operands, name: block.combine.rawValue)
      }
      states.append(state)
    }
    return try output(cell.concat, of: states, filters: filters)
  }

  /// The skip input in the size of the direct one: through a factorized reduction when it is larger, through a 1×1
  /// convolution when it only has other channels (slim `nasnet_utils.py`, `_reduce_prev_layer`).
  private mutating func fitted(_ previous: Value?, to current: Value, filters: Int) throws -> Value {
    guard let previous else { return current }
    return try scoped("previous") { builder in
      if !previous.hasSize(of: current) {
        let active = try builder.add(.relu, [previous], name: "relu")
        return try builder.factorizedReduction(active, channels: filters)
      }
      if previous.shape.channels != filters { return try builder.reluConvolution(previous, channels: filters) }
      return previous
    }
  }

  /// The output states side by side. One that has another size or width than the last state goes through a factorized
  /// reduction or a 1×1 convolution, both without ReLU (slim `nasnet_utils.py`, `_combine_unused_states`).
  private mutating func output(_ concat: [Int], of states: [Value], filters: Int) throws -> Value {
    let last = states[states.count - 1]
    return try scoped("output") { builder in
      let parts = try concat.map { index in
        let state = states[index]
        if state.shape == last.shape { return state }
        return try builder.scoped("state\(index)") { builder in
          state.hasSize(of: last)
            ? try builder.convolution(state, channels: filters)
            : try builder.factorizedReduction(state, channels: filters)
        }
      }
      return try builder.concatenated(parts, name: "concat")
    }
  }
}

extension NetworkBuilder.Value {
  fileprivate func hasSize(of other: NetworkBuilder.Value) -> Bool {
    shape.height == other.shape.height && shape.width == other.shape.width
  }
}

extension Combiner {
  fileprivate var primitive: Primitive {
    switch self {
    case .add: .add
    case .concat: .concat
    }
  }
}
