import Foundation

/// A child process with pipes to its standard input, output and error.
///
/// Started by posix_spawn in a process group of its own, so that an interrupt from the terminal does not reach it and
/// that it is killed with whatever it started. It inherits no other descriptor: everything here is close-on-exec.
final class ChildProcess {
  /// How a process ended.
  enum Ending: Equatable {
    case exited(Int32)
    case signaled(Int32)
  }

  let identifier: pid_t
  /// Written by us, read by the child.
  let input: Int32
  /// Read by us without blocking.
  let output: Int32
  /// The child's standard error, read by us without blocking.
  let errors: Int32
  private var ending: Ending?

  /// Starts a program.
  /// - Throws: `WorkerError.cannotStart`.
  init(executable: URL, arguments: [String]) throws {
    var open: [Int32] = []
    func makePipe() throws -> (read: Int32, write: Int32) {
      guard let pipe = closeOnExecPipe() else {
        throw WorkerError.cannotStart(executable: executable.path, reason: RunDirectoryError.systemReason(errno))
      }
      open += [pipe.read, pipe.write]
      return pipe
    }
    do {
      let (childInput, input) = try makePipe()
      let (output, childOutput) = try makePipe()
      let (errors, childErrors) = try makePipe()
      identifier = try ChildProcess.spawn(
        executable, arguments, input: childInput, output: childOutput, errors: childErrors)
      for descriptor in [childInput, childOutput, childErrors] { close(descriptor) }
      for descriptor in [output, errors] {
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
      }
      (self.input, self.output, self.errors) = (input, output, errors)
    } catch {
      for descriptor in open { close(descriptor) }
      throw error
    }
  }

  deinit {
    if ending == nil { end() }
    for descriptor in [input, output, errors] { close(descriptor) }
  }

  /// Kills the process and everything it started, and waits for its end.
  @discardableResult
  func end() -> Ending {
    if let ending { return ending }
    kill(-identifier, SIGKILL)
    return wait(options: 0) ?? .signaled(SIGKILL)
  }

  /// How the process ended, when it has within `seconds`.
  func ending(within seconds: Double) -> Ending? {
    let deadline = ProcessInfo.processInfo.systemUptime + seconds
    while true {
      if let ending = ending ?? wait(options: WNOHANG) { return ending }
      if ProcessInfo.processInfo.systemUptime >= deadline { return nil }
      usleep(5_000)
    }
  }

  private func wait(options: Int32) -> Ending? {
    var status: Int32 = 0
    var result = waitpid(identifier, &status, options)
    while result < 0, errno == EINTR { result = waitpid(identifier, &status, options) }
    guard result == identifier else { return nil }
    // The layout of a wait status is the same on Linux and macOS: the signal in the low seven bits, the code above.
    let signal = status & 0x7F
    ending = signal == 0 ? .exited((status >> 8) & 0xFF) : .signaled(signal)
    return ending
  }

  #if canImport(Darwin)
    private typealias SpawnAttributes = posix_spawnattr_t?
  #else
    private typealias SpawnAttributes = posix_spawnattr_t
  #endif

  /// The child begins in a group of its own, with no signal blocked and with a broken pipe as it is by default.
  private static func setSignals(_ attributes: inout SpawnAttributes, platformFlags: Int32) {
    var none = sigset_t()
    var defaults = sigset_t()
    sigemptyset(&none)
    sigemptyset(&defaults)
    sigaddset(&defaults, SIGPIPE)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &defaults)
    posix_spawnattr_setpgroup(&attributes, 0)
    let flags =
      Int32(POSIX_SPAWN_SETPGROUP) | Int32(POSIX_SPAWN_SETSIGMASK) | Int32(POSIX_SPAWN_SETSIGDEF)
      | Int32(platformFlags)
    posix_spawnattr_setflags(&attributes, Int16(flags))
  }

  private static func spawn(
    _ executable: URL, _ arguments: [String], input: Int32, output: Int32, errors: Int32
  ) throws -> pid_t {
    #if canImport(Darwin)
      var actions: posix_spawn_file_actions_t?
      var attributes: posix_spawnattr_t?
      let platformFlags = POSIX_SPAWN_CLOEXEC_DEFAULT
      let environment = _NSGetEnviron().pointee
    #else
      var actions = posix_spawn_file_actions_t()
      var attributes = posix_spawnattr_t()
      let platformFlags: Int32 = 0
      let environment = environ
    #endif
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    for (descriptor, standard) in [(input, STDIN_FILENO), (output, STDOUT_FILENO), (errors, STDERR_FILENO)] {
      posix_spawn_file_actions_adddup2(&actions, descriptor, standard)
    }
    setSignals(&attributes, platformFlags: platformFlags)
    var words: [UnsafeMutablePointer<CChar>?] = ([executable.path] + arguments).map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var identifier: pid_t = 0
    let code = inheritance.withLock {
      posix_spawn(&identifier, executable.path, &actions, &attributes, &words, environment)
    }
    guard code == 0 else {
      throw WorkerError.cannotStart(executable: executable.path, reason: RunDirectoryError.systemReason(code))
    }
    return identifier
  }
}

/// Held while a pipe exists that is not yet close-on-exec, and while a process is started: a worker that inherited
/// another's pipe would keep it from seeing the end of its input.
private let inheritance = NSLock()

/// A pipe that child processes do not inherit; nil, with `errno`, when there is none to be had.
func closeOnExecPipe() -> (read: Int32, write: Int32)? {
  inheritance.withLock {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { return nil }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (ends[0], ends[1])
  }
}
