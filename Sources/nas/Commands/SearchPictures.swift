import Export
import Foundation
import SearchSpace
import Study

/// The pictures that a finished search leaves in its run directory.
struct SearchPictures: Sendable {
  let candidates: [CandidateRecord]
  let configuration: SearchConfiguration
  let run: RunDirectory

  init(_ candidates: [CandidateRecord], configuration: SearchConfiguration, run: RunDirectory) {
    self.candidates = candidates
    self.configuration = configuration
    self.run = run
  }

  /// Writes `best.svg`, the best pair of cells (in spaces of pairs of cells), and `search.svg`, the rewards over the search; returns their places.
  /// - Throws: `CommandError` when they cannot be written.
  func write() throws -> [URL] {
    guard let best = RunSummary(candidates).best else { return [] }
    guard case .cells = configuration.space else { return [try write(curve(), to: run.curvePictureURL)] }
    let cells = try FoundCells(best, configuration: configuration, run: run)
    let caption =
      "validation accuracy \(Wording.percent(best.reward ?? 0)) on \(configuration.data.name.rawValue), "
      + "\(Wording.count(best.parameters ?? 0)) parameters, seed \(configuration.seed)"
    let picture = try CellPicture(cells.genotype, caption: caption).svg()
    return [try write(picture, to: run.bestPictureURL), try write(curve(), to: run.curvePictureURL)]
  }

  private func curve() -> String {
    let series = SearchCurve.Series(
      name: configuration.controller.name, rewards: candidates.map(\.reward))
    return SearchCurve([series], title: "\(run.url.lastPathComponent): validation accuracy").svg()
  }

  private func write(_ text: String, to url: URL) throws -> URL {
    do {
      try Data(text.utf8).write(to: url, options: .atomic)
    } catch {
      throw CommandError(.failed, "\(url.path) cannot be written: check the free space and your rights there.")
    }
    return url
  }
}
