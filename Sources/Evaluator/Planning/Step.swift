import CKernels

// A plan is a list of steps. Steps hold nothing but numbers, so that running them costs neither allocation nor reference
// counting; buffers are named by index because their places are known only after all steps are.

/// A range of blocks of a buffer, from one on.
struct Slice: Hashable, Sendable {
  /// The buffer's index in the plan.
  var buffer: Int
  /// The first block.
  var block = 0
  /// Values between two blocks; of dense rows, which are floats always, 0.
  var plane: Int
}

/// An operand as the kernels read it: optionally normalised, then optionally rectified.
struct Operand: Sendable {
  var slice: Slice
  /// Where in the arena the factors of a batch normalisation are, one per lane; -1 for none. Its addends are at `shift`.
  var scale = -1
  var shift = -1
  var relu = false
}

/// Where a gradient goes.
struct Sink: Sendable {
  var slice: Slice
  /// The number of blocks.
  var blocks: Int
  /// Whether it is added to what is there.
  var accumulate: Bool
  /// Where the sums of what is left there go.
  var sums = Sums()
}

/// A gradient as the kernels read it. With `a` at least 0: a·g + b·z + c per lane, the gradient behind a batch
/// normalisation whose input was z.
struct Gradient: Sendable {
  var slice: Slice
  var z: Slice
  var a = -1
  var b = -1
  var c = -1
}

/// Where a step leaves two sums per lane, per piece of the batch; offset -1: nowhere.
struct Sums: Sendable {
  /// The place of piece 0's first sum of this step's first lane.
  var offset = -1
  /// All lanes of the normalised value: the second sums follow after that many floats, the next piece after twice that.
  var width = 0
}

/// The numbers of one batch normalisation.
struct NormalizationSlot: Sendable {
  let channels: Int
  /// All lanes of the value.
  let width: Int
  /// The place of its channels' lanes in the plan's table of lanes.
  let at: Int
  /// Values per channel in one image.
  let pixels: Int
  let epsilon: Double
  let momentum: Double
  /// Places of γ and β among the trainable scalars and of the running statistics among the buffers.
  let gamma: Int
  let beta: Int
  let runningMean: Int
  let runningVariance: Int
  /// Places in the arena. Coefficients: scale, shift, a, b, c, mean, 1/σ, each `width` long.
  let coefficients: Int
  let forwardSums: Int
  let backwardSums: Int

  /// The number of coefficients of a lane.
  static let kinds = 7
  var coefficientPlaces: Range<Int> { coefficients..<(coefficients + NormalizationSlot.kinds * width) }

  var scale: Int { coefficients }
  var shift: Int { coefficients + width }
  var a: Int { coefficients + 2 * width }
  var b: Int { coefficients + 3 * width }
  var c: Int { coefficients + 4 * width }
  var mean: Int { coefficients + 5 * width }
  var inverseDeviation: Int { coefficients + 6 * width }
}

/// The packed form of one tensor of weights, made anew before every training step.
struct PackedWeights: Sendable {
  var isDepthwise: Bool
  /// The tensor's place among the trainable scalars.
  var tensor: Int
  var taps: Int
  var inputs: Int
  var outputs: Int
  var groups: Int
  /// The place of the operand's lanes in the plan's table of lanes, and how many lanes there are.
  var at: Int
  var inputWidth: Int
  /// The result's first lane, and how many lanes there are.
  var outputAt: Int
  var outputWidth: Int
  /// Places in the arena; `transposed` -1 for none.
  var packed: Int
  var transposed: Int
  /// The place of the gradient in a piece's shares.
  var partial = 0
  /// In inference, the factors of the normalisation that is multiplied into the weights; -1 for none.
  var scale = -1

  /// Floats of the packed form.
  var packedCount: Int { taps * inputWidth * (isDepthwise ? 1 : outputWidth) }

  /// What the kernels want to know.
  func packing(_ table: UnsafePointer<Int32>) -> nas_packing {
    nas_packing(
      taps: taps, inputs: inputs, outputs: outputs, groups: groups, input_at: table + at, output_at: outputAt,
      physical_inputs: inputWidth, physical_outputs: outputWidth)
  }
}

/// What slides a window over an operand.
enum WindowKind: Sendable {
  /// The index of its packed weights.
  case convolution(weights: Int)
  /// The indices of the packed weights; `pointwise` -1 for a depthwise convolution alone.
  case separable(depthwise: Int, pointwise: Int)
  case pooling(nas_pool)
}

