/// A name that is in no catalogue, with the nearest one that is.
public struct UnknownName: Error, Equatable, Sendable {
  /// What was looked up, such as `operation`.
  public let kind: String
  /// The name that was given.
  public let found: String
  /// Every name there is, in the catalogue's order.
  public let known: [String]

  /// Creates the error.
  public init(kind: String, found: String, known: [String]) {
    self.kind = kind
    self.found = found
    self.known = known
  }

  /// The known name with the fewest edits, if at most a third of its letters (and at least two) would have to change.
  /// Edits bridge at least the difference of the lengths, so a text of any length is told apart without being compared.
  public var suggestion: String? {
    let length = found.count
    let ranked = known.compactMap { name -> (name: String, distance: Int)? in
      let allowed = max(2, name.count / 3)
      guard abs(length - name.count) <= allowed else { return nil }
      let distance = editDistance(found, name)
      return distance <= allowed ? (name, distance) : nil
    }
    return ranked.min { $0.distance < $1.distance }?.name
  }
}

extension UnknownName: CustomStringConvertible {
  /// How many characters of what was found are quoted, so that the list behind it can be read.
  private static let longest = 60

  /// One sentence with the suggestion and the list.
  public var description: String {
    let rest = found.dropFirst(UnknownName.longest)
    let quoted = rest.isEmpty ? found : found.prefix(UnknownName.longest) + "…"
    let hint = suggestion.map { " Did you mean '\($0)'?" } ?? ""
    return "There is no \(kind) '\(quoted)'.\(hint) Known: \(known.joined(separator: ", "))."
  }
}

/// The number of insertions, deletions and replacements of characters between two texts (Levenshtein, 1966).
func editDistance(_ first: String, _ second: String) -> Int {
  let first = Array(first)
  let second = Array(second)
  var row = Array(0...second.count)
  for (i, character) in first.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, other) in second.enumerated() {
      let replaced = diagonal + (character == other ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(replaced, row[j] + 1, diagonal + 1)
    }
  }
  return row[second.count]
}
