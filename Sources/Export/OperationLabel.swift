/// A group of operations that drawings colour alike.
public enum OperationFamily: String, Hashable, Sendable, CaseIterable {
  /// Depthwise-separable convolutions.
  case separable
  /// Dilated convolutions, separable or not.
  case dilated
  /// Full convolutions, factorized ones included.
  case convolution
  /// Average pooling.
  case averagePooling
  /// Maximum and minimum pooling.
  case extremePooling
  /// The identity.
  case identity
  /// Anything else.
  case other

  /// The family's name in a legend.
  public var title: String {
    switch self {
    case .separable: "separable convolution"
    case .dilated: "dilated convolution"
    case .convolution: "convolution"
    case .averagePooling: "average pooling"
    case .extremePooling: "max pooling"
    case .identity: "identity"
    case .other: "other operation"
    }
  }
}

/// The readable form of an operation's name: `sep_conv_5x5` → "sep 5×5", `conv_1x7_7x1` → "1×7–7×1".
public struct OperationLabel: Hashable, Sendable {
  /// The label.
  public let text: String
  /// The family, from the words of the name.
  public let family: OperationFamily

  /// The label of an operation in the exchange format. Names of unknown form keep their words.
  public init(_ name: String) {
    let parts = name.split(separator: "_").map(String.init)
    let extents = parts.filter(OperationLabel.isExtent)
    let words = parts.filter { !OperationLabel.isExtent($0) }
    family = OperationLabel.family(words: words)
    let kinds = words.filter { $0 != "conv" && $0 != "pool" && $0 != "separable" || words.count == 1 }
    let sizes = extents.map { $0.split(separator: "x").joined(separator: "×") }.joined(separator: "–")
    let isFactorized = words == ["conv"] && extents.count > 1
    let shown = (isFactorized ? [] : kinds) + (sizes.isEmpty ? [] : [sizes])
    text = shown.isEmpty ? name : shown.joined(separator: " ")
  }

  /// Whether a word is a kernel size such as `3x3`.
  private static func isExtent(_ word: String) -> Bool {
    let sides = word.split(separator: "x", omittingEmptySubsequences: false)
    return sides.count == 2 && sides.allSatisfy { !$0.isEmpty && $0.allSatisfy(\.isNumber) }
  }

  private static func family(words: [String]) -> OperationFamily {
    if words == ["identity"] { return .identity }
    if words.contains(where: { $0.hasPrefix("dil") }) { return .dilated }
    if words.contains(where: { $0.hasPrefix("sep") }) { return .separable }
    if words.contains("pool") { return words.contains("avg") ? .averagePooling : .extremePooling }
    return words.contains("conv") ? .convolution : .other
  }
}
