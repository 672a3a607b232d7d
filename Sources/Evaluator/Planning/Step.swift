import CKernels

// A plan is a list of steps. Steps hold nothing but numbers, so that running them costs neither allocation nor reference
// counting; buffers are named by index because their places are known only after all steps are.

/// A range of channels of every pixel of a buffer.
struct Slice: Hashable, Sendable {
  /// The buffer's index in the plan.
  var buffer: Int
  /// The first channel.
  var channel: Int
  /// Floats between neighbouring pixels.
  var stride: Int
}

/// An operand as the kernels read it: optionally normalised, then optionally rectified.
struct Operand: Sendable {
  var slice: Slice
  /// Where in the arena the factors of a batch normalisation are, one per channel; -1 for none. Its addends follow at
  /// `shift`.
  var scale = -1
  var shift = -1
  var relu = false
}

/// Where a gradient goes.
struct Sink: Sendable {
  var slice: Slice
  /// Whether it is added to what is there.
  var accumulate: Bool
}

/// A gradient as the kernels read it. With `a` at least 0: a·g + b·z + c per channel, the gradient behind a batch
/// normalisation whose input was z.
struct Gradient: Sendable {
  var slice: Slice
  var z: Slice
  var a = -1
  var b = -1
  var c = -1
}

/// Where a step leaves the sums of its result and of its squares, per piece of the batch; offset -1: nowhere.
struct Sums: Sendable {
  /// The place of piece 0's sum of this step's first channel.
  var offset = -1
  /// All channels of the normalised value: the squares follow after that many floats, the next piece after twice that.
  var channels = 0
}

/// The numbers of one batch normalisation.
struct NormalizationSlot: Sendable {
  let channels: Int
  /// Values per channel in one image.
  let pixels: Int
  let epsilon: Double
  let momentum: Double
  /// Places of γ and β among the trainable scalars and of the running statistics among the buffers.
  let gamma: Int
  let beta: Int
  let runningMean: Int
  let runningVariance: Int
  /// Places in the arena. Coefficients: scale, shift, a, b, c, mean, 1/σ, each `channels` long.
  let coefficients: Int
  let forwardSums: Int
  let backwardSums: Int

  var scale: Int { coefficients }
  var shift: Int { coefficients + channels }
  var a: Int { coefficients + 2 * channels }
  var b: Int { coefficients + 3 * channels }
  var c: Int { coefficients + 4 * channels }
  var mean: Int { coefficients + 5 * channels }
  var inverseDeviation: Int { coefficients + 6 * channels }
}

/// What kind of window a step slides.
enum WindowKind: Sendable {
  case convolution
  case depthwise
  case pooling(nas_pool)
}

/// A convolution or pooling, forward.
struct WindowForward: Sendable {
  var kind: WindowKind
  var window: nas_window
  var x: Operand
  /// The kernel's place among the trainable scalars; -1 for pooling.
  var weights: Int
  var y: Slice
  var sums: Sums
}

/// A convolution or pooling, backward.
struct WindowBackward: Sendable {
  var kind: WindowKind
  var window: nas_window
  var x: Operand
  var weights: Int
  /// Scalars of the kernel.
  var weightCount: Int
  var dy: Gradient
  var dx: Sink?
}

/// y = a + b, or a copy of a.
struct AddForward: Sendable {
  var a: Operand
  var b: Operand?
  var y: Slice
  var pixels: Int
  var channels: Int
}

/// A gradient handed on to an operand.
struct PassGradient: Sendable {
  /// The operand, when it has a relu that decides what passes.
  var x: Operand?
  var dy: Gradient
  var dx: Sink
  var pixels: Int
  var channels: Int
}

/// Sums over a stored value.
struct Moments: Sendable {
  var x: Slice
  var pixels: Int
  var channels: Int
  var sums: Sums
}

/// Sums over the gradient of a normalised value.
struct GradientMoments: Sendable {
  var g: Slice
  var z: Slice
  var pixels: Int
  var channels: Int
  var sums: Sums
}

/// A mean over height and width, either way.
struct GlobalPool: Sendable {
  var x: Operand
  /// The dense result, or its gradient.
  var y: Slice
  var pixels: Int
  var channels: Int
  var dx: Sink?
}

/// A fully connected layer, either way.
struct LinearStep: Sendable {
  var x: Slice
  var weights: Int
  var bias: Int
  /// The dense result, or its gradient.
  var y: Slice
  /// The dense gradient of x, which is always overwritten.
  var dx: Slice?
  var inputs: Int
  var outputs: Int
}

/// Sets a slice to zero.
struct Clear: Sendable {
  var slice: Slice
  var pixels: Int
  var channels: Int
}

/// The loss and its gradient.
struct LossStep: Sendable {
  var logits: Slice
  var gradient: Slice?
  var classes: Int
}

/// One piece of work of a plan.
enum Step: Sendable {
  case windowForward(WindowForward)
  case windowBackward(WindowBackward)
  case add(AddForward)
  case passGradient(PassGradient)
  case moments(Moments)
  /// Turns a batch's sums into the factors and addends of a normalisation, by its index.
  case normalize(Int)
  case gradientMoments(GradientMoments)
  /// Turns the gradient's sums into the gradients of γ and β and the coefficients a, b, c.
  case normalizeBackward(Int)
  case globalPoolForward(GlobalPool)
  case globalPoolBackward(GlobalPool)
  case linearForward(LinearStep)
  case linearBackward(LinearStep)
  case clear(Clear)
  case loss(LossStep)
}
