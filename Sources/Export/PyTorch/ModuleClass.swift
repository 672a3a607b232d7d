import SearchSpace

/// A Python class that one or more scopes of a network are instances of.
///
/// Numbers that are the same in all instances stand in the class; the others are its arguments, one for all numbers that
/// vary together, named after the first of them.
struct ModuleClass {
  /// Where an operand comes from.
  enum Operand: Hashable {
    /// The result of the class's own step of this position.
    case step(Int)
    /// The class's input of this position.
    case input(Int)
  }

  /// One item of the class, named and wired relative to it.
  struct Step: Hashable {
    let name: String
    let kind: ModuleGraph.Kind
    let operands: [Operand]
    let isMatrix: Bool
  }

  /// What makes two scopes the same class.
  struct Structure: Hashable {
    var steps: [Step] = []
    var inputs = 0
    /// The step whose result is the class's.
    var output: Int
  }

  /// The class's name.
  let name: String
  /// What it computes.
  let structure: Structure
  /// The instances' names.
  private(set) var instances: [String] = []
  /// The arguments: a name, and each instance's value. Known when it is finished.
  private(set) var arguments: [(name: String, values: [Int])] = []
  /// Whether no more instances are added.
  private(set) var isFinished = false
  /// `columns[step][number][instance]`.
  private var columns: [[[Int]]] = []
  private var labels: [[String]] = []

  /// A class without instances.
  init(_ structure: Structure, name: String) {
    self.structure = structure
    self.name = name
  }

  /// A name for the class of a scope: what it does, in the words of its steps' names where they are few.
  static func name(of structure: Structure, scope: String) -> String {
    // A part of the network, such as a cell, goes by its own name.
    if structure.steps.contains(where: { $0.name.contains(".") || $0.kind.isInstance }) { return capitalized(scope) }
    var words: [String] = []
    for step in structure.steps {
      let word = capitalized(step.name.filter { !$0.isNumber })
      if !words.contains(word) { words.append(word) }
    }
    let name = words.joined()
    return name.count <= 50 ? name : "Operation"
  }

  private static func capitalized(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }

  /// Adds an instance.
  mutating func add(_ instance: String, _ numbers: [[ModuleGraph.Number]]) {
    if instances.isEmpty {
      labels = numbers.map { $0.map(\.label) }
      columns = numbers.map { $0.map { _ in [] } }
    }
    instances.append(instance)
    for (step, row) in numbers.enumerated() {
      for (index, number) in row.enumerated() { columns[step][index].append(number.value) }
    }
  }

  /// The class with its arguments.
  func finished() -> ModuleClass {
    if isFinished { return self }
    var result = self
    result.isFinished = true
    // Some arguments are kept beside the modules.
    let modules = structure.steps.map { String($0.name.prefix { $0 != "." }) }
    var names = PythonNames(taken: ["x"] + modules)
    for (step, numbers) in columns.enumerated() {
      for (index, values) in numbers.enumerated() where Set(values).count > 1 {
        if result.arguments.contains(where: { $0.values == values }) { continue }
        result.arguments.append((argumentName(step, index, &names), values))
      }
    }
    return result
  }

  /// What the number is, with the step's name before it where that is not clear.
  private func argumentName(_ step: Int, _ index: Int, _ names: inout PythonNames) -> String {
    var label = labels[step][index]
    if label.hasSuffix("_rows"), columns[step][index] == columns[step][index + 1] { label.removeLast(5) }
    if names.isFree(label) { return names.unique(label) }
    return names.unique("\(structure.steps[step].name.replacing(".", with: "_"))_\(label)")
  }

  /// The numbers of each step as Python expressions by their labels: a literal or an argument's name.
  func expressions() -> [[(label: String, text: String)]] {
    columns.indices.map { step in
      zip(labels[step], columns[step]).map { label, values in
        (label, arguments.first { $0.values == values }?.name ?? "\(values[0])")
      }
    }
  }
}
