import CKernels

/// Where the channels of a value lie among its blocks. The channels are in equal parts, each of which starts a block, as
/// in a concatenation; lanes that no channel takes are 0.
struct ChannelLayout {
  let lanes: Int
  /// The lane of every channel, counted through the blocks.
  let at: [Int32]
  let blocks: Int
  let partBlocks: Int
  /// The channels in the last block of a part.
  let lastLanes: Int

  init(_ channels: Int, parts: Int = 1, lanes: Int) {
    let width = channels / parts
    let partBlocks = (width + lanes - 1) / lanes
    self.lanes = lanes
    self.partBlocks = partBlocks
    blocks = parts * partBlocks
    lastLanes = width - (partBlocks - 1) * lanes
    at = (0..<channels).map { Int32($0 / width * partBlocks * lanes + $0 % width) }
  }

  var width: Int { blocks * lanes }
}

/// A value in a table's blocks: planes with a gap of NaN behind each, so that a kernel that reads it shows, and a guard
/// behind the last.
final class BlockedValue {
  let layout: ChannelLayout
  let plane: Int
  private let pixels: Int
  private let buffer: FloatBuffer
  /// 4, or 2 where values are stored as bf16.
  private let valueBytes: Int

  /// `values` are [pixels][channels]; a value per channel has one pixel and no gap.
  init(_ values: [Float], _ layout: ChannelLayout, gap: Bool = true, valueBytes: Int = 4) {
    self.layout = layout
    self.valueBytes = valueBytes
    pixels = values.count / layout.at.count
    plane = (pixels + (gap ? 1 : 0)) * layout.lanes
    buffer = FloatBuffer(layout.blocks * plane * valueBytes / 4)
    let channels = layout.at.count
    for channel in 0..<channels {
      let lane = self.lane(Int(layout.at[channel]))
      for pixel in 0..<pixels { self[lane + pixel * layout.lanes] = values[pixel * channels + channel] }
    }
    for i in gaps { self[i] = .nan }
  }

  private subscript(index: Int) -> Float {
    get {
      let memory = UnsafeRawPointer(pointer)
      guard valueBytes == 2 else { return memory.load(fromByteOffset: 4 * index, as: Float.self) }
      return nas_float_of_bf16(memory.load(fromByteOffset: 2 * index, as: UInt16.self))
    }
    set {
      let memory = UnsafeMutableRawPointer(pointer)
      guard valueBytes == 2 else { return memory.storeBytes(of: newValue, toByteOffset: 4 * index, as: Float.self) }
      memory.storeBytes(of: nas_bf16(newValue), toByteOffset: 2 * index, as: UInt16.self)
    }
  }

  /// One value per channel.
  static func perChannel(_ values: [Float], _ layout: ChannelLayout) -> BlockedValue {
    BlockedValue(values, layout, gap: false)
  }

  var pointer: UnsafeMutablePointer<Float> { buffer.pointer }

  /// The values of the channels, [pixels][channels].
  var values: [Float] {
    let channels = layout.at.count
    var values = [Float](repeating: 0, count: pixels * channels)
    for channel in 0..<channels {
      let lane = self.lane(Int(layout.at[channel]))
      for pixel in 0..<pixels { values[pixel * channels + channel] = self[lane + pixel * layout.lanes] }
    }
    return values
  }

  /// What was written where nothing may be.
  var fault: String? {
    if !buffer.guardIsIntact { return "written behind the end" }
    if !gaps.allSatisfy({ self[$0].isNaN }) { return "written between planes" }
    let empty = Set(0..<layout.width).subtracting(layout.at.map(Int.init))
    for lane in empty.map(self.lane) {
      for pixel in 0..<pixels where self[lane + pixel * layout.lanes] != 0 {
        return "not 0 in a lane without a channel"
      }
    }
    return nil
  }

  /// The lane of the first pixel; those of the others follow at a distance of `layout.lanes`.
  private func lane(_ index: Int) -> Int { index / layout.lanes * plane + index % layout.lanes }
  private var gaps: [Int] {
    (0..<layout.blocks).flatMap { $0 * plane + pixels * layout.lanes..<($0 + 1) * plane }
  }
}

/// How the weights of a convolution are packed for a table, and its gradients unpacked.
struct WeightPacking {
  var taps = 1
  let inputs: ChannelLayout
  /// The result starts at lane `offset`; `results` includes the lanes before it.
  var outputs = 0
  var offset = 0
  var groups = 1
  var results: ChannelLayout

  /// Dense weights, packed and transposed.
  func packed(_ weights: [Float], scale: UnsafePointer<Float>? = nil) -> (weights: FloatBuffer, transposed: FloatBuffer)
  {
    let packed = FloatBuffer(taps * inputs.width * results.width, repeating: .nan)
    let transposed = FloatBuffer(packed.count, repeating: .nan)
    withPacking { nas_pack_convolution($0, weights, scale, packed.pointer, transposed.pointer) }
    return (packed, transposed)
  }

  func unpacked(_ packed: FloatBuffer) -> [Float] {
    unpacked(taps * inputs.at.count / groups * outputs) { nas_unpack_convolution($0, packed.pointer, $1) }
  }

  func packedDepthwise(_ weights: [Float]) -> FloatBuffer {
    let packed = FloatBuffer(taps * inputs.width, repeating: .nan)
    withPacking { nas_pack_depthwise($0, weights, inputs.lanes, packed.pointer) }
    return packed
  }

  func unpackedDepthwise(_ packed: FloatBuffer) -> [Float] {
    unpacked(taps * inputs.at.count) { nas_unpack_depthwise($0, packed.pointer, inputs.lanes, $1) }
  }

  private func unpacked(
    _ count: Int, _ body: (UnsafePointer<nas_packing>, UnsafeMutablePointer<Float>) -> Void
  ) -> [Float] {
    let weights = FloatBuffer(count, repeating: .nan)
    withPacking { body($0, weights.pointer) }
    return weights.values
  }

  private func withPacking(_ body: (UnsafePointer<nas_packing>) -> Void) {
    inputs.at.withUnsafeBufferPointer { at in
      var packing = nas_packing(
        taps: taps, inputs: inputs.at.count, outputs: outputs, groups: groups, input_at: at.baseAddress,
        output_at: offset, physical_inputs: inputs.width, physical_outputs: results.width)
      body(&packing)
    }
  }
}
