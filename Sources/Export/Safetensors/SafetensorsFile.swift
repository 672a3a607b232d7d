import Foundation

/// A file of named tensors in the safetensors format, single precision only.
///
/// Eight bytes with the header's length (little-endian), the header as a JSON object (each tensor's `dtype`, `shape` and
/// `data_offsets`; texts under `__metadata__`), then the values (huggingface/safetensors, README "Format"). Offsets must
/// cover the values without overlap or gap, in any order.
public struct SafetensorsFile: Sendable {
  /// The largest header that is read, in bytes: room for some hundred thousand tensors.
  public static let headerLimit = 16 << 20

  /// The tensors, in the order of their values.
  public var tensors: [PortableTensor]
  /// Texts by key.
  public var metadata: [String: String]

  /// Creates a file's content.
  public init(tensors: [PortableTensor], metadata: [String: String] = [:]) {
    self.tensors = tensors
    self.metadata = metadata
  }

  /// The file's bytes: metadata by key, then the tensors in order; the same content gives the same bytes.
  public func data() -> Data {
    var members: [(String, JSONText)] = []
    if !metadata.isEmpty {
      let texts = metadata.sorted { $0.key < $1.key }.map { ($0.key, JSONText.string($0.value)) }
      members.append(("__metadata__", .object(texts)))
    }
    var offset = 0
    for tensor in tensors {
      let end = offset + tensor.values.count * MemoryLayout<Float>.size
      members.append(
        (
          tensor.name,
          .object([
            ("dtype", .string("F32")), ("shape", .array(tensor.shape.map { .number("\($0)") })),
            ("data_offsets", .array([.number("\(offset)"), .number("\(end)")])),
          ])
        ))
      offset = end
    }
    var header = Data(JSONText.object(members).compact().utf8)
    // Spaces at the end, so that values begin at a multiple of eight bytes.
    header.append(contentsOf: [UInt8](repeating: 0x20, count: (8 - header.count % 8) % 8))
    var data = Data(capacity: 8 + header.count + offset)
    withUnsafeBytes(of: UInt64(header.count).littleEndian) { data.append(contentsOf: $0) }
    data.append(header)
    for tensor in tensors {
      tensor.values.map(\.bitPattern.littleEndian).withUnsafeBytes { data.append(contentsOf: $0) }
    }
    return data
  }
}

// MARK: - Reading

