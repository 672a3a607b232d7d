extension Int {
  /// The number with a comma between groups of three digits, for people to read: `72,370`.
  public var grouped: String {
    var rest = String(magnitude)
    var groups: [String] = []
    while rest.count > 3 {
      groups.insert(String(rest.suffix(3)), at: 0)
      rest.removeLast(3)
    }
    return (self < 0 ? "-" : "") + ([rest] + groups).joined(separator: ",")
  }
}
