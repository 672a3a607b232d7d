/// An estimate of how wide text is drawn, in the unit of the font size.
///
/// An SVG cannot measure text, so boxes are sized by estimate: the advance widths of Helvetica (Adobe Font Metrics, per
/// em) rounded up, with a margin because the reader's sans-serif font may be wider (DejaVu Sans is about 15 % wider).
enum TextWidth {
  /// DejaVu Sans, the widest of the common fallbacks, relative to Helvetica.
  private static let margin = 1.16

  /// The estimated width of `text` at a font size.
  static func of(_ text: String, size: Double) -> Double {
    text.unicodeScalars.reduce(0) { $0 + advance($1) } * size * margin
  }

  private static func advance(_ scalar: Unicode.Scalar) -> Double {
    switch scalar {
    case "i", "j", "l", "'", "|": 0.23
    case " ", ".", ",", ":", ";", "!", "I", "f", "t", "/", "[", "]", "(", ")", "-", "r": 0.33
    case "m", "w", "M", "W", "%", "@", "—": 0.95
    case "×", "+", "=", "−", "<", ">", "~": 0.72
    case "A"..."Z": 0.72
    default: scalar.value < 0x1100 ? 0.56 : 1
    }
  }
}
