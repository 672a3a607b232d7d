import CWuffs
import Foundation

/// A picture read from a PNG or JPEG file, transparent parts shown on white.
struct ImageFile: Sendable {
  /// The most pixels that are decoded: more than today's cameras make.
  static let pixelLimit = 1 << 26
  /// The largest file that is read, in bytes.
  static let sizeLimit = 1 << 28

  /// Columns.
  let width: Int
  /// Rows.
  let height: Int
  /// Red, green and blue of each pixel, row after row from the top.
  let pixels: [UInt8]

  /// Creates a picture; `pixels` must hold three bytes for every pixel.
  init(width: Int, height: Int, pixels: [UInt8]) {
    precondition(pixels.count == 3 * width * height, "three bytes for every pixel")
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  /// Reads a file.
  /// - Throws: `ImageFileError`.
  init(contentsOf url: URL) throws {
    let path = url.path
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue else {
      throw ImageFileError.notFound(path: path)
    }
    let data: Data
    do {
      let handle = try FileHandle(forReadingFrom: url)
      defer { try? handle.close() }
      data = try handle.read(upToCount: ImageFile.sizeLimit + 1) ?? Data()
    } catch {
      throw ImageFileError.unreadable(path: path, reason: error.localizedDescription)
    }
    guard data.count <= ImageFile.sizeLimit else {
      throw ImageFileError.tooManyBytes(path: path, limit: ImageFile.sizeLimit)
    }
    try self.init(data, path: path)
  }

  /// Decodes the bytes of a file; `path` stands in the errors.
  /// - Throws: `ImageFileError`.
  init(_ data: Data, path: String) throws {
    var image = nas_image()
    var message: UnsafePointer<CChar>?
    let result = data.withUnsafeBytes { bytes in
      nas_image_decode(
        bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count, UInt64(ImageFile.pixelLimit), &image, &message)
    }
    defer { nas_image_free(&image) }
    switch result {
    case NAS_IMAGE_DECODED: break
    case NAS_IMAGE_UNKNOWN: throw ImageFileError.unknownFormat(path: path)
    case NAS_IMAGE_TOO_LARGE:
      throw ImageFileError.tooManyPixels(
        path: path, width: Int(image.width), height: Int(image.height), limit: ImageFile.pixelLimit)
    case NAS_IMAGE_NO_MEMORY: throw ImageFileError.unreadable(path: path, reason: "there is too little memory")
    default: throw ImageFileError.damaged(path: path, reason: message.map { String(cString: $0) } ?? "unknown")
    }
    let count = Int(image.width) * Int(image.height)
    let decoded = UnsafeBufferPointer(start: image.pixels, count: 4 * count)
    let pixels = [UInt8](unsafeUninitializedCapacity: 3 * count) { buffer, initialized in
      for pixel in 0..<count {
        let alpha = UInt32(decoded[4 * pixel + 3])
        for channel in 0..<3 {
          // Over white, rounded.
          let value = UInt32(decoded[4 * pixel + channel]) * alpha + 255 * (255 - alpha)
          buffer[3 * pixel + channel] = UInt8((value + 127) / 255)
        }
      }
      initialized = 3 * count
    }
    self.init(width: Int(image.width), height: Int(image.height), pixels: pixels)
  }
}

/// A picture that cannot be read.
enum ImageFileError: Error, Equatable {
  /// There is no such file.
  case notFound(path: String)
  /// The system does not let it be read.
  case unreadable(path: String, reason: String)
  /// The file is larger than any picture.
  case tooManyBytes(path: String, limit: Int)
  /// It is neither PNG nor JPEG.
  case unknownFormat(path: String)
  /// It has more pixels than are decoded.
  case tooManyPixels(path: String, width: Int, height: Int, limit: Int)
  /// The decoder gave up.
  case damaged(path: String, reason: String)
}

extension ImageFileError: CustomStringConvertible {
  /// One sentence: what was expected, what was found, what to do.
  var description: String {
    switch self {
    case .notFound(let path): "There is no image at \(path); check the path."
    case .unreadable(let path, let reason): "\(path) cannot be read: \(reason)"
    case .tooManyBytes(let path, let limit): "\(path) has more than \(Wording.bytes(limit)), too much for an image."
    case .unknownFormat(let path): "\(path) is neither a PNG nor a JPEG image; convert it to one of them."
    case .tooManyPixels(let path, let width, let height, let limit):
      "\(path) has \(width)×\(height) pixels, but at most \(Wording.count(limit)) are decoded; make it smaller."
    case .damaged(let path, let reason): "\(path) is damaged and cannot be decoded (\(reason))."
    }
  }
}
