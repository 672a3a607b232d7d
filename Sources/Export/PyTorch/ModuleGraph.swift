import SearchSpace

/// A network as Python will compute it: items in order, at first one for every node, then with scopes folded into classes.
struct ModuleGraph {
  /// A number that an item is made with, such as a convolution's inputs.
  struct Number: Hashable {
    /// What it is, as a Python name.
    let label: String
    let value: Int
  }

  /// What an item computes, without the numbers that may differ between items of one class.
  enum Kind: Hashable {
    case input
    case convolution
    case batchNorm(BatchNorm)
    case relu
    case pooling(Pooling.Kind, countsPadding: Bool)
    case add
    case concat
    case globalAveragePool
    case linear
    /// A folded scope: an instance of a class.
    case instance(className: String)

    /// Whether it is a folded scope.
    var isInstance: Bool {
      if case .instance = self { true } else { false }
    }

    /// Whether it is a function with numbers.
    var isPooling: Bool {
      if case .pooling = self { true } else { false }
    }
  }

  /// One value: a node's, or that of a folded scope.
  struct Item {
    /// The node's or the scope's name.
    let name: String
    let kind: Kind
    let numbers: [Number]
    /// The items it reads, in operand order.
    var operands: [Int]
    /// Whether the value is a matrix [batch, classes]: that of a fully connected layer that ends the network.
    let isMatrix: Bool
  }

  /// The items; the first is the input, the last the output.
  private(set) var items: [Item]
  /// The classes made so far, each before those that use it.
  private(set) var classes: [ModuleClass] = []
  private var names = PythonNames(taken: ["Scope", "Conv", "Model"])

  init(_ network: Network) {
    items = network.nodes.enumerated().map { index, node in
      let (kind, numbers) = ModuleGraph.split(node, in: network)
      return Item(
        name: node.name, kind: kind, numbers: numbers, operands: node.inputs,
        isMatrix: index == network.nodes.count - 1 && kind == .linear)
    }
    // First the operations and the inputs of cells, then the cells.
    fold { path in path.count > 1 ? path.dropLast().joined(separator: ".") : nil }
    fold { path in path.count > 1 ? path[0] : nil }
  }

  /// Folds the items of each scope, where they follow each other, are more than one, own tensors and have one result.
  private mutating func fold(by scope: ([String]) -> String?) {
    let scopes = items.map { scope($0.name.split(separator: ".").map(String.init)) }
    var runs: [(scope: String?, range: Range<Int>)] = []
    for index in items.indices {
      if let last = runs.last, let scope = scopes[index], last.scope == scope {
        runs[runs.count - 1].range = last.range.lowerBound..<(index + 1)
      } else {
        runs.append((scopes[index], index..<(index + 1)))
      }
    }
    let counts = Dictionary(runs.compactMap { $0.scope.map { ($0, 1) } }, uniquingKeysWith: +)
    var position = [Int](repeating: 0, count: items.count)
    var folded: [Item] = []
    for (scope, range) in runs {
      if let scope, counts[scope] == 1, let item = instance(of: scope, range, position: position) {
        for index in range { position[index] = folded.count }
        folded.append(item)
        continue
      }
      for index in range {
        position[index] = folded.count
        var item = items[index]
        item.operands = item.operands.map { position[$0] }
        folded.append(item)
      }
    }
    items = folded
    for (index, module) in classes.enumerated() { classes[index] = module.finished() }
    items = items.map(numbered)
  }

  /// The scope as an instance of a class, which is made when there is none yet; nil where it cannot be folded.
  private mutating func instance(of scope: String, _ range: Range<Int>, position: [Int]) -> Item? {
    let results = range.filter { index in
      index == items.count - 1 || items[range.upperBound...].contains { $0.operands.contains(index) }
    }
    guard range.count > 1, results.count == 1, items[range].contains(where: \.ownsTensors) else { return nil }
    var inputs: [Int] = []
    var structure = ModuleClass.Structure(output: results[0] - range.lowerBound)
    for item in items[range] {
      let operands = item.operands.map { operand -> ModuleClass.Operand in
        if range.contains(operand) { return .step(operand - range.lowerBound) }
        if !inputs.contains(operand) { inputs.append(operand) }
        return .input(inputs.firstIndex(of: operand) ?? 0)
      }
      structure.steps.append(
        .init(
          name: String(item.name.dropFirst(scope.count + 1)), kind: item.kind, operands: operands,
          isMatrix: item.isMatrix))
    }
    structure.inputs = inputs.count
    let numbers = items[range].map(\.numbers)
    let known = classes.firstIndex { $0.structure == structure && !$0.isFinished }
    let index = known ?? classes.count
    if known == nil {
      classes.append(ModuleClass(structure, name: names.unique(ModuleClass.name(of: structure, scope: scope))))
    }
    classes[index].add(scope, numbers)
    return Item(
      name: scope, kind: .instance(className: classes[index].name), numbers: [], operands: inputs.map { position[$0] },
      isMatrix: items[results[0]].isMatrix)
  }

  /// An instance with the values of its class's arguments as its numbers; they are known when all instances are.
  private func numbered(_ item: Item) -> Item {
    guard case .instance(let name) = item.kind, let module = classes.first(where: { $0.name == name }),
      let instance = module.instances.firstIndex(of: item.name)
    else { return item }
    return Item(
      name: item.name, kind: item.kind,
      numbers: module.arguments.map { Number(label: $0.name, value: $0.values[instance]) }, operands: item.operands,
      isMatrix: item.isMatrix)
  }
}

extension ModuleGraph.Item {
  fileprivate var ownsTensors: Bool {
    switch kind {
    case .convolution, .batchNorm, .linear, .instance: true
    case .input, .relu, .pooling, .add, .concat, .globalAveragePool: false
    }
  }
}

extension ModuleGraph {
  /// What a node computes and the numbers it is made with.
  private static func split(_ node: Network.Node, in network: Network) -> (Kind, [Number]) {
    let input = node.inputs.first.map { network.nodes[$0].shape } ?? network.inputShape
    switch node.primitive {
    case .input: return (.input, [])
    case .relu: return (.relu, [])
    case .convolution(let convolution):
      let channels = [
        Number(label: "inputs", value: input.channels), Number(label: "outputs", value: convolution.outputChannels),
      ]
      return (
        .convolution,
        channels + numbers(of: convolution.window, on: input) + [Number(label: "groups", value: convolution.groups)]
      )
    case .batchNorm(let normalization):
      return (.batchNorm(normalization), [Number(label: "channels", value: input.channels)])
    case .pooling(let pooling):
      let kind = Kind.pooling(pooling.kind, countsPadding: pooling.countsPadding)
      return (kind, numbers(of: pooling.window, on: input))
    case .add: return (.add, [])
    case .concat: return (.concat, [])
    case .globalAveragePool: return (.globalAveragePool, [])
    case .linear(let linear):
      return (.linear, [Number(label: "inputs", value: input.count), Number(label: "outputs", value: linear.outputs)])
    }
  }

  private static func numbers(of window: Window, on input: Shape) -> [Number] {
    let insets = window.insets(height: input.height, width: input.width)
    return [
      ("kernel_rows", window.kernel.height), ("kernel_columns", window.kernel.width),
      ("stride_rows", window.stride.height), ("stride_columns", window.stride.width),
      ("dilation_rows", window.dilation.height), ("dilation_columns", window.dilation.width),
      ("left", insets.left), ("right", insets.right), ("top", insets.top), ("bottom", insets.bottom),
    ].map { Number(label: $0, value: $1) }
  }
}
