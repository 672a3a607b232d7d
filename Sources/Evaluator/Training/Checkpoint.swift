import SearchSpace

// A checkpoint: magic, a hash of network and recipe, seed, finished epochs with their records, the finished steps of the epoch
// that runs with the sum of their losses; then the trainable scalars, their momentum, the buffers and, where the recipe has
// them, the mean squares of RMSProp and the averages; integers little-endian, floats as this machine has them; closed by a hash
// of everything before. Random streams have no state to keep: each is derived from the seed, the purpose and the image's
// number.

/// A checkpoint that cannot be continued from.
public enum CheckpointError: Error, Equatable, Sendable {
  /// The bytes are not a checkpoint, or a damaged one.
  case damaged(reason: String)
  /// It belongs to another training.
  case foreign(what: String)
}

extension CheckpointError: CustomStringConvertible {
  /// One sentence: what was found and what to do.
  public var description: String {
    switch self {
    case .damaged(let reason):
      "The checkpoint cannot be read: \(reason); delete it to start over."
    case .foreign(let what):
      "The checkpoint was made with another \(what); continue with the same one, or delete it to start over."
    }
  }
}

extension Trainer {
  private static let magic: [UInt8] = Array("NASCKPT2".utf8)

  /// The complete state between two steps, also while the hook runs, except during a measurement: a training
  /// that continues from it ends with the same bits.
  public func checkpoint() -> [UInt8] {
    var bytes = Trainer.magic
    for word in [identity.network, identity.recipe, seed, UInt64(epochs.count)] { append(word, to: &bytes) }
    for record in epochs {
      append(UInt64(record.epoch), to: &bytes)
      append(record.loss.bitPattern, to: &bytes)
      append(record.validationAccuracy.bitPattern, to: &bytes)
    }
    append(UInt64(stepsDone), to: &bytes)
    append(lossOfSteps.bitPattern, to: &bytes)
    for (region, count) in regions {
      bytes.append(contentsOf: UnsafeRawBufferPointer(start: region, count: count * MemoryLayout<Float>.stride))
    }
    append(Trainer.checkpointHash(bytes[...]), to: &bytes)
    return bytes
  }

  /// Puts the trainer into the state of a checkpoint.
  /// - Throws: `CheckpointError`; the trainer is unchanged then.
  public func restore(_ bytes: [UInt8]) throws {
    var reader = try CheckpointReader(bytes, magic: Trainer.magic)
    let identity = identity
    guard try reader.word() == identity.network else { throw CheckpointError.foreign(what: "network") }
    guard try reader.word() == identity.recipe else { throw CheckpointError.foreign(what: "recipe") }
    guard try reader.word() == seed else { throw CheckpointError.foreign(what: "seed") }
    let count = try reader.word()
    guard count <= UInt64(plan.epochs) else { throw CheckpointError.damaged(reason: "it has too many epochs") }
    var records: [EpochRecord] = []
    for number in 1..<Int(count) + 1 {
      let epoch = Int(truncatingIfNeeded: try reader.word())
      let loss = Double(bitPattern: try reader.word())
      let accuracy = Double(bitPattern: try reader.word())
      guard epoch == number, loss.isFinite, (0...1).contains(accuracy) else {
        throw CheckpointError.damaged(reason: "its record of epoch \(number) cannot be")
      }
      records.append(EpochRecord(epoch: epoch, loss: loss, validationAccuracy: accuracy))
    }
    let steps = try reader.word()
    guard steps <= UInt64(stepsPerEpoch) else { throw CheckpointError.damaged(reason: "it has too many steps") }
    let loss = Double(bitPattern: try reader.word())
    let regions = regions
    try reader.expect(floats: regions.reduce(0) { $0 + $1.count })
    for (region, count) in regions { reader.copy(floats: count, to: region) }
    (epochs, stepsDone, lossOfSteps) = (records, Int(steps), loss)
  }

  private var regions: [(region: UnsafeMutablePointer<Float>, count: Int)] {
    let layout = memory.layout
    return [
      (memory.trainable, layout.trainableCount), (memory.velocity, layout.trainableCount),
      (memory.buffers, layout.bufferCount),
    ] + [optimizer.meanSquares, average?.trainable, average?.buffers].compactMap { $0.map { ($0.start, $0.count) } }
  }

  /// Hashes of everything that decides the training besides the data, the seed and how the machine rounds. The descriptions
  /// are of plain values and the same in every process of one version of the toolkit.
  private var identity: (network: UInt64, recipe: UInt64) {
    var networkHash = StableHash()
    for node in network.nodes { networkHash.combine("\(node.name) \(node.primitive) \(node.inputs)") }
    return (networkHash.value, plan.checkpointHash)
  }

  private func append(_ word: UInt64, to bytes: inout [UInt8]) {
    withUnsafeBytes(of: word.littleEndian) { bytes.append(contentsOf: $0) }
  }

  /// A hash against damage, word by word: checkpoints have many megabytes. Each word is folded in as FNV-1a does with bytes,
  /// and the upper half into the lower, which a multiplication does not reach.
  static func checkpointHash(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.withUnsafeBytes { bytes in
      var hash: UInt64 = 0xCBF2_9CE4_8422_2325 ^ UInt64(bytes.count)
      var position = 0
      while position < bytes.count {
        var word: UInt64 = 0
        if position + 8 <= bytes.count {
          word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self))
        } else {
          for place in position..<bytes.count { word |= UInt64(bytes[place]) << UInt64(8 * (place - position)) }
        }
        hash = (hash ^ word) &* 0x0000_0100_0000_01B3
        hash ^= hash >> 32
        position += 8
      }
      return hash
    }
  }
}

private struct CheckpointReader {
  private let bytes: [UInt8]
  private var position: Int

  init(_ bytes: [UInt8], magic: [UInt8]) throws {
    guard bytes.count >= magic.count + 8, bytes.starts(with: magic) else {
      throw CheckpointError.damaged(reason: "it does not begin as a checkpoint of this version does")
    }
    self.bytes = bytes
    position = bytes.count - 8
    let stored = try word()
    guard stored == Trainer.checkpointHash(bytes[..<(bytes.count - 8)]) else {
      throw CheckpointError.damaged(reason: "its hash does not match its content")
    }
    position = magic.count
  }

  mutating func word() throws -> UInt64 {
    guard position + 8 <= bytes.count else { throw CheckpointError.damaged(reason: "it ends too early") }
    defer { position += 8 }
    return (0..<8).reduce(0) { $0 | UInt64(bytes[position + $1]) << UInt64(8 * $1) }
  }

  func expect(floats: Int) throws {
    let expected = position + floats * MemoryLayout<Float>.stride + 8
    guard bytes.count == expected else {
      throw CheckpointError.damaged(reason: "\(expected) bytes were expected, \(bytes.count) found")
    }
  }

  mutating func copy(floats: Int, to target: UnsafeMutablePointer<Float>) {
    let count = floats * MemoryLayout<Float>.stride
    bytes.withUnsafeBytes { source in
      guard let base = source.baseAddress, count > 0 else { return }
      UnsafeMutableRawPointer(target).copyMemory(from: base + position, byteCount: count)
    }
    position += count
  }
}

extension TrainingPlan {
  /// The hash of everything in a recipe, as checkpoints have it.
  var checkpointHash: UInt64 {
    var hash = StableHash()
    // As it was before there was a choice, so that trainings in single precision go on from checkpoints of that time.
    hash.combine("\(self)".replacing("precision: nil, ", with: ""))
    return hash.value
  }
}