/// A convolution or pooling, forward.
struct WindowForward: Sendable {
  var kind: WindowKind
  var window: nas_window
  var x: Operand
  var y: Slice
  /// Whether the result is added to what is there.
  var accumulate = false
  /// In inference, the addends of the normalisation that is part of the weights; -1 for none.
  var bias = -1
  var sums: Sums
  /// Where the depthwise result of a separable convolution is kept for the backward step, as floats; nil: nowhere.
  var kept: Slice?
}

/// A convolution or pooling, backward.
struct WindowBackward: Sendable {
  var kind: WindowKind
  var window: nas_window
  var x: Operand
  var dy: Gradient
  var dx: Sink?
  /// Where the forward step kept the depthwise result of a separable convolution; nil: it is computed again.
  var kept: Slice?
}

/// y = a + b, or a copy of a.
struct AddForward: Sendable {
  /// Of a copy, the path whose factors, one per image, it is multiplied with; -1 for none.
  var path = -1
  var a: Operand
  var b: Operand?
  var y: Slice
  var blocks: Int
  var pixels: Int
}

/// A gradient handed on to an operand.
struct PassGradient: Sendable {
  /// The path whose factors, one per image, it is multiplied with; -1 for none.
  var path = -1
  /// The operand, when it has a relu that decides what passes; of a dropped path always, because its normalisation's sums
  /// may be taken here.
  var x: Operand?
  var dy: Gradient
  var dx: Sink
  var pixels: Int
}

/// Sums over a stored value.
struct Moments: Sendable {
  var x: Slice
  var blocks: Int
  var pixels: Int
  var sums: Sums
}

/// Sums over the gradient of one or two normalised values that share it.
struct GradientMoments: Sendable {
  var g: Slice
  var z: Slice
  var sums: Sums
  var otherZ: Slice?
  var otherSums = Sums()
  var blocks: Int
  var pixels: Int
}

/// A mean over height and width, forward.
struct GlobalPoolForward: Sendable {
  var x: Operand
  var y: Slice
  var blocks: Int
  var pixels: Int
}

/// A mean over height and width, backward.
struct GlobalPoolBackward: Sendable {
  var x: Operand
  var dy: Gradient
  var dx: Sink
  var pixels: Int
}

/// A fully connected layer, either way; its values are dense rows.
struct LinearStep: Sendable {
  var x: Slice
  var weights: Int
  var bias: Int
  /// The result, or its gradient.
  var y: Slice
  /// The gradient of x.
  var dx: Slice?
  var inputs: Int
  var outputs: Int
  /// Of the backward step: the place of the gradient of weights and bias in a piece's shares.
  var partial = 0
}

/// Values in blocks to dense rows, or back.
struct Flatten: Sendable {
  var blocked: Slice
  var rows: Slice
  /// The place in the plan's table of where each scalar of an image lies in its blocks.
  var at: Int
  /// Scalars of an image.
  var count: Int
  /// Values from one image to the next in a block.
  var image: Int
  /// The number of blocks, and how many of them are set to zero first, because not all of their lanes are written.
  var blocks: Int
  var cleared = 0
}

/// Sets blocks to zero.
struct Clear: Sendable {
  var slice: Slice
  var blocks: Int
  var pixels: Int
}

/// Dense rows times the factors of dropout, in place: the features, or their gradient.
struct DropFeatures: Sendable {
  var rows: Slice
  /// Scalars of an image.
  var count: Int
}

/// The loss and its gradient.
struct LossStep: Sendable {
  var logits: Slice
  var gradient: Slice?
  var classes: Int
  /// Where in the arena the loss of each image goes.
  var losses: Int
  /// What the gradient is multiplied with.
  var weight = 1.0
  /// ε of label smoothing.
  var smoothing = 0.0
}

/// One piece of work of a plan.
enum Step: Sendable {
  case windowForward(WindowForward)
  case windowBackward(WindowBackward)
  case add(AddForward)
  case passGradient(PassGradient)
  case moments(Moments)
  case gradientMoments(GradientMoments)
  case globalPoolForward(GlobalPoolForward)
  case globalPoolBackward(GlobalPoolBackward)
  case linearForward(LinearStep)
  case linearBackward(LinearStep)
  /// Blocks to rows.
  case flatten(Flatten)
  /// Rows to blocks, written or added.
  case unflatten(Flatten, accumulate: Bool)
  case clear(Clear)
  case dropFeatures(DropFeatures)
  case loss(LossStep)
}
