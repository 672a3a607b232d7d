import SearchSpace

/// Networks that no cell makes but the primitives can express: dilated, cropped and rectangular windows, pooling of every
/// kind, groups, fully connected layers in the middle and on images.
enum OddNetworks {
  static func windows() throws -> Network {
    var builder = NetworkBuilder(input: Shape(height: 11, width: 9, channels: 3))
    let dilated = Window(kernel: Extent(height: 3, width: 2), stride: Extent(height: 1, width: 2), dilation: Extent(2))
    let wide = try builder.add(
      .convolution(Convolution(outputChannels: 6, window: dilated)), [builder.input], name: "dilated")
    let groups = Convolution(
      outputChannels: 4, window: Window(kernel: Extent(3), padding: .valid), groups: 2)
    let grouped = try builder.add(.convolution(groups), [wide], name: "grouped")
    let shift = Window(
      kernel: Extent(2), stride: Extent(2), padding: .explicit(Insets(top: -2, left: 1, bottom: 0, right: -1)))
    let cut = try builder.add(.convolution(Convolution(outputChannels: 5, window: shift)), [wide], name: "cut")
    let pools = try Pooling.Kind.allCases.map { kind in
      let window = Window(kernel: Extent(height: 3, width: 2), stride: Extent(2), padding: .same)
      let pooled = try builder.add(.pooling(Pooling(kind: kind, window: window)), [wide], name: "\(kind)")
      let cropped = Window(
        kernel: Extent(2), stride: Extent(2), padding: .explicit(Insets(top: 1, left: -1, bottom: 0, right: 1)))
      return try (pooled, builder.add(.pooling(Pooling(kind: kind, window: cropped)), [wide], name: "\(kind)Cropped"))
    }
    let values = try (pools.map(\.0) + pools.map(\.1) + [grouped, cut]).enumerated().map { index, value in
      let mean = try builder.add(.globalAveragePool, [value], name: "mean\(index)")
      return try builder.add(.linear(Linear(outputs: 3)), [mean], name: "linear\(index)")
    }
    let joined = try builder.add(.concat, values, name: "joined")
    let normal = try builder.add(.batchNorm(BatchNorm(epsilon: 0.01)), [joined], name: "normal")
    let active = try builder.add(.relu, [normal], name: "active")
    let output = try builder.add(.linear(Linear(outputs: 4)), [active], name: "output")
    return builder.network(output: output)
  }

  static func flattened() throws -> Network {
    var builder = NetworkBuilder(input: Shape(height: 4, width: 3, channels: 2))
    let first = try builder.add(.linear(Linear(outputs: 5)), [builder.input], name: "first")
    let second = try builder.add(.linear(Linear(outputs: 5)), [builder.input], name: "second")
    let sum = try builder.add(.add, [first, second], name: "sum")
    return builder.network(output: sum)
  }
}
