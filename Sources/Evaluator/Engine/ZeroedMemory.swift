import SearchSpace

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Memory that is zero at first, aligned for the widest vector and freed with the object.
///
/// On Linux, large memory comes straight from the system, which hands out zeros, and asks for large pages: with small ones the
/// processor's prefetching ends every 4 KB. Nothing touches it before it is used, so that the threads that use it share the
/// system's work of making pages.
final class ZeroedMemory {
  let start: UnsafeMutableRawPointer
  private let mapped: UnsafeMutableRawPointer?
  private let mappedBytes: Int

  /// - Throws: `Failure` of kind `outOfMemory` when the system refuses.
  init(bytes: Int) throws {
    #if os(Linux)
      let largePage = 2 << 20
      if bytes >= 2 * largePage {
        mappedBytes = bytes + largePage
        let address = mmap(nil, mappedBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let address, address != MAP_FAILED else {
          throw Failure(kind: .outOfMemory, reason: "The system refuses \(bytes) bytes of memory.")
        }
        mapped = address
        start = address.alignedUp(toMultipleOf: largePage)
        madvise(start, bytes, MADV_HUGEPAGE)
        return
      }
    #endif
    mapped = nil
    mappedBytes = 0
    start = UnsafeMutableRawPointer.allocate(byteCount: max(bytes, 1), alignment: 64)
    start.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
  }

  deinit {
    guard let mapped else { return start.deallocate() }
    #if os(Linux)
      munmap(mapped, mappedBytes)
    #endif
  }
}
