import SearchSpace

/// A model's network as one Python file that needs nothing but PyTorch and reads the weights from a safetensors file.
///
/// Modules have the nodes' names, so that the names of the file's tensors are those of the module's state. Parts of the
/// network that differ only in numbers share a class.
public struct PyTorchModule: Sendable {
  /// How the network is built and used.
  public let description: ModelDescription
  private let network: Network
  private let graph: ModuleGraph

  /// Prepares the file of a network.
  /// - Throws: `PyTorchError`.
  public init(_ network: Network, description: ModelDescription) throws {
    for node in network.nodes {
      for name in node.name.split(separator: ".", omittingEmptySubsequences: false)
      where !PythonNames.isUsable(String(name)) {
        throw PyTorchError.unusableName(node: node.name)
      }
      if case .pooling(let pooling) = node.primitive, pooling.kind == .average, pooling.window.dilation != Extent(1) {
        throw PyTorchError.dilatedAverage(node: node.name)
      }
    }
    self.network = network
    self.description = description
    graph = ModuleGraph(network)
  }

  /// The file's text; the same network gives the same text.
  public func source() -> String {
    let sections = [preamble(), PyTorchModule.operators] + graph.classes.map(text) + [model(), ending]
    return sections.joined(separator: "\n\n\n") + "\n"
  }

  // MARK: - Sections

  private func preamble() -> String {
    let input = network.inputShape
    let name = description.genotype.name ?? "A pair of cells"
    let counts = "\(network.parameterCount.grouped) trainable parameters, \(network.bufferCount.grouped) buffers"
    let classes = JSONText.array(description.classes.map { .string($0) }).compact().replacing("\",\"", with: "\", \"")
    return """
      \"\"\"\(PyTorchModule.escaped(name)): \(input.height)x\(input.width)x\(input.channels) images, \(network.classes) classes, \
      \(counts).

      Written by nas \(PyTorchModule.escaped(description.toolVersion)). Needs PyTorch and nothing else:

          model = load("weights.safetensors")
          logits = model(normalize(pixels))      # pixels: numbers 0...255, [batch, channels, rows, columns]
      \"\"\"
      import json
      import math
      import struct

      import torch
      import torch.nn as nn
      import torch.nn.functional as F

      PIXEL_MEAN = [\(description.pixelMean.map { "\($0)" }.joined(separator: ", "))]
      PIXEL_DEVIATION = [\(description.pixelDeviation.map { "\($0)" }.joined(separator: ", "))]
      CLASSES = \(classes)
      """
  }

  /// What PyTorch has not by itself.
  private static let operators = """
    class Scope(nn.Module):
        \"\"\"Modules by name.\"\"\"

        def __init__(self, **modules):
            super().__init__()
            for name, module in modules.items():
                self.add_module(name, module)


    class Conv(nn.Conv2d):
        \"\"\"A convolution without bias. `pads`: left, right, top, bottom; negative ones cut off.\"\"\"

        def __init__(self, inputs, outputs, kernel, stride=1, dilation=1, groups=1, pads=(0, 0, 0, 0)):
            super().__init__(inputs, outputs, kernel, stride, 0, dilation, groups, bias=False)
            self.pads = pads

        def forward(self, x):
            return super().forward(F.pad(x, self.pads))


    def max_pool(x, kernel, stride, pads, dilation=1):
        \"\"\"The largest value inside the image.\"\"\"
        return F.max_pool2d(F.pad(x, pads, value=-math.inf), kernel, stride, 0, dilation)


    def average_pool(x, kernel, stride, pads, counts_padding=False):
        \"\"\"The mean of the values inside the image, or with the padding as zeros.\"\"\"
        mean = F.avg_pool2d(F.pad(x, pads), kernel, stride)
        if counts_padding:
            return mean
        inside = F.pad(torch.ones_like(x[:1, :1]), pads)
        return mean / F.avg_pool2d(inside, kernel, stride)
    """

