import Foundation

/// The resident memory of a process in bytes: the second field of /proc/<pid>/statm, in pages (proc(5)). Nil where there
/// is no such file (macOS, where the memory limit is therefore not watched) or the process has ended.
func residentMemory(of process: pid_t) -> Int? {
  #if os(Linux)
    guard let text = try? String(contentsOfFile: "/proc/\(process)/statm", encoding: .utf8) else { return nil }
    let fields = text.split(separator: " ")
    guard fields.count > 1, let pages = Int(fields[1]) else { return nil }
    return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
  #else
    return nil
  #endif
}
