import SearchSpace

/// The Python statements of one class: the modules it makes and what it does with its inputs.
struct ModuleStatements {
  private let structure: ModuleClass.Structure
  private let numbers: [[(label: String, text: String)]]
  private static let indentation = "        "

  init(_ structure: ModuleClass.Structure, numbers: [[(label: String, text: String)]]) {
    self.structure = structure
    self.numbers = numbers
  }

  /// The modules, nested as their names are.
  private indirect enum Tree {
    case module(String)
    case scope([(name: String, tree: Tree)])

    mutating func insert(_ module: String, at path: ArraySlice<String>) {
      guard case .scope(var members) = self, let name = path.first else { return self = .module(module) }
      let position = members.firstIndex { $0.name == name } ?? members.count
      if position == members.count { members.append((name, .scope([]))) }
      members[position].tree.insert(module, at: path.dropFirst())
      self = .scope(members)
    }

    /// The module's text, its first line without indentation.
    func lines(indentation: String) -> [String] {
      switch self {
      case .module(let text): return [text]
      case .scope(let members):
        var lines = ["Scope("]
        let inner = indentation + "    "
        for (name, tree) in members {
          var member = tree.lines(indentation: inner)
          member[0] = "\(inner)\(name)=\(member[0])"
          member[member.count - 1] += ","
          lines += member
        }
        return lines + ["\(indentation))"]
      }
    }
  }

  /// The lines that make the modules.
  func moduleLines() -> [String] {
    var tree = Tree.scope([])
    for (index, step) in structure.steps.enumerated() {
      if let module = module(index) { tree.insert(module, at: step.name.split(separator: ".").map(String.init)[...]) }
    }
    guard case .scope(let members) = tree else { return [] }
    return storedArguments.map { "\(ModuleStatements.indentation)self.\($0) = \($0)" }
      + members.flatMap { name, tree in
        let lines = tree.lines(indentation: ModuleStatements.indentation)
        return ["\(ModuleStatements.indentation)self.\(name) = \(lines[0])"] + lines.dropFirst()
      }
  }

  /// The arguments that functions need when the module is called.
  private var storedArguments: [String] {
    var found: [String] = []
    for (step, numbers) in zip(structure.steps, numbers) where step.kind.isPooling {
      for (_, text) in numbers where Int(text) == nil && !found.contains(text) { found.append(text) }
    }
    return found
  }

  /// The module of a step that owns tensors.
  private func module(_ index: Int) -> String? {
    func number(_ label: String) -> String { self.number(index, label) }
    switch structure.steps[index].kind {
    case .convolution:
      var parts = [number("inputs"), number("outputs"), pair(index, "kernel")]
      for option in ["stride", "dilation"] where pair(index, option) != "1" {
        parts.append("\(option)=\(pair(index, option))")
      }
      if number("groups") != "1" { parts.append("groups=\(number("groups"))") }
      if pads(index) != "(0, 0, 0, 0)" { parts.append("pads=\(pads(index))") }
      return "Conv(\(parts.joined(separator: ", ")))"
    case .batchNorm(let normalization):
      // PyTorch's momentum is the share of the new value.
      let momentum = ((1 - normalization.momentum) * 1e9).rounded() / 1e9
      return "nn.BatchNorm2d(\(number("channels")), eps=\(normalization.epsilon), momentum=\(momentum))"
    case .linear:
      return "nn.Linear(\(number("inputs")), \(number("outputs")))"
    case .instance(let name):
      return "\(name)(\(numbers[index].map { "\($0.label)=\($0.text)" }.joined(separator: ", ")))"
    case .input, .relu, .pooling, .add, .concat, .globalAveragePool:
      return nil
    }
  }

  /// A number of a step: a literal, or an argument, which functions find in the module.
  private func number(_ index: Int, _ label: String) -> String {
    let text = numbers[index].first { $0.label == label }?.text ?? "0"
    return structure.steps[index].kind.isPooling && Int(text) == nil ? "self.\(text)" : text
  }

  /// Rows and columns as one number where they agree.
  private func pair(_ index: Int, _ label: String) -> String {
    let (rows, columns) = (number(index, "\(label)_rows"), number(index, "\(label)_columns"))
    return rows == columns ? rows : "(\(rows), \(columns))"
  }

  private func pads(_ index: Int) -> String {
    "(" + ["left", "right", "top", "bottom"].map { number(index, $0) }.joined(separator: ", ") + ")"
  }
}