  private func text(_ module: ModuleClass) -> String {
    let statements = ModuleStatements(module.structure, numbers: module.expressions())
    let inputs = statements.inputNames()
    let first = module.instances.prefix(6).joined(separator: ", ")
    let more = module.instances.count > 6 ? " and \(module.instances.count - 6) more" : ""
    let header = [
      "class \(module.name)(nn.Module):", "    \"\"\"\(first)\(more).\"\"\"", "",
      "    def __init__(\((["self"] + module.arguments.map(\.name)).joined(separator: ", "))):",
      "        super().__init__()",
    ]
    let forward = ["", "    def forward(\((["self"] + inputs).joined(separator: ", "))):"]
    return (header + statements.moduleLines() + forward + statements.forwardLines(inputs: inputs))
      .joined(separator: "\n")
  }

  /// The class of the whole, from the items that are left.
  private func model() -> String {
    let steps = graph.items.dropFirst().map { item in
      ModuleClass.Step(
        name: item.name, kind: item.kind, operands: item.operands.map { $0 == 0 ? .input(0) : .step($0 - 1) },
        isMatrix: item.isMatrix)
    }
    let structure = ModuleClass.Structure(steps: steps, inputs: 1, output: steps.count - 1)
    let statements = ModuleStatements(
      structure, numbers: graph.items.dropFirst().map { $0.numbers.map { ($0.label, "\($0.value)") } })
    var forward = statements.forwardLines(inputs: ["images"])
    if let last = graph.items.last, !last.isMatrix, let line = forward.popLast() {
      forward.append(line.replacing("return ", with: "return torch.flatten(", maxReplacements: 1) + ", 1)")
    }
    let header = [
      "class Model(nn.Module):",
      "    \"\"\"Images [batch, channels, rows, columns], normalised -> logits [batch, classes].\"\"\"", "",
      "    def __init__(self):", "        super().__init__()",
    ]
    return (header + statements.moduleLines() + ["", "    def forward(self, images):"] + forward)
      .joined(separator: "\n")
  }

  private var ending: String {
    """
    def normalize(pixels):
        \"\"\"Pixels 0...255, [batch, channels, rows, columns], as the model reads them.\"\"\"
        mean, deviation = (torch.tensor(v).view(1, -1, 1, 1) for v in (PIXEL_MEAN, PIXEL_DEVIATION))
        return (torch.as_tensor(pixels).float() - mean) / torch.where(deviation > 0, deviation, 1.0)


    def read_weights(path):
        \"\"\"The tensors of a safetensors file by name.\"\"\"
        with open(path, "rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            header = json.loads(file.read(length))
            values = bytearray(file.read())
        tensors = {}
        for name, entry in header.items():
            if name != "__metadata__":
                begin, end = entry["data_offsets"]
                tensor = torch.frombuffer(values, dtype=torch.float32, count=(end - begin) // 4, offset=begin)
                tensors[name] = tensor.reshape(entry["shape"]).clone()
        return tensors


    def load(path="weights.safetensors"):
        \"\"\"The model with the file's weights, ready to classify.\"\"\"
        model = Model()
        model.load_state_dict(read_weights(path))
        return model.eval()
    """
  }

  /// A text that stands in a documentation string.
  private static func escaped(_ text: String) -> String {
    text.replacing("\\", with: "\\\\").replacing("\"", with: "'")
  }
}

/// A network that cannot be a PyTorch module.
public enum PyTorchError: Error, Equatable, Sendable {
  /// A part of a node's name is no name that a module may have.
  case unusableName(node: String)
  /// PyTorch's average pooling knows no dilation.
  case dilatedAverage(node: String)
}

extension PyTorchError: CustomStringConvertible {
  /// One sentence: what was expected, what was found, what to do.
  public var description: String {
    switch self {
    case .unusableName(let node):
      "The node '\(node)' needs a name of letters, digits and underscores that Python and PyTorch do not use themselves; "
        + "rename it."
    case .dilatedAverage(let node):
      "The node '\(node)' averages over a dilated window, which PyTorch cannot; export the network as ONNX."
    }
  }
}
