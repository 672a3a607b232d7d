import Foundation
import SearchSpace

/// Numbers in words and columns, as every command prints them.
enum Wording {
  /// `72,370`.
  static func count(_ number: Int) -> String { number.grouped }

  /// `64.92 %`.
  static func percent(_ share: Double) -> String {
    String(format: "%.2f %%", share * 100)
  }

  /// `45 s`, `12 min 30 s`, `3 h 05 min`.
  static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0 else { return "?" }
    let whole = Int(seconds.rounded())
    if whole < 1 { return String(format: "%.2f s", seconds) }
    if whole < 60 { return "\(whole) s" }
    if whole < 3600 { return "\(whole / 60) min \(String(format: "%02d", whole % 60)) s" }
    return "\(whole / 3600) h \(String(format: "%02d", whole / 60 % 60)) min"
  }

  /// `412 MB`, in powers of 1024.
  static func bytes(_ bytes: Int) -> String {
    let units = ["B", "KB", "MB", "GB", "TB"]
    var value = Double(bytes)
    var unit = 0
    while value >= 1024, unit < units.count - 1 {
      value /= 1024
      unit += 1
    }
    return unit == 0 ? "\(bytes) B" : String(format: value < 10 ? "%.1f " : "%.0f ", value) + units[unit]
  }

  /// `13.57 M`.
  static func millions(_ number: Int) -> String {
    String(format: "%.2f M", Double(number) / 1e6)
  }

  /// `1 thread`, `2 threads`.
  static func threads(_ count: Int) -> String { count == 1 ? "1 thread" : "\(count) threads" }

  /// `12.35`, with so many digits behind the point.
  static func decimal(_ number: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", number) }

  /// Rows as aligned columns; the columns in `rightAligned` are flush right.
  static func table(_ rows: [[String]], rightAligned: Set<Int> = []) -> [String] {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
    return rows.map { row in
      let cells = row.enumerated().map { column, text in
        let padding = String(repeating: " ", count: widths[column] - text.count)
        return rightAligned.contains(column) ? padding + text : text + padding
      }
      return cells.joined(separator: "  ").replacing(/\s+$/, with: "")
    }
  }
}
