import SearchSpace
import Testing

@Suite struct ShapeTests {
  struct SameCase: Sendable {
    let size: Int, kernel: Int, stride: Int, dilation: Int
    let before: Int, after: Int, output: Int
  }

  /// Worked out by hand from TensorFlow's rule; the odd pixel of padding lies below and to the right.
  @Test(arguments: [
    SameCase(size: 32, kernel: 3, stride: 1, dilation: 1, before: 1, after: 1, output: 32),
    SameCase(size: 32, kernel: 3, stride: 2, dilation: 1, before: 0, after: 1, output: 16),
    SameCase(size: 33, kernel: 3, stride: 2, dilation: 1, before: 1, after: 1, output: 17),
    SameCase(size: 32, kernel: 5, stride: 2, dilation: 1, before: 1, after: 2, output: 16),
    SameCase(size: 32, kernel: 7, stride: 2, dilation: 1, before: 2, after: 3, output: 16),
    SameCase(size: 7, kernel: 7, stride: 2, dilation: 1, before: 3, after: 3, output: 4),
    SameCase(size: 32, kernel: 2, stride: 1, dilation: 1, before: 0, after: 1, output: 32),
    SameCase(size: 5, kernel: 2, stride: 2, dilation: 1, before: 0, after: 1, output: 3),
    SameCase(size: 32, kernel: 1, stride: 2, dilation: 1, before: 0, after: 0, output: 16),
    SameCase(size: 33, kernel: 1, stride: 2, dilation: 1, before: 0, after: 0, output: 17),
    SameCase(size: 32, kernel: 3, stride: 1, dilation: 2, before: 2, after: 2, output: 32),
    SameCase(size: 32, kernel: 3, stride: 2, dilation: 2, before: 1, after: 2, output: 16),
    SameCase(size: 1, kernel: 7, stride: 2, dilation: 1, before: 3, after: 3, output: 1),
  ])
  func sameIsTensorFlows(same: SameCase) {
    let window = Window(
      kernel: Extent(same.kernel), stride: Extent(same.stride), dilation: Extent(same.dilation))
    let insets = window.insets(height: same.size, width: same.size)
    #expect(insets == Insets(top: same.before, left: same.before, bottom: same.after, right: same.after))
    #expect(window.outputExtent(height: same.size, width: same.size) == Extent(same.output))
  }

  @Test func heightAndWidthAreApart() {
    let window = Window(kernel: Extent(height: 1, width: 7), stride: Extent(height: 1, width: 2))
    #expect(window.insets(height: 9, width: 32) == Insets(top: 0, left: 2, bottom: 0, right: 3))
    #expect(window.outputExtent(height: 9, width: 32) == Extent(height: 9, width: 16))
  }

  @Test func validNeedsRoomForTheKernel() {
    let window = Window(kernel: Extent(5), stride: Extent(3), padding: .valid)
    #expect(window.outputExtent(height: 8, width: 11) == Extent(height: 2, width: 3))
    #expect(window.outputExtent(height: 4, width: 11) == nil)
  }

  @Test(arguments: [1, 2, 5, 32, 33])
  func shiftedPathHasTheSizeOfTheOther(size: Int) {
    let shift = Insets(top: -1, left: -1, bottom: 1, right: 1)
    let shifted = Window(kernel: Extent(1), stride: Extent(2), padding: .explicit(shift))
    let plain = Window(kernel: Extent(1), stride: Extent(2))
    #expect(shifted.outputExtent(height: size, width: size) == plain.outputExtent(height: size, width: size))
  }
}
