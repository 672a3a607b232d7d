import ArgumentParser
import Foundation
import SearchSpace

/// What a command says and returns when it ends with an error: one sentence on standard error and the documented code.
struct ErrorReport {
  let status: ExitStatus
  /// What is to be said, without the prefix `nas: `; nil when everything has been said already.
  let sentence: String?
  /// Text for standard output: help or the version, which the parser delivers as an error.
  let help: String?

  /// - Parameter arguments: the command line, without the program's name.
  init(_ error: any Error, arguments: [String] = Array(CommandLine.arguments.dropFirst())) {
    var help: String?
    if let ended = error as? CommandError {
      (status, sentence) = (ended.status, ended.sentence.map(ErrorReport.uniform))
    } else if let status = ExitStatus(error) {
      (self.status, sentence) = (status, ErrorReport.uniform(ErrorReport.words(of: error)))
    } else {
      switch Nas.exitCode(for: error) {
      case .success:
        (status, sentence) = (.done, nil)
        help = Nas.fullMessage(for: error)
      case .validationFailure:
        (status, sentence) = (.usage, UsageMessage(error, arguments: arguments).sentence)
      default:
        (status, sentence) = (.failed, ErrorReport.uniform(ErrorReport.words(of: error)))
      }
    }
    self.help = help
  }

  /// Writes what is to be said and ends the process.
  func exit() -> Never {
    if let help { Terminal().result(help) }
    if let sentence { Terminal.error(sentence) }
    Foundation.exit(status.rawValue)
  }

  /// A sentence as it stands after `nas: `: it begins small, unless with a name, and has no full stop at its end.
  /// What was found in a file may have any characters and any length; it stays one line that can be read.
  static func uniform(_ sentence: String) -> String {
    var text = ErrorReport.readable(sentence.trimmingCharacters(in: .whitespacesAndNewlines))
    if text.hasSuffix("."), !text.hasSuffix("..") { text.removeLast() }
    let first = text.prefix { $0.isLetter }
    guard openings.contains(String(first)) else { return text }
    return first.lowercased() + text.dropFirst(first.count)
  }

  private static func readable(_ text: String) -> String {
    let longest = 800
    var result = ""
    for character in text.prefix(longest) {
      let isControl = character.unicodeScalars.contains { $0.properties.generalCategory == .control }
      result += isControl ? character.unicodeScalars.map { $0.escaped(asASCII: true) }.joined() : String(character)
    }
    return text.dropFirst(longest).isEmpty ? result : result + "…"
  }

  /// The words that sentences of the libraries begin with; whatever else stands first may be a path.
  private static let openings: Set<String> = [
    "A", "An", "Another", "At", "Block", "Candidate", "In", "Interrupted", "Line", "Node", "No", "None", "The", "There",
    "This", "Training", "What",
  ]

  private static func words(of error: any Error) -> String {
    // A failure that ends a full training; in a search it is a record.
    if let failure = error as? Failure {
      let advice = failure.kind == .diverged ? " Lower --learning-rate." : ""
      return "The training failed (\(failure.kind.rawValue)): \(failure.reason)\(advice)"
    }
    return error is CancellationError ? "Interrupted." : String(describing: error)
  }
}

/// An error that a command raises itself.
struct CommandError: Error, Equatable {
  let status: ExitStatus
  let sentence: String?

  init(_ status: ExitStatus, _ sentence: String?) {
    self.status = status
    self.sentence = sentence
  }
}
