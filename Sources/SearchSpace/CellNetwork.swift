extension Network {
  /// The network of a pair of cells on a skeleton (Zoph et al. 2018, Fig. 2; slim `nasnet.py`, CIFAR model).
  ///
  /// Stem: 3×3 convolution to 3F, BN. Then N normal cells, a reduction cell, N normal cells, a reduction cell, N normal
  /// cells; F doubles at each reduction. Head: ReLU, mean over the image, fully connected layer. Each cell reads the
  /// cell before it and the one before that; the first has only the stem.
  /// - Throws: `GenotypeError` or `UnknownName` for a bad genotype; `NetworkError` when the skeleton does not fit.
  public init(genotype: Genotype, skeleton: Skeleton, operations: OperationCatalogue = .standard) throws {
    try skeleton.validate()
    try genotype.validate(operations: operations)
    var builder = NetworkBuilder(input: skeleton.input)
    var filters = skeleton.filters
    var current = try builder.scoped("stem") {
      try $0.convolution($0.input, channels: 3 * filters, window: Window(kernel: Extent(3)))
    }
    var previous: NetworkBuilder.Value?
    let kinds = (0..<3).flatMap { stack in
      (stack == 0 ? [] : [true]) + [Bool](repeating: false, count: skeleton.cells)
    }
    for (index, isReduction) in kinds.enumerated() {
      if isReduction { filters *= 2 }
      let cell = isReduction ? genotype.reduction : genotype.normal
      let output = try builder.scoped("cell\(index)") { builder in
        try builder.cell(
          cell, current: current, previous: previous, filters: filters, stride: isReduction ? 2 : 1,
          operations: operations)
      }
      (previous, current) = (current, output)
    }
    let logits = try builder.scoped("head") { builder in
      let active = try builder.add(.relu, [current], name: "relu")
      let mean = try builder.add(.globalAveragePool, [active], name: "pool")
      return try builder.add(.linear(Linear(outputs: skeleton.classes)), [mean], name: "linear")
    }
    self = builder.network(output: logits)
  }
}

extension NetworkBuilder {
  /// A cell behind its two inputs (slim `nasnet_utils.py`, `NasNetABaseCell`). `previous` is nil for the first cell,
  /// which reads `current` as it is in its place.
  mutating func cell(
    _ cell: Cell, current: Value, previous: Value?, filters: Int, stride: Int, operations: OperationCatalogue
  ) throws -> Value {
    let skip = try fitted(previous, to: current, filters: filters)
    let direct = try scoped("direct") { try $0.reluConvolution(current, channels: filters) }
    var states = [direct, skip]
    for (index, block) in cell.blocks.enumerated() {
      let state = try scoped("block\(index + 2)") { builder in
        let operands = try zip(["left", "right"], block.edges).map { side, edge in
          let operation = try operations.operation(named: edge.operation)
          return try builder.scoped(side) {
            try operation.build(&$0, states[edge.state], filters, edge.state < 2 ? stride : 1)
          }
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
