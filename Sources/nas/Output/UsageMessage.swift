import ArgumentParser
import Foundation
import SearchSpace

/// What is said when the command line cannot be parsed: the parser's sentence, and where the help is.
struct UsageMessage {
  let sentence: String

  init(_ error: any Error, arguments: [String]) {
    let path = UsageMessage.path(arguments)
    if path.isEmpty, let word = arguments.first, !word.hasPrefix("-") {
      let names = UsageMessage.visibleCommands(of: Nas.configuration).map { $0._commandName }
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
    var commands = visibleCommands(of: Nas.configuration)
    for argument in arguments {
      guard let next = commands.first(where: { $0._commandName == argument }) else { break }
      path.append(argument)
      commands = visibleCommands(of: next.configuration)
    }
    return path
  }

  private static func visibleCommands(of configuration: CommandConfiguration) -> [any ParsableCommand.Type] {
    configuration.subcommands.filter { $0.configuration.shouldDisplay }
  }

  /// The parser's sentences all begin with an ordinary word.
  private static func small(_ sentence: String) -> String {
    sentence.prefix(1).lowercased() + sentence.dropFirst()
  }
}