// MARK: - Forward

extension ModuleStatements {
  /// The names of the inputs, after the scope that first reads each; `value` where there is one.
  func inputNames() -> [String] {
    if structure.inputs == 1 { return ["value"] }
    var names = PythonNames()
    return (0..<structure.inputs).map { input in
      let reader = structure.steps.first { $0.operands.contains(.input(input)) }?.name ?? ""
      return names.unique("\(reader.split(separator: ".").first ?? "unread")_input")
    }
  }

  /// The lines that compute the result.
  func forwardLines(inputs: [String]) -> [String] {
    var unique = PythonNames(taken: inputs + ["x"])
    var texts: [String] = []
    var lines: [String] = []
    for (index, step) in structure.steps.enumerated() {
      let operands = step.operands.map { operand in
        switch operand {
        case .step(let other): texts[other]
        case .input(let input): inputs[input]
        }
      }
      let value = expression(index, operands)
      if index == structure.output, index == structure.steps.count - 1 {
        return lines + ["\(ModuleStatements.indentation)return \(value)"]
      }
      switch place(of: index, value) {
      case .inReader: texts.append(value)
      case .passing: texts.append("x")
      case .named: texts.append(unique.unique(variable(index)))
      }
      if texts[index] != value { lines.append("\(ModuleStatements.indentation)\(texts[index]) = \(value)") }
    }
    return lines + ["\(ModuleStatements.indentation)return \(texts[structure.output])"]
  }

  /// Where a step's result is written.
  private enum Place {
    /// In the statement that reads it.
    case inReader
    /// In a variable that only the next statement reads.
    case passing
    /// In a variable of its own.
    case named
  }

  private func place(of index: Int, _ value: String) -> Place {
    if isWrittenInReader(index) && value.count < 60 { return .inReader }
    let readers = readers(of: index)
    return readers == [index + 1] && !isWrittenInReader(index + 1) && index != structure.output ? .passing : .named
  }

  /// Whether a sum or a concatenation alone reads the result, once.
  private func isWrittenInReader(_ index: Int) -> Bool {
    let readers = readers(of: index)
    guard readers.count == 1, index != structure.output else { return false }
    let reader = structure.steps[readers[0]]
    switch (reader.kind, structure.steps[index].kind) {
    case (.add, .convolution), (.add, .batchNorm), (.add, .instance), (.add, .pooling), (.concat, .instance),
      (.concat, .convolution):
      return reader.operands.count { $0 == .step(index) } == 1
    default:
      return false
    }
  }

  private func readers(of index: Int) -> [Int] {
    structure.steps.indices.filter { structure.steps[$0].operands.contains(.step(index)) }
  }

  /// A name for a step's result: its scope's where it ends it, otherwise its own.
  private func variable(_ index: Int) -> String {
    let name = structure.steps[index].name
    if let dot = name.lastIndex(of: ".") {
      let scope = name[...dot]
      let later = structure.steps[(index + 1)...].contains { $0.name.hasPrefix(scope) }
      if !later { return String(name[..<dot].replacing(".", with: "_")) }
    }
    return name.replacing(".", with: "_")
  }

  private func expression(_ index: Int, _ operands: [String]) -> String {
    let step = structure.steps[index]
    switch step.kind {
    case .input: return "images"
    case .convolution, .batchNorm, .instance: return "self.\(step.name)(\(operands.joined(separator: ", ")))"
    case .relu: return "F.relu(\(operands[0]))"
    case .pooling(let kind, let countsPadding):
      let window = "\(operands[0]), \(pair(index, "kernel")), \(pair(index, "stride")), \(pads(index))"
      let dilation = pair(index, "dilation") == "1" ? "" : ", \(pair(index, "dilation"))"
      switch kind {
      case .max: return "max_pool(\(window)\(dilation))"
      case .average: return "average_pool(\(window)\(countsPadding ? ", counts_padding=True" : ""))"
      case .min: return "-max_pool(-\(window)\(dilation))"
      }
    case .add: return operands.joined(separator: " + ")
    case .concat: return "torch.cat([\(operands.joined(separator: ", "))], 1)"
    case .globalAveragePool: return "\(operands[0]).mean((2, 3), keepdim=True)"
    case .linear:
      let matrix = "self.\(step.name)(torch.flatten(\(operands[0]), 1))"
      return step.isMatrix ? matrix : matrix + "[:, :, None, None]"
    }
  }
}
