import CKernels
import SearchSpace

/// How operands and gradients are presented to a kernel, and what is wanted from it.
struct Presentation: Sendable {
  var scaled = false
  var relu = false
  var bias = false
  var behindNorm = false
  var accumulate = false
  /// Values in steps of 1/8, so that equal ones occur.
  var coarse = false
  var wantsFirstSum = true
  var wantsSecondSum = true
  var wantsInputGradient = true
  var wantsWeightGradient = true
  /// Whether a separable convolution's depthwise result is kept.
  var keeps = false

  static let all: [Presentation] = [
    Presentation(),
    Presentation(relu: true, bias: true, wantsFirstSum: false, wantsSecondSum: false, wantsWeightGradient: false),
    Presentation(relu: true, behindNorm: true, wantsFirstSum: false, wantsSecondSum: false),
    Presentation(scaled: true, relu: true, accumulate: true, wantsFirstSum: false, wantsSecondSum: false),
    Presentation(scaled: true, relu: true, bias: true, behindNorm: true),
    Presentation(scaled: true, relu: true, behindNorm: true, keeps: true),
    Presentation(scaled: true, behindNorm: true, accumulate: true, wantsFirstSum: false),
    Presentation(relu: true, accumulate: true, coarse: true, wantsSecondSum: false),
    Presentation(scaled: true, relu: true, behindNorm: true, wantsInputGradient: false),
    Presentation(relu: true, wantsInputGradient: false, keeps: true),
  ]
}

/// The geometry, the channels and the number of images of one test.
struct WindowCase: Sendable, CustomStringConvertible {
  var size: (Int, Int)
  var channels: Int
  /// The operand is a concatenation of so many equal parts, each of which starts a block.
  var parts = 1
  /// nil: the result has the operand's channels, where they lie there.
  var outputs: Int?
  /// Channels of the result in front of those that are computed.
  var offset = 0
  var groups = 1
  var kernel: (Int, Int)
  var stride: (Int, Int)
  var dilation: (Int, Int)
  var pad: (Int, Int)
  var outSize: (Int, Int)
  var images = 2
  /// Whether averages divide by the whole window.
  var countsPadding = false
  /// Whether kernels are told which lanes of the operand are empty.
  var hintsAtEmptyLanes = true

  /// `pad` nil is the padding that keeps the size at stride 1; `outSize` nil is the size with the same padding below and
  /// to the right.
  init(
    _ size: (Int, Int), channels: Int, parts: Int = 1, outputs: Int? = nil, offset: Int = 0, groups: Int = 1,
    kernel: (Int, Int), stride: Int = 1, dilation: Int = 1, pad: (Int, Int)? = nil, outSize: (Int, Int)? = nil
  ) {
    let padding = pad ?? ((kernel.0 - 1) * dilation / 2, (kernel.1 - 1) * dilation / 2)
    let height = (size.0 + 2 * padding.0 - (kernel.0 - 1) * dilation - 1) / stride + 1
    let width = (size.1 + 2 * padding.1 - (kernel.1 - 1) * dilation - 1) / stride + 1
    self.size = size
    self.channels = channels
    self.parts = parts
    self.outputs = outputs
    self.offset = offset
    self.groups = groups
    self.kernel = kernel
    self.stride = (stride, stride)
    self.dilation = (dilation, dilation)
    self.pad = padding
    self.outSize = outSize ?? (height, width)
  }

  var taps: Int { kernel.0 * kernel.1 }
  var inputPixels: Int { size.0 * size.1 }
  var outputPixels: Int { outSize.0 * outSize.1 }
  /// The channels of the result, with those in front of it.
  var resultChannels: Int { outputs.map { $0 + offset } ?? channels }

  func inputLayout(lanes: Int) -> ChannelLayout { ChannelLayout(channels, parts: parts, lanes: lanes) }
  func resultLayout(lanes: Int) -> ChannelLayout {
    outputs == nil ? inputLayout(lanes: lanes) : ChannelLayout(resultChannels, lanes: lanes)
  }

