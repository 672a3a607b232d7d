import Controllers
import Evaluator
import Export
import SearchSpace
import Study

/// The exit codes of every command.
enum ExitStatus: Int32, Sendable, CaseIterable {
  /// Done.
  case done = 0
  /// Failed for another reason than those below.
  case failed = 1
  /// The command line, an experiment file or a genotype cannot be used.
  case usage = 2
  /// A data set is missing or corrupt.
  case data = 3
  /// No valid candidate was found.
  case noValidCandidate = 4
  /// A stored number was not reproduced.
  case verificationMismatch = 5
  /// Interrupted from the keyboard; resumable.
  case interrupted = 130
  /// Asked to end (SIGTERM); resumable.
  case terminated = 143
}

extension ExitStatus {
  /// The exit code of an error that a library of this package throws, nil for any other.
  init?(_ error: any Error) {
    switch error {
    case is SettingError, is SettingsError, is UnknownName, is ArchitectureError, is GenotypeError, is NetworkError,
      is CellSpaceError, is TopologySpaceError, is TrainingPlanError, is DARTSGenotypeError, is ComparisonError:
      self = .usage
    case let error as DatasetError: self.init(error)
    // A simulated search fails by its table alone, which lacks a row.
    case is DownloadError, is TableError, is SimulationError: self = .data
    case let error as GenotypeFileError: self.init(error)
    case let error as SafetensorsError: self.init(error)
    case is ModelFileError, is ModelWeightsError, is PyTorchError: self = .usage
    case let error as ONNXError: self.init(error)
    case let error as ImageFileError: self.init(error)
    case let error as EngineError: self.init(error)
    case let error as RunDirectoryError: self.init(error)
    case let error as SearchError: self.init(error)
    case let failure as WorkerFailure: self = ExitStatus(rawValue: failure.exitCode) ?? .failed
    case is BitsError, is WorkerError, is JournalError, is CheckpointError, is Failure, is CancellationError:
      self = .failed
    default: return nil
    }
  }

  private init(_ error: DatasetError) {
    switch error {
    case .notFound, .filesMissing, .wrongSize, .wrongLabel, .wrongClasses, .unreadable, .archiveDamaged: self = .data
    case .splitTooLarge, .subsetTooLarge, .impossibleCount, .tooManyGenerated: self = .usage
    case .unwritable, .alreadyThere, .tarMissing: self = .failed
    }
  }

  private init(_ error: GenotypeFileError) {
    switch error {
    case .notFound, .tooLarge, .notJSON, .wrongContent: self = .usage
    case .unreadable, .unwritable: self = .failed
    }
  }

  private init(_ error: SafetensorsError) {
    switch error {
    case .notFound, .headerTooLarge, .wrongLength, .badHeader, .badTensor: self = .usage
    case .unreadable: self = .failed
    }
  }

  private init(_ error: ONNXError) {
    switch error {
    case .tooLarge: self = .failed
    case .unreadable, .wrong: self = .verificationMismatch
    }
  }

  private init(_ error: ImageFileError) {
    switch error {
    case .notFound, .tooManyBytes, .unknownFormat, .tooManyPixels, .damaged: self = .usage
    case .unreadable: self = .failed
    }
  }

  private init(_ error: EngineError) {
    switch error {
    case .unknownInstructionSet, .instructionSetUnavailable, .emptyBatch, .noThreads: self = .usage
    case .missingKernel, .threadNotStarted, .outputNotVector, .foreignParameters: self = .failed
    }
  }

  private init(_ error: RunDirectoryError) {
    switch error {
    case .notARunDirectory: self = .usage
    case .alreadyExists, .missingParent, .locked, .cannotWrite, .cannotRead, .diskFull: self = .failed
    }
  }

  private init(_ error: SearchError) {
    switch error {
    case .noValidCandidate: self = .noValidCandidate
    case .notPositive: self = .usage
    case .invalidProposal, .settingsDiffer, .replayDiffers, .corruptOutcome: self = .failed
    }
  }
}
