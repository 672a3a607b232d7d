import SearchSpace

/// Where every tensor of a network lies in memory.
///
/// Trainable tensors form one region with the kernels first (weight decay touches only these), buffers another; inside
/// a region tensors follow each other in network order without gaps.
struct ParameterLayout: Sendable {
  /// One tensor's place.
  struct Entry: Sendable {
    /// The node's name and the tensor's role, such as `cell0.direct.convolution.kernel`.
    let name: String
    let tensor: Tensor
    /// The first scalar's position in its region.
    let offset: Int
  }

  /// All tensors in network order.
  let entries: [Entry]
  /// `first[node]` is the index into `entries` of a node's first tensor.
  let first: [Int]
  /// Scalars of convolution and fully connected kernels: the head of the trainable region.
  let kernelCount: Int
  /// Scalars of the trainable region.
  let trainableCount: Int
  /// Scalars of the buffer region.
  let bufferCount: Int

  init(_ network: Network) {
    let kernels = network.nodes.flatMap(\.tensors).filter { $0.role == .kernel }.reduce(0) { $0 + $1.count }
    var entries: [Entry] = []
    var first: [Int] = []
    var nextKernel = 0
    var nextOther = kernels
    var nextBuffer = 0
    for node in network.nodes {
      first.append(entries.count)
      for tensor in node.tensors {
        let offset: Int
        switch tensor.role {
        case .kernel:
          offset = nextKernel
          nextKernel += tensor.count
        case .bias, .scale, .offset:
          offset = nextOther
          nextOther += tensor.count
        case .runningMean, .runningVariance:
          offset = nextBuffer
          nextBuffer += tensor.count
        }
        entries.append(Entry(name: "\(node.name).\(tensor.role.rawValue)", tensor: tensor, offset: offset))
      }
    }
    self.entries = entries
    self.first = first
    kernelCount = kernels
    trainableCount = nextOther
    bufferCount = nextBuffer
  }

  /// The place of tensor `index` of a node.
  func offset(node: Int, tensor index: Int) -> Int { entries[first[node] + index].offset }
}