extension SafetensorsFile {
  /// Reads a file.
  /// - Throws: `SafetensorsError`.
  public init(contentsOf url: URL) throws {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder), !isFolder.boolValue else {
      throw SafetensorsError.notFound(path: url.path)
    }
    let data: Data
    do {
      data = try Data(contentsOf: url, options: .mappedIfSafe)
    } catch {
      throw SafetensorsError.unreadable(path: url.path, reason: error.localizedDescription)
    }
    try self.init(data: data, path: url.path)
  }

  /// Reads the bytes of a file; `path` stands in the errors. What is allocated is in proportion to the bytes.
  /// - Throws: `SafetensorsError`.
  public init(data: Data, path: String) throws {
    let bytes = data.startIndex == 0 ? data : Data(data)
    let (header, values) = try SafetensorsFile.header(bytes, path: path)
    let content: Header
    do {
      content = try JSONDecoder().decode(Header.self, from: header)
    } catch let error as DecodingError {
      throw SafetensorsError.badHeader(path: path, reason: error.explanation)
    } catch {
      throw SafetensorsError.badHeader(path: path, reason: "\(error)")
    }
    let entries = content.tensors.sorted {
      ($0.value.begin, $0.value.end, $0.key) < ($1.value.begin, $1.value.end, $1.key)
    }
    var next = 0
    tensors = try entries.map { name, entry in
      let count = try entry.count(name: name, path: path)
      guard entry.begin == next, entry.end <= values.count else {
        throw SafetensorsError.badTensor(
          path: path, name: name,
          reason:
            "its values lie at \(entry.begin) to \(entry.end), but should begin at \(next) and end by \(values.count)")
      }
      next = entry.end
      let slice = values[(values.startIndex + entry.begin)..<(values.startIndex + entry.end)]
      return PortableTensor(name: name, shape: entry.shape, values: SafetensorsFile.floats(slice, count: count))
    }
    guard next == values.count else {
      throw SafetensorsError.wrongLength(path: path, expected: 8 + header.count + next, found: data.count)
    }
    metadata = content.metadata
  }

  /// The header's bytes, checked to be JSON, and the bytes behind it.
  private static func header(_ data: Data, path: String) throws -> (header: Data, values: Data) {
    guard data.count >= 8 else { throw SafetensorsError.wrongLength(path: path, expected: 8, found: data.count) }
    let length = data.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(headerLimit) else {
      throw SafetensorsError.headerTooLarge(path: path, found: length, limit: headerLimit)
    }
    guard Int(length) <= data.count - 8 else {
      throw SafetensorsError.wrongLength(path: path, expected: 8 + Int(length), found: data.count)
    }
    let header = data[8..<(8 + Int(length))]
    guard header.first == UInt8(ascii: "{") else {
      throw SafetensorsError.badHeader(path: path, reason: "it does not begin with '{'")
    }
    if let place = JSONSyntax.firstError(in: header) {
      throw SafetensorsError.badHeader(
        path: path, reason: "expected \(place.expected) at byte \(place.column) of its line \(place.line)")
    }
    return (header, data[(8 + Int(length))...])
  }

  private static func floats(_ bytes: Data, count: Int) -> [Float] {
    [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      bytes.withUnsafeBytes { source in
        for index in 0..<count {
          let bits = source.loadUnaligned(fromByteOffset: index * MemoryLayout<Float>.size, as: UInt32.self)
          buffer.initializeElement(at: index, to: Float(bitPattern: UInt32(littleEndian: bits)))
        }
      }
      initialized = count
    }
  }
}

/// The header's object.
private struct Header: Decodable {
  var tensors: [String: Entry] = [:]
  var metadata: [String: String] = [:]

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Name.self)
    for key in container.allKeys {
      if key.stringValue == "__metadata__" {
        metadata = try container.decode([String: String].self, forKey: key)
      } else {
        tensors[key.stringValue] = try container.decode(Entry.self, forKey: key)
      }
    }
  }

  private struct Name: CodingKey {
    let stringValue: String
    let intValue: Int? = nil
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }
}

/// One tensor in the header.
private struct Entry: Decodable {
  let type: String
  let shape: [Int]
  let begin: Int
  let end: Int

  private enum CodingKeys: String, CodingKey {
    case type = "dtype"
    case shape
    case offsets = "data_offsets"
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    type = try container.decode(String.self, forKey: .type)
    shape = try container.decode([Int].self, forKey: .shape)
    let offsets = try container.decode([Int].self, forKey: .offsets)
    guard offsets.count == 2 else {
      throw DecodingError.dataCorruptedError(
        forKey: .offsets, in: container, debugDescription: "it should be a beginning and an end")
    }
    (begin, end) = (offsets[0], offsets[1])
  }

  /// The number of values, if type, shape and offsets agree.
  func count(name: String, path: String) throws -> Int {
    func bad(_ reason: String) -> SafetensorsError { .badTensor(path: path, name: name, reason: reason) }
    guard type == "F32" else { throw bad("it has the type \(type), but only F32 is read") }
    guard begin >= 0, begin <= end else { throw bad("its values lie at \(begin) to \(end)") }
    var bytes = MemoryLayout<Float>.size
    for extent in shape {
      let (product, overflow) = bytes.multipliedReportingOverflow(by: extent)
      guard extent >= 0, !overflow else { throw bad("its shape \(shape) is not possible") }
      bytes = product
    }
    guard bytes == end - begin else {
      throw bad("its shape \(shape) takes \(bytes) bytes, but its values lie at \(begin) to \(end)")
    }
    return bytes / MemoryLayout<Float>.size
  }
}
