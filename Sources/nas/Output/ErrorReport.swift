import ArgumentParser
import Controllers
import Evaluator
import Export
import Foundation
import SearchSpace
import Study

/// What a command says and returns when it ends with an error: one sentence on standard error and the documented code.
struct ErrorReport {
  let status: ExitStatus
  /// Nil when everything has been said already.
  let sentence: String?
  /// Text for standard output: help or the version, which the parser delivers as an error.
  let help: String?

  init(_ error: any Error) {
    if let requested = ErrorReport.requestedHelp(error) {
      (status, sentence, help) = (.done, nil, requested)
    } else if let ended = error as? CommandError {
      (status, sentence, help) = (ended.status, ended.sentence, nil)
    } else if let status = ErrorReport.status(of: error) {
      (self.status, sentence, help) = (status, String(describing: error), nil)
    } else if ErrorReport.isParserError(error) {
      (status, sentence, help) = (.usage, ErrorReport.withoutPrefix(Nas.fullMessage(for: error)), nil)
    } else {
      (status, sentence, help) = (.failed, String(describing: error), nil)
    }
  }

  /// Writes what is to be said and ends the process.
  func exit() -> Never {
    if let help { Terminal().result(help) }
    if let sentence { Terminal.error(sentence) }
    Foundation.exit(status.rawValue)
  }

  /// The exit code of an error type that a library of this package throws.
  private static func status(of error: any Error) -> ExitStatus? {
    switch error {
    case is SettingError, is SettingsError, is GenotypeError, is UnknownName, is ArchitectureError, is NetworkError:
      .usage
    case is DatasetError:
      .data
    default:
      nil
    }
  }

  private static func requestedHelp(_ error: any Error) -> String? {
    Nas.exitCode(for: error) == .success ? Nas.fullMessage(for: error) : nil
  }

  private static func isParserError(_ error: any Error) -> Bool {
    Nas.exitCode(for: error) == .validationFailure
  }

  private static func withoutPrefix(_ message: String) -> String {
    message.hasPrefix("Error: ") ? String(message.dropFirst("Error: ".count)) : message
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
