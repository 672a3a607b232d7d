import ArgumentParser
import Foundation
import SearchSpace

/// What is said when the command line cannot be parsed: the parser's sentence, and where the help is.
struct UsageMessage {
  let sentence: String

  init(_ error: any Error, arguments: [String]) {
    let path = UsageMessage.path(arguments)
    if path.isEmpty, let word = arguments.first, !word.hasPrefix("-") {
      let names = UsageMessage.commands(of: Nas.self).map(\.name)
      let suggestion = UnknownName(kind: "command", found: word, known: names).suggestion
      sentence =
        "there is no command '\(word)'" + (suggestion.map { ": did you mean '\($0)'?" } ?? ": see 'nas --help'")
      return
    }
    let lines = Nas.message(for: error).split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
    let message = ErrorReport.uniform(lines.filter { !$0.isEmpty }.joined(separator: " "))
    let help = (["nas"] + path + ["--help"]).joined(separator: " ")
    sentence = UsageMessage.small(message) + (message.hasSuffix("?") ? " " : "; ") + "see '\(help)'"
  }

  /// The names of the commands that the arguments begin with.
  private static func path(_ arguments: [String]) -> [String] {
    var path: [String] = []
    var current: any ParsableCommand.Type = Nas.self
    for argument in arguments {
      guard let next = commands(of: current).first(where: { $0.name == argument }) else { break }
      path.append(argument)
      current = next.type
    }
    return path
  }

  private static func commands(of type: any ParsableCommand.Type) -> [(name: String, type: any ParsableCommand.Type)] {
    type.configuration.subcommands.filter(\.configuration.shouldDisplay).map { ($0._commandName, $0) }
  }

  /// The parser's sentences all begin with an ordinary word.
  private static func small(_ sentence: String) -> String {
    sentence.prefix(1).lowercased() + sentence.dropFirst()
  }
}