  func window(lanes: Int) -> nas_window {
    let (input, result) = (inputLayout(lanes: lanes), resultLayout(lanes: lanes))
    return nas_window(
      height: size.0, width: size.1, out_height: outSize.0, out_width: outSize.1, kernel_h: kernel.0,
      kernel_w: kernel.1, stride_h: stride.0, stride_w: stride.1, dilation_h: dilation.0, dilation_w: dilation.1,
      pad_top: pad.0, pad_left: pad.1, in_blocks: input.blocks, out_blocks: result.blocks,
      in_lanes: hint(input, lanes: lanes), out_lanes: hint(result, lanes: lanes),
      counts_padding: countsPadding ? 1 : 0)
  }

  private func hint(_ layout: ChannelLayout, lanes: Int) -> nas_lanes {
    hintsAtEmptyLanes
      ? nas_lanes(part_blocks: layout.partBlocks, last_lanes: layout.lastLanes)
      : nas_lanes(part_blocks: layout.blocks, last_lanes: lanes)
  }

  var description: String {
    "\(size.0)x\(size.1)x\(channels) in \(parts) parts -> \(outSize.0)x\(outSize.1)x\(resultChannels) from \(offset), "
      + "kernel \(kernel), stride \(stride), dilation \(dilation), pad \(pad), groups \(groups)"
      + (countsPadding ? ", padding counted" : "") + (hintsAtEmptyLanes ? "" : ", no hint")
  }
}

extension WindowCase {
  private static let kernels = [(1, 1), (3, 3), (5, 5), (7, 7), (1, 7), (7, 1), (2, 2), (4, 4), (2, 3), (1, 3)]
  private static let widths = [1, 3, 8, 12, 16, 20, 24, 44, 48]

  /// A geometry at random: crops, padding wider than the kernel, windows outside the image, tails, parts and offsets.
  static func random(_ family: WindowFamily, _ index: Int) -> WindowCase {
    var stream = RandomStream(seed: 17).split("geometry", index)
    let kernel = stream.element(of: kernels)
    var layout = WindowCase((1, 1), channels: stream.element(of: widths), kernel: kernel, outSize: (1, 1))
    layout.stride = stream.element(of: [(1, 1), (1, 1), (2, 2), (2, 2), (3, 3), (1, 2), (2, 1), (3, 2)])
    layout.dilation = stream.element(of: [(1, 1), (1, 1), (1, 1), (2, 2), (3, 1), (1, 2)])
    let widest = stream.integer(below: 4) > 0 ? (8, 8) : stream.element(of: [(2, 33), (17, 3), (5, 17), (11, 9)])
    (layout.size.0, layout.pad.0, layout.outSize.0) = axis(
      widest.0, kernel.0, layout.stride.0, layout.dilation.0, &stream)
    (layout.size.1, layout.pad.1, layout.outSize.1) = axis(
      widest.1, kernel.1, layout.stride.1, layout.dilation.1, &stream)
    if stream.integer(below: 3) == 0 && layout.channels <= 24 {
      layout.parts = 2 + stream.integer(below: 2)
      layout.channels *= layout.parts
    }
    if !family.keepsChannels {
      layout.outputs = stream.element(of: widths)
      layout.offset = stream.element(of: [0, 0, 5, 8, 12, 20])
    }
    if family.hasGroups, let outputs = layout.outputs {
      layout.groups = stream.element(of: [1, 1, 2, 4].filter { layout.channels % $0 == 0 && outputs % $0 == 0 })
    }
    layout.images = 2 + stream.integer(below: 2)
    layout.hintsAtEmptyLanes = stream.integer(below: 4) > 0
    return layout
  }

  /// The size (at most `widest`, where it often is), padding and output size of one direction.
  private static func axis(
    _ widest: Int, _ kernel: Int, _ stride: Int, _ dilation: Int, _ stream: inout RandomStream
  ) -> (Int, Int, Int) {
    let reach = (kernel - 1) * dilation
    let size = stream.integer(below: 2) == 0 ? widest : 1 + stream.integer(below: widest)
    let before = stream.element(of: [reach / 2, reach / 2, (reach + 1) / 2, 0, -1, reach + 1])
    let behind = stream.element(of: [reach / 2, (reach + 1) / 2, 0, -1, reach + 1])
    return (size, before, max(0, size + before + behind - reach - 1) / stride + 1)
  }
}
