import CKernels
import SearchSpace
import Testing

/// Where packed weights lie, and the ways back.
struct KernelsPackingTests {
  struct Example: Sendable {
    var channels: Int
    var parts = 1
    var outputs: Int
    var offset = 0
    var groups = 1
    var taps = 1
  }
  static let examples = [
    Example(channels: 1, outputs: 1), Example(channels: 3, outputs: 20, taps: 9),
    Example(channels: 44, outputs: 12, offset: 12), Example(channels: 60, parts: 3, outputs: 24, offset: 5, taps: 4),
    Example(channels: 12, parts: 2, outputs: 8, offset: 3, groups: 4, taps: 3),
    Example(channels: 24, outputs: 24, groups: 24, taps: 9),
  ]

  private func packing(_ example: Example, lanes: Int) -> WeightPacking {
    WeightPacking(
      taps: example.taps, inputs: ChannelLayout(example.channels, parts: example.parts, lanes: lanes),
      outputs: example.outputs, offset: example.offset, groups: example.groups,
      results: ChannelLayout(example.offset + example.outputs, lanes: lanes))
  }

  /// The packed weight of every pair of lanes by the definition: 0 unless both are channels of one group.
  private func expected(_ example: Example, _ packing: WeightPacking, _ weights: [Float], scale: [Float]) -> [Float] {
    let (inputs, outputs) = (example.channels / example.groups, example.outputs / example.groups)
    let (rows, columns) = (packing.inputs.width, packing.results.width)
    return (0..<example.taps * rows * columns).map { index in
      let (tap, lane, o) = (index / (rows * columns), index / columns % rows, index % columns - example.offset)
      guard let channel = packing.inputs.at.firstIndex(of: Int32(lane)), (0..<example.outputs).contains(o),
        o / outputs == channel / inputs
      else { return 0 }
      return weights[(tap * inputs + channel % inputs) * example.outputs + o] * scale[example.offset + o]
    }
  }

  @Test(arguments: examples, [4, 8, 16])
  func convolution(_ example: Example, lanes: Int) {
    var stream = RandomStream(seed: 8)
    let packing = packing(example, lanes: lanes)
    let weights = stream.floats(example.taps * example.channels / example.groups * example.outputs)
    let scale = FloatBuffer(stream.floats(packing.results.width))
    let (packed, transposed) = packing.packed(weights, scale: scale.pointer)
    let wanted = expected(example, packing, weights, scale: scale.values)
    #expect((packed.values == wanted) as Bool)
    let (rows, columns) = (packing.inputs.width, packing.results.width)
    let turned = wanted.indices.map { i in
      wanted[i / (rows * columns) * rows * columns + i % rows * columns + i / rows % columns]
    }
    #expect((transposed.values == turned) as Bool)
    #expect(packed.guardIsIntact && transposed.guardIsIntact)
    #expect((packing.unpacked(packing.packed(weights).weights) == weights) as Bool)
  }

  @Test(arguments: examples, [4, 8, 16])
  func depthwise(_ example: Example, lanes: Int) {
    var stream = RandomStream(seed: 9)
    let packing = packing(example, lanes: lanes)
    let weights = stream.floats(example.taps * example.channels)
    let packed = packing.packedDepthwise(weights)
    let wanted = (0..<example.taps * packing.inputs.width).map { index in
      let lane = index / (example.taps * lanes) * lanes + index % lanes
      let channel = packing.inputs.at.firstIndex(of: Int32(lane))
      return channel.map { weights[index / lanes % example.taps * example.channels + $0] } ?? 0
    }
    #expect((packed.values == wanted) as Bool)
    #expect(packed.guardIsIntact)
    #expect((packing.unpackedDepthwise(packed) == weights) as Bool)
  }

  /// The transposed weights may be missing.
  @Test func transposedIsOptional() {
    let packed = FloatBuffer(16, repeating: .nan)
    var packing = nas_packing(
      taps: 1, inputs: 1, outputs: 1, groups: 1, input_at: nil, output_at: 2, physical_inputs: 4, physical_outputs: 4)
    let at: [Int32] = [1]
    at.withUnsafeBufferPointer {
      packing.input_at = $0.baseAddress
      nas_pack_convolution(&packing, [3], nil, packed.pointer, nil)
    }
    #expect(packed.values == [0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0])
  }

  @Test(arguments: [Int32(0), 1])
  func flatten(accumulate: Int32) {
    // Images of 5 floats; the dense rows take 3 of them in another order.
    let data = FloatBuffer((0..<15).map(Float.init))
    let rows = FloatBuffer(9, repeating: -1)
    nas_flatten(data.pointer, 4, 5, [4, 0, 1], 3, rows.pointer, 1, 3)
    #expect(rows.values == [-1, -1, -1, 9, 5, 6, 14, 10, 11])
    nas_unflatten(rows.pointer, [4, 0, 1], 3, data.pointer, 4, 5, accumulate, 1, 2)
    #expect(data.values.prefix(5) == [0, 1, 2, 3, 4] && data.values.suffix(5) == [10, 11, 12, 13, 14])
    #expect(data.values[5..<10] == (accumulate == 1 ? [10, 12, 7, 8, 18] : [5, 6, 7, 8, 9]))
    nas_unflatten([-7, -8, -9], [0, 2, 3], 3, data.pointer, 4, 5, accumulate, 0, 1)
    #expect(data.values.prefix(5) == (accumulate == 1 ? [-7, 1, -6, -6, 4] : [-7, 1, -8, -9, 4]))
    #expect(data.guardIsIntact && rows.guardIsIntact)
  }

  /// The same of values that are stored as bf16.
  @Test func flattenBF16() {
    var data = (0..<10).map { nas_bf16(Float($0)) }
    let rows = FloatBuffer([0.5, 1 + 1 / 512, -3])
    nas_unflatten(rows.pointer, [4, 0, 1], 3, &data, 2, 5, 0, 0, 1)
    nas_unflatten(rows.pointer, [1, 2, 3], 3, &data, 2, 0, 1, 0, 1)
    #expect(data.map(nas_float_of_bf16) == [1, -2.5, 3, 0, 0.5, 5, 6, 7, 8, 9])
    let found = FloatBuffer(6)
    nas_flatten(data, 2, 5, [1, 4, 0], 3, found.pointer, 0, 2)
    #expect(found.values == [-2.5, 0.5, 1, 6, 9, 5])
  }
}
