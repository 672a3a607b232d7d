import Foundation
import SearchSpace

/// A genotype in a file: the exchange format as JSON, with an optional `provenance` block. A file with a DARTS genotype
/// is read, too; its content tells which it is.
///
/// Written in one fixed layout (one space of indentation, keys in the order of the format), so that the same genotype
/// gives the same bytes.
public struct GenotypeFile: Hashable, Sendable {
  /// The largest file that is read, in bytes; a pair of 10-block cells takes about 3 kB.
  public static let sizeLimit = 1 << 20

  /// The pair of cells.
  public var genotype: Genotype
  /// Where it comes from, when the file says so.
  public var provenance: Provenance?

  /// Creates a file's content.
  public init(genotype: Genotype, provenance: Provenance? = nil) {
    self.genotype = genotype
    self.provenance = provenance
  }

  /// Reads a file.
  /// - Throws: `GenotypeFileError`.
  public init(contentsOf url: URL) throws {
    let path = url.path
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue else {
      throw GenotypeFileError.notFound(path: path, isFolder: isFolder.boolValue)
    }
    let data: Data
    do {
      let handle = try FileHandle(forReadingFrom: url)
      defer { try? handle.close() }
      // One byte more than allowed tells a file that is too large without reading all of it.
      data = try handle.read(upToCount: GenotypeFile.sizeLimit + 1) ?? Data()
    } catch {
      throw GenotypeFileError.unreadable(path: path, reason: error.localizedDescription)
    }
    try self.init(content: data, path: path)
  }

  /// Reads a file's text, JSON or a DARTS genotype; `path` stands in the errors.
  /// - Throws: `GenotypeFileError`.
  public init(content data: Data, path: String) throws {
    let isObject = data.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) } == UInt8(ascii: "{")
    guard !isObject, data.range(of: Data("Genotype".utf8)) != nil, data.count <= GenotypeFile.sizeLimit else {
      self = try GenotypeFile(json: data, path: path)
      return
    }
    do {
      self.init(genotype: try DARTSGenotype(text: String(decoding: data, as: UTF8.self)).genotype)
    } catch {
      throw GenotypeFileError.wrongContent(path: path, reason: "\(error)")
    }
  }

  /// Reads the text of a file; `path` stands in the errors.
  /// - Throws: `GenotypeFileError`.
  public init(json data: Data, path: String) throws {
    guard data.count <= GenotypeFile.sizeLimit else {
      throw GenotypeFileError.tooLarge(path: path, limit: GenotypeFile.sizeLimit)
    }
    if let place = JSONSyntax.firstError(in: data) {
      throw GenotypeFileError.notJSON(path: path, line: place.line, column: place.column, expected: place.expected)
    }
    do {
      let content = try JSONDecoder().decode(Content.self, from: data)
      self.init(genotype: content.genotype, provenance: content.provenance)
    } catch DecodingError.dataCorrupted(let context) where context.codingPath.isEmpty {
      // The syntax was checked above: what the decoder still calls no JSON, at no place, are numbers that do not fit.
      let reason = "a number in it is too large, or has a fraction where a whole one belongs."
      throw GenotypeFileError.wrongContent(path: path, reason: reason)
    } catch let error as DecodingError {
      throw GenotypeFileError.wrongContent(path: path, reason: error.explanation)
    } catch {
      throw GenotypeFileError.wrongContent(path: path, reason: "\(error)")
    }
  }

  /// Writes the file, replacing an older one only when all of the new one is written.
  /// - Throws: `GenotypeFileError.unwritable`.
  public func write(to url: URL) throws {
    do {
      try Data(json().utf8).write(to: url, options: .atomic)
    } catch {
      throw GenotypeFileError.unwritable(path: url.path, reason: error.localizedDescription)
    }
  }

  /// The file's text.
  public func json() -> String {
    var members: [(String, JSONText)] = [
      ("format", .string(Genotype.format)), ("version", .number("\(Genotype.version)")),
    ]
    if let name = genotype.name { members.append(("name", .string(name))) }
    members.append(("normal", GenotypeFile.text(genotype.normal)))
    members.append(("reduction", GenotypeFile.text(genotype.reduction)))
    if let provenance { members.append(("provenance", GenotypeFile.text(provenance))) }
    return JSONText.object(members).pretty() + "\n"
  }

  private static func text(_ cell: Cell) -> JSONText {
    let blocks = cell.blocks.map { block in
      JSONText.object([
        ("left", text(block.left)), ("right", text(block.right)), ("combine", .string(block.combine.rawValue)),
      ])
    }
    return .object([("blocks", .array(blocks)), ("concat", .array(cell.concat.map { .number("\($0)") }))])
  }

  private static func text(_ edge: Block.Edge) -> JSONText {
    .array([.string(edge.operation), .number("\(edge.state)")])
  }

  private static func text(_ provenance: Provenance) -> JSONText {
    let members: [(String, JSONText?)] = [
      ("reward", provenance.reward.map { JSONText.number("\($0)") }),
      ("seed", provenance.seed.map { JSONText.number("\($0)") }),
      ("recipe", provenance.recipe.map { JSONText.string($0) }),
      ("parameters", provenance.parameters.map { JSONText.number("\($0)") }),
      ("multiplyAdds", provenance.multiplyAdds.map { JSONText.number("\($0)") }),
      ("toolVersion", provenance.toolVersion.map { JSONText.string($0) }),
      ("run", provenance.run.map { JSONText.string($0) }),
      ("candidate", provenance.candidate.map { JSONText.number("\($0)") }),
    ]
    return .object(members.compactMap { key, value in value.map { (key, $0) } })
  }
}

/// The genotype's own coding, and beside its keys the provenance.
private struct Content: Decodable {
  let genotype: Genotype
  let provenance: Provenance?

  private enum CodingKeys: String, CodingKey {
    case provenance
  }

  init(from decoder: any Decoder) throws {
    genotype = try Genotype(from: decoder)
    provenance = try decoder.container(keyedBy: CodingKeys.self).decodeIfPresent(
      Provenance.self, forKey: .provenance)
  }
}

/// A genotype file that cannot be read or written.
public enum GenotypeFileError: Error, Equatable, Sendable {
  /// There is no such file.
  case notFound(path: String, isFolder: Bool)
  /// The system does not let it be read.
  case unreadable(path: String, reason: String)
  /// It is larger than any genotype.
  case tooLarge(path: String, limit: Int)
  /// It is not JSON; line and column count from 1, the column in bytes.
  case notJSON(path: String, line: Int, column: Int, expected: String)
  /// It is JSON, but not a valid genotype.
  case wrongContent(path: String, reason: String)
  /// It cannot be written.
  case unwritable(path: String, reason: String)
}

extension GenotypeFileError: CustomStringConvertible {
  /// One sentence: what was expected, what was found, what to do.
  public var description: String {
    switch self {
    case .notFound(let path, true):
      "A genotype is a file, but \(path) is a folder; name the file in it."
    case .notFound(let path, false):
      "There is no genotype file at \(path); check the path."
    case .unreadable(let path, let reason):
      "The genotype file \(path) cannot be read: \(reason)"
    case .tooLarge(let path, let limit):
      "A genotype file has at most \(limit) bytes, but \(path) is larger; it is probably another kind of file."
    case .notJSON(let path, let line, let column, let expected):
      "\(path) is not valid JSON: expected \(expected) at line \(line), column \(column)."
    case .wrongContent(let path, let reason):
      "\(path) is not a valid genotype: \(reason)"
    case .unwritable(let path, let reason):
      "The genotype file \(path) cannot be written: \(reason)"
    }
  }
}
