import SearchSpace
import Testing

@testable import Evaluator

/// Graphs that no cell makes but the primitives can express.
enum OddGraphs {
  typealias Case = GradientTests.Case

  private static func norm(_ builder: inout NetworkBuilder, _ x: NetworkBuilder.Value, _ name: String) throws
    -> NetworkBuilder.Value
  {
    try builder.add(.batchNorm(BatchNorm()), [x], name: name)
  }

  private static func conv(
    _ builder: inout NetworkBuilder, _ x: NetworkBuilder.Value, _ name: String, channels: Int = 6, stride: Int = 1
  ) throws -> NetworkBuilder.Value {
    let window = Window(kernel: Extent(1), stride: Extent(stride))
    return try builder.add(
      .convolution(Convolution(outputChannels: channels, window: window)), [x], name: name)
  }

  static let cases: [Case] = [
    Case(name: "the same value added twice") { builder, x in
      let y = try norm(&builder, x, "norm")
      return try builder.add(.add, [y, y], name: "sum")
    },
    Case(name: "read with and without relu") { builder, x in
      let y = try norm(&builder, x, "norm")
      let positive = try builder.add(.relu, [y], name: "relu")
      let sum = try builder.add(.add, [y, positive], name: "sum")
      return try builder.add(.add, [sum, try conv(&builder, positive, "conv")], name: "sum2")
    },
    Case(name: "concat of concats, parts read elsewhere") { builder, x in
      let a = try conv(&builder, x, "a")
      let b = try norm(&builder, try conv(&builder, x, "b", channels: 3), "bnorm")
      let inner = try builder.add(.concat, [a, b, x], name: "inner")
      let c = try builder.add(.add, [a, x], name: "c")
      let outer = try builder.add(.concat, [c, inner, a, c], name: "outer")
      let y = try norm(&builder, outer, "norm")
      let late = try conv(&builder, inner, "late", channels: 33)
      return try builder.add(.add, [y, late], name: "sum")
    },
    Case(name: "norm of a concat of convolutions") { builder, x in
      let parts = try [conv(&builder, x, "a", channels: 3), conv(&builder, x, "b", channels: 5)]
      return try norm(&builder, try builder.add(.concat, parts, name: "cat"), "norm")
    },
    Case(name: "norm of a concat whose part is read elsewhere") { builder, x in
      let a = try conv(&builder, x, "a", channels: 3)
      let b = try conv(&builder, x, "b", channels: 3)
      let y = try norm(&builder, try builder.add(.concat, [a, b], name: "cat"), "norm")
      return try builder.add(.concat, [y, a], name: "out")
    },
    Case(name: "norm of norm, of relu, of add") { builder, x in
      let once = try norm(&builder, x, "once")
      let twice = try norm(&builder, once, "twice")
      let positive = try builder.add(.relu, [twice], name: "relu")
      let third = try norm(&builder, positive, "third")
      return try norm(&builder, try builder.add(.add, [third, once], name: "sum"), "fourth")
    },
    Case(name: "two norms of one value, which is read plainly too") { builder, x in
      let a = try norm(&builder, x, "a")
      let b = try norm(&builder, x, "b")
      let sum = try builder.add(.add, [a, b], name: "sum")
      return try builder.add(.add, [sum, x], name: "sum2")
    },
    Case(name: "norm and relu of the images") { builder, _ in
      let a = try norm(&builder, builder.input, "a")
      let b = try builder.add(.relu, [builder.input], name: "relu")
      let cat = try builder.add(.concat, [a, b, builder.input], name: "cat")
      return try conv(&builder, cat, "conv")
    },
    Case(name: "add of a concat whose part is read after it") { builder, x in
      let a = try conv(&builder, x, "a", channels: 3)
      let b = try conv(&builder, x, "b", channels: 3)
      let cat = try builder.add(.concat, [a, b], name: "cat")
      let sum = try builder.add(.add, [cat, x], name: "sum")
      return try builder.add(.concat, [sum, try conv(&builder, a, "late")], name: "out")
    },
    Case(name: "part of a concat read late, concat read early") { builder, x in
      let a = try conv(&builder, x, "a", channels: 3)
      let cat = try builder.add(.concat, [a, x], name: "cat")
      let early = try conv(&builder, cat, "early")
      let late = try builder.add(.relu, [a], name: "relu")
      let wide = try conv(&builder, late, "late")
      return try builder.add(.add, [early, wide], name: "sum")
    },
    Case(name: "mean and linear in the middle, twice") { builder, x in
      let mean = try builder.add(.globalAveragePool, [x], name: "mean")
      let normal = try norm(&builder, mean, "norm")
      let first = try builder.add(.linear(Linear(outputs: 6)), [normal], name: "first")
      let second = try builder.add(.linear(Linear(outputs: 6)), [mean], name: "second")
      let third = try builder.add(.linear(Linear(outputs: 6)), [mean], name: "third")
      let sum = try builder.add(.add, [first, second], name: "sum")
      let cat = try builder.add(.concat, [sum, mean, third], name: "cat")
      return try norm(&builder, try builder.add(.relu, [cat], name: "relu"), "after")
    },
    Case(name: "linear on an image") { builder, x in
      let y = try norm(&builder, try conv(&builder, x, "conv", channels: 2, stride: 3), "norm")
      return try builder.add(.linear(Linear(outputs: 7)), [y], name: "flat")
    },
    Case(name: "read by a strided convolution before and after a whole one") { builder, x in
      let y = try builder.add(.concat, [conv(&builder, x, "a"), x], name: "cat")
      let positive = try builder.add(.relu, [y], name: "relu")
      let early = try conv(&builder, positive, "early", stride: 2)
      let whole = try conv(&builder, y, "whole")
      let late = try conv(&builder, y, "late", stride: 2)
      let sum = try builder.add(.add, [early, late], name: "sum")
      return try builder.add(.add, [sum, try conv(&builder, whole, "down", stride: 2)], name: "sum2")
    },
    Case(name: "norm read by a strided convolution and a whole one") { builder, x in
      let y = try norm(&builder, try conv(&builder, x, "conv"), "norm")
      let whole = try conv(&builder, y, "whole")
      let strided = try conv(&builder, y, "strided", stride: 2)
      return try builder.add(.add, [strided, try conv(&builder, whole, "down", stride: 2)], name: "sum")
    },
    Case(name: "relu of relu, unused branch") { builder, x in
      _ = try conv(&builder, x, "unused")
      let once = try builder.add(.relu, [x], name: "once")
      return try builder.add(.relu, [once], name: "twice")
    },
  ]
}
