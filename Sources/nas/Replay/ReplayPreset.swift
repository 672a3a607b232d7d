import Evaluator
import SearchSpace

/// A recipe with a size of the network: the defaults of `nas replay --preset`.
enum ReplayPreset: String, CaseIterable {
  /// Our short version of the papers' recipes for a CPU.
  case replay
  /// NASNet-A as published.
  case nasnetCIFAR = "nasnet-cifar"
  /// AmoebaNet-A as published.
  case amoebanetCIFAR = "amoebanet-cifar"
  /// As a candidate of a search is trained.
  case search
  /// For a first look.
  case quick

  /// The recipe.
  var training: TrainingPlan {
    switch self {
    case .replay: .replay
    case .nasnetCIFAR: .nasnetCIFAR
    case .amoebanetCIFAR: .amoebanetCIFAR
    case .search: .search
    case .quick: .quick
    }
  }

  /// N and F: NASNet-A "6 @ 768" (Zoph et al. 2018, Table 1); AmoebaNet-A (6, 36) (Real et al. 2019, Table 1); those of
  /// `nas search` for its recipe and for a first look.
  var size: (cells: Int, filters: Int) {
    switch self {
    case .replay, .nasnetCIFAR: (6, 32)
    case .amoebanetCIFAR: (6, 36)
    case .search, .quick: (1, 8)
    }
  }

  /// The preset of a name.
  /// - Throws: `UnknownName` with a suggestion.
  init(named name: String) throws {
    guard let preset = ReplayPreset(rawValue: name) else {
      throw UnknownName(kind: "preset", found: name, known: ReplayPreset.allCases.map(\.rawValue))
    }
    self = preset
  }
}
