/// The extent of one image's tensor in NHWC order, without the batch dimension.
public struct Shape: Hashable, Sendable, Codable {
  /// Rows.
  public let height: Int
  /// Columns.
  public let width: Int
  /// Channels, the innermost (contiguous) dimension.
  public let channels: Int

  /// Creates a shape.
  public init(height: Int, width: Int, channels: Int) {
    self.height = height
    self.width = width
    self.channels = channels
  }

  /// Height × width × channels.
  public var count: Int { height * width * channels }
}

extension Shape: CustomStringConvertible {
  /// For example `32×32×16`.
  public var description: String { "\(height)×\(width)×\(channels)" }
}

/// A pair of a vertical and a horizontal extent: kernel sizes, strides, dilations.
public struct Extent: Hashable, Sendable, Codable {
  /// Along rows.
  public let height: Int
  /// Along columns.
  public let width: Int

  /// Creates an extent.
  public init(height: Int, width: Int) {
    self.height = height
    self.width = width
  }

  /// The same extent both ways.
  public init(_ both: Int) {
    self.init(height: both, width: both)
  }

  /// Height × width.
  public var count: Int { height * width }
}

/// Rows and columns added around an image (negative: cut off).
public struct Insets: Hashable, Sendable, Codable {
  /// Rows above.
  public let top: Int
  /// Columns to the left.
  public let left: Int
  /// Rows below.
  public let bottom: Int
  /// Columns to the right.
  public let right: Int

  /// Creates insets.
  public init(top: Int, left: Int, bottom: Int, right: Int) {
    self.top = top
    self.left = left
    self.bottom = bottom
    self.right = right
  }
}

/// How a window treats the border of its input.
public enum Padding: Hashable, Sendable {
  /// TensorFlow's SAME: output extent ⌈n / stride⌉, the odd row or column of padding below and to the right.
  case same
  /// No padding.
  case valid
  /// Fixed insets; negative ones drop rows or columns, which shifts a strided window's sampling grid.
  case explicit(Insets)
}

/// A sliding window: kernel, stride, dilation and padding, with the arithmetic that convolution and pooling share.
public struct Window: Hashable, Sendable {
  /// The kernel's extent.
  public let kernel: Extent
  /// The step between windows.
  public let stride: Extent
  /// The distance between taps.
  public let dilation: Extent
  /// The treatment of the border.
  public let padding: Padding

  /// Creates a window.
  public init(kernel: Extent, stride: Extent = Extent(1), dilation: Extent = Extent(1), padding: Padding = .same) {
    self.kernel = kernel
    self.stride = stride
    self.dilation = dilation
    self.padding = padding
  }

  /// The output's height and width for an input of the given height and width; nil when the kernel does not fit.
  public func outputExtent(height: Int, width: Int) -> Extent? {
    let insets = insets(height: height, width: width)
    func extent(_ size: Int, _ kernel: Int, _ stride: Int, _ dilation: Int) -> Int {
      let free = size - ((kernel - 1) * dilation + 1)
      return free < 0 ? 0 : free / stride + 1
    }
    let rows = extent(height + insets.top + insets.bottom, kernel.height, stride.height, dilation.height)
    let columns = extent(width + insets.left + insets.right, kernel.width, stride.width, dilation.width)
    return rows > 0 && columns > 0 ? Extent(height: rows, width: columns) : nil
  }

  /// The padding in rows and columns for an input of the given height and width.
  public func insets(height: Int, width: Int) -> Insets {
    switch padding {
    case .valid: return Insets(top: 0, left: 0, bottom: 0, right: 0)
    case .explicit(let insets): return insets
    case .same:
      let rows = Window.samePadding(height, kernel.height, stride.height, dilation.height)
      let columns = Window.samePadding(width, kernel.width, stride.width, dilation.width)
      return Insets(top: rows / 2, left: columns / 2, bottom: rows - rows / 2, right: columns - columns / 2)
    }
  }

  /// The total padding of SAME: max((⌈n/s⌉ − 1)·s + (k − 1)·d + 1 − n, 0) (TensorFlow, "Neural network: padding").
  private static func samePadding(_ size: Int, _ kernel: Int, _ stride: Int, _ dilation: Int) -> Int {
    max(((size + stride - 1) / stride - 1) * stride + (kernel - 1) * dilation + 1 - size, 0)
  }
}
