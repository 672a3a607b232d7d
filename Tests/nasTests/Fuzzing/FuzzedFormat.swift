import Foundation
import SearchSpace
import Testing

@testable import nas

/// A kind of file that is read, with good samples of it: whatever damage is done to them, reading ends soon, without taking
/// much memory, in a valid result or in one clear error.
struct FuzzedFormat {
  /// How many mutants of each kind are read: a few, or `NAS_FUZZ_COUNT`.
  static var count: Int { number("NAS_FUZZ_COUNT") ?? 150 }
  /// The processor time in which every mutant must be read, in seconds; a debug build takes a multiple of a release's.
  static let secondsLimit = 10.0
  /// How much the memory of the process may grow, in bytes.
  static let memoryLimit = 1 << 30

  /// The kind's name.
  let name: String
  /// Good files.
  let samples: [[UInt8]]
  /// Makes checksums right again, so that a mutant is read further.
  var repaired: ([UInt8]) -> [UInt8] = { $0 }
  /// Reads a file and uses what it says.
  let read: ([UInt8]) throws -> Void

  static func number(_ variable: String) -> Int? { ProcessInfo.processInfo.environment[variable].flatMap { Int($0) } }

  /// Mutant `index`, the same in every run.
  func mutant(_ index: Int) -> [UInt8] {
    var hash = StableHash()
    hash.combine(name)
    var mutation = Mutation(RandomStream(seed: hash.value).split("mutant", index))
    let sample = samples[mutation.place(samples.count)]
    let mutant = mutation.mutant(of: sample, others: samples)
    return mutation.oneIn(3) ? mutant : repaired(mutant)
  }

  /// Reads the samples, which must be good, and all mutants.
  func run(count: Int = FuzzedFormat.count) throws {
    for sample in samples { try read(sample) }
    let memory = ProcessMemory.peak ?? 0
    var (valid, refused, problems) = (0, 0, 0)
    for index in 0..<count where problems < 5 {
      let mutant = mutant(index)
      let start = FuzzedFormat.processorSeconds()
      var problem: String?
      do {
        try read(mutant)
        valid += 1
      } catch {
        refused += 1
        problem = FuzzedFormat.problem(of: error)
      }
      let seconds = FuzzedFormat.processorSeconds() - start
      if seconds > FuzzedFormat.secondsLimit { problem = "it took \(seconds) s" }
      if let problem {
        problems += 1
        Issue.record("\(name), mutant \(index) of \(mutant.count) bytes: \(problem)")
      }
    }
    #expect(refused > 0, "mutants are not what they were made of")
    let grown = (ProcessMemory.peak ?? 0) - memory
    #expect(grown < FuzzedFormat.memoryLimit, "\(name): the process took \(grown) bytes more")
    if FuzzedFormat.number("NAS_FUZZ_COUNT") != nil {
      print(
        "fuzzed \(name): \(count) mutants, \(valid) valid, \(refused) refused, \(problems) problems, \(grown >> 20) MiB"
      )
    }
  }

  /// What is wrong with an error as an answer to a person; nil when it is one clear sentence of this package.
  static func problem(of error: any Error) -> String? {
    guard error is CommandError || ExitStatus(error) != nil else { return "no error of this package: \(error)" }
    guard let sentence = ErrorReport(error).sentence, sentence.count > 20 else { return "no sentence: \(error)" }
    return sentence.contains("\n") ? "more than one line: \(sentence)" : nil
  }

  private static func processorSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
