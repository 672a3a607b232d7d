import Foundation
import SearchSpace

@testable import Evaluator

/// A naive double-precision interpreter of networks, forward with batch statistics: what the engine is tested against.
/// It shares nothing with the engine: no plan, no kernels, every node's value is kept.
struct DoubleNetwork {
  let network: Network
  /// The tensors of all nodes in network order.
  var tensors: [[Double]]
  /// ε of label smoothing.
  var labelSmoothing = 0.0
  /// The weight of the auxiliary output's loss in `totalLoss`.
  var auxiliaryWeight = 0.0
  /// By node: what its value is multiplied with, image by image.
  var pathFactors: [Int: [Double]] = [:]
  /// What the last node's operand is multiplied with; empty for nothing.
  var featureFactors: [Double] = []

  init(_ network: Network, _ parameters: ModelParameters) {
    self.network = network
    tensors = parameters.tensors.map { $0.values.map(Double.init) }
  }

  /// The values of all nodes for a batch of images (NHWC).
  private func values(images: [Double], count: Int) -> [[Double]] {
    var values: [[Double]] = []
    var next = 0
    for (index, node) in network.nodes.enumerated() {
      var inputs = node.inputs.map { (values[$0], network.nodes[$0].shape) }
      if index == network.nodes.count - 1, !featureFactors.isEmpty {
        inputs[0].0 = zip(inputs[0].0, featureFactors).map { $0 * $1 }
      }
      let owned = Array(tensors[next..<(next + node.tensors.count)])
      next += node.tensors.count
      var value = evaluate(node, inputs, owned, images, count)
      if let factors = pathFactors[index] {
        for place in value.indices { value[place] *= factors[place / node.shape.count] }
      }
      values.append(value)
    }
    return values
  }

  /// The logits of a batch of images (NHWC).
  func logits(images: [Double], count: Int) -> [Double] { values(images: images, count: count).last ?? [] }

  /// The mean cross-entropy of the last output.
  func loss(images: [Double], labels: [UInt8]) -> Double {
    crossEntropy(logits(images: images, count: labels.count), labels)
  }

  /// What the gradients are of: the losses of both outputs.
  func totalLoss(images: [Double], labels: [UInt8]) -> Double {
    let values = values(images: images, count: labels.count)
    let auxiliary = network.auxiliaryOutput.map { auxiliaryWeight * crossEntropy(values[$0], labels) } ?? 0
    return crossEntropy(values[values.count - 1], labels) + auxiliary
  }

  private func crossEntropy(_ logits: [Double], _ labels: [UInt8]) -> Double {
    let classes = network.classes
    var total = 0.0
    for (image, label) in labels.enumerated() {
      let row = logits[(image * classes)..<((image + 1) * classes)]
      let largest = row.max() ?? 0
      let sum = log(row.reduce(0) { $0 + exp($1 - largest) }) + largest
      for (index, logit) in row.enumerated() {
        let target = (index == Int(label) ? 1 - labelSmoothing : 0) + labelSmoothing / Double(classes)
        total += target * (sum - logit)
      }
    }
    return total / Double(labels.count)
  }

  private func evaluate(
    _ node: Network.Node, _ inputs: [([Double], Shape)], _ owned: [[Double]], _ images: [Double], _ count: Int
  ) -> [Double] {
    switch node.primitive {
    case .input: return images
    case .convolution(let convolution): return convolve(inputs[0], owned[0], convolution, node.shape, count)
    case .batchNorm(let norm): return normalize(inputs[0], owned, norm)
    case .relu: return inputs[0].0.map { max($0, 0) }
    case .pooling(let pooling): return pool(inputs[0], pooling, node.shape, count)
    case .add: return zip(inputs[0].0, inputs[1].0).map { $0 + $1 }
    case .concat: return concat(inputs, count)
    case .globalAveragePool: return average(inputs[0], count)
    case .linear(let linear): return multiply(inputs[0], owned, linear.outputs, count)
    }
  }

