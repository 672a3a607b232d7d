import SearchSpace

/// What can be wrong with a data set's files. Commands end with exit code 3.
public enum DatasetError: Error, Hashable, Sendable {
  /// Nothing is at the path.
  case notFound(path: String)
  /// A folder lacks files of the layout.
  case filesMissing(folder: String, missing: [String], expected: Int)
  /// A file has another size than the layout says, in bytes.
  case wrongSize(file: String, expected: Int, found: Int)
  /// A record's label is no class; `record` counts from 0.
  case wrongLabel(file: String, record: Int, label: Int, classes: Int)
  /// The names of the classes are not those of the data set.
  case wrongClasses(file: String, expected: [String], found: [String])
  /// The system could not read the file.
  case unreadable(file: String, reason: String)
  /// The system could not write the file.
  case unwritable(file: String, reason: String)
  /// Writing would replace a file.
  case alreadyThere(file: String)
  /// There is no `tar` to unpack an archive with.
  case tarMissing(archive: String)
  /// An archive could not be unpacked.
  case archiveDamaged(archive: String, reason: String)
  /// The validation part would leave nothing for one of the parts.
  case splitTooLarge(requested: Int, available: Int)
  /// More training images were asked for than there are.
  case subsetTooLarge(requested: Int, available: Int)
  /// A generated data set needs at least one image of every class, and files of equal length.
  case impossibleCount(requested: Int, multiple: Int)
  /// A generated data set would fill the memory.
  case tooManyGenerated(requested: Int, largest: Int)
}

extension DatasetError: CustomStringConvertible {
  /// One sentence: what was found, what was expected, what to do.
  public var description: String {
    let fetch = "'nas data fetch cifar10'"
    switch self {
    case .notFound(let path):
      return "no data at \(path), where a folder with CIFAR-10's binary files or the authors' archive was expected: "
        + "give its place with --data, or fetch it with \(fetch)"
    case .filesMissing(let folder, let missing, let expected) where missing.count == expected:
      return "\(folder) holds none of the \(expected) files expected (\(missing.joined(separator: ", "))): "
        + "give another folder with --data, or fetch them with \(fetch)"
    case .filesMissing(let folder, let missing, let expected):
      return "\(missing.joined(separator: ", ")) missing in \(folder), where \(expected) files were expected: "
        + "fetch the data again with \(fetch)"
    case .wrongSize(let file, let expected, let found):
      return "\(file) is \(found.grouped) bytes, but \(expected.grouped) were expected: the file is "
        + "\(found < expected ? "cut short" : "too long"); fetch it again with \(fetch)"
    case .wrongLabel(let file, let record, let label, let classes):
      return "\(file) has the label \(label) in record \(record.grouped), but 0 to \(classes - 1) were expected: "
        + "the file is damaged; fetch it again with \(fetch)"
    case .wrongClasses(let file, let expected, let found):
      return "\(file) names the classes \(found.joined(separator: ", ")), but \(expected.joined(separator: ", ")) were "
        + "expected: this is another data set; give another folder with --data"
    case .unreadable(let file, let reason):
      return "\(file) cannot be read (\(reason)): check that it is a file and that you may read it"
    case .unwritable(let file, let reason):
      return "\(file) cannot be written (\(reason)): check the folder, your rights and the free space"
    case .alreadyThere(let file):
      return "\(file) exists already, where a folder without data was expected: remove it or choose another folder"
    case .tarMissing(let archive):
      return "\(archive) is an archive, but no program 'tar' was found on PATH to unpack it: "
        + "install tar, or unpack it elsewhere and give the folder with --data"
    case .archiveDamaged(let archive, let reason):
      return "\(archive) could not be unpacked (\(reason)), but the authors' cifar-10-binary.tar.gz was expected: "
        + "fetch it again with \(fetch)"
    case .splitTooLarge(let requested, let available):
      return "\(requested.grouped) validation images were asked for, but 1 to \(max(available - 1, 1).grouped) of "
        + "\(available.grouped) training images were expected: ask for a number in between"
    case .subsetTooLarge(let requested, let available):
      return "\(requested.grouped) training images were asked for, but 1 to \(available.grouped) were expected: "
        + "lower --train-images"
    case .impossibleCount(let requested, let multiple):
      return
        "\(requested.grouped) generated images were asked for, but a positive multiple of \(multiple) was expected: "
        + "ask for \((max((requested + multiple / 2) / multiple, 1) * multiple).grouped)"
    case .tooManyGenerated(let requested, let largest):
      return
        "\(requested.grouped) generated images were asked for, but at most \(largest.grouped) were expected: ask for fewer"
    }
  }
}