  private func convolve(
    _ input: ([Double], Shape), _ weights: [Double], _ convolution: Convolution, _ shape: Shape, _ count: Int
  ) -> [Double] {
    let (x, from) = input
    var y = [Double](repeating: 0, count: count * shape.count)
    let inGroup = from.channels / convolution.groups
    let outGroup = shape.channels / convolution.groups
    eachTap(convolution.window, from, shape, count) { source, target, tap in
      for out in 0..<shape.channels {
        var sum = 0.0
        let firstIn = out / outGroup * inGroup
        for channel in 0..<inGroup {
          sum +=
            x[source * from.channels + firstIn + channel]
            * weights[(tap * inGroup + channel) * shape.channels + out]
        }
        y[target * shape.channels + out] += sum
      }
    }
    return y
  }

  private func pool(_ input: ([Double], Shape), _ pooling: Pooling, _ shape: Shape, _ count: Int) -> [Double] {
    let (x, from) = input
    var collected = [[Double]](repeating: [], count: count * shape.count)
    eachTap(pooling.window, from, shape, count) { source, target, _ in
      for channel in 0..<shape.channels {
        collected[target * shape.channels + channel].append(x[source * from.channels + channel])
      }
    }
    return collected.map { values in
      switch pooling.kind {
      case .max: values.max() ?? 0
      case .min: values.min() ?? 0
      case .average where values.isEmpty: 0
      case .average: values.reduce(0, +) / Double(pooling.countsPadding ? pooling.window.kernel.count : values.count)
      }
    }
  }

  /// Calls `body` with pixel numbers for every tap that lies inside the image.
  private func eachTap(
    _ window: Window, _ from: Shape, _ to: Shape, _ count: Int,
    _ body: (_ source: Int, _ target: Int, _ tap: Int) -> Void
  ) {
    let insets = window.insets(height: from.height, width: from.width)
    for image in 0..<count {
      for row in 0..<to.height {
        for column in 0..<to.width {
          for tap in 0..<window.kernel.count {
            let y = row * window.stride.height - insets.top + tap / window.kernel.width * window.dilation.height
            let x = column * window.stride.width - insets.left + tap % window.kernel.width * window.dilation.width
            guard y >= 0, y < from.height, x >= 0, x < from.width else { continue }
            body((image * from.height + y) * from.width + x, (image * to.height + row) * to.width + column, tap)
          }
        }
      }
    }
  }

  private func normalize(_ input: ([Double], Shape), _ owned: [[Double]], _ norm: BatchNorm) -> [Double] {
    let channels = input.1.channels
    var y = input.0
    for channel in 0..<channels {
      let places = stride(from: channel, to: y.count, by: channels)
      let count = Double(y.count / channels)
      let mean = places.reduce(0.0) { $0 + y[$1] } / count
      let variance = places.reduce(0.0) { $0 + (y[$1] - mean) * (y[$1] - mean) } / count
      for place in places {
        y[place] = (y[place] - mean) / (variance + norm.epsilon).squareRoot() * owned[0][channel] + owned[1][channel]
      }
    }
    return y
  }

  private func concat(_ inputs: [([Double], Shape)], _ count: Int) -> [Double] {
    var y: [Double] = []
    for pixel in 0..<(count * inputs[0].1.height * inputs[0].1.width) {
      for (x, shape) in inputs { y += x[(pixel * shape.channels)..<((pixel + 1) * shape.channels)] }
    }
    return y
  }

  private func average(_ input: ([Double], Shape), _ count: Int) -> [Double] {
    let (x, shape) = input
    let pixels = shape.height * shape.width
    var y = [Double](repeating: 0, count: count * shape.channels)
    for index in x.indices {
      y[index / shape.count * shape.channels + index % shape.channels] += x[index] / Double(pixels)
    }
    return y
  }

  private func multiply(_ input: ([Double], Shape), _ owned: [[Double]], _ outputs: Int, _ count: Int) -> [Double] {
    let (x, shape) = input
    var y: [Double] = []
    for image in 0..<count {
      for output in 0..<outputs {
        var sum = owned[1][output]
        for index in 0..<shape.count { sum += x[image * shape.count + index] * owned[0][index * outputs + output] }
        y.append(sum)
      }
    }
    return y
  }
}
