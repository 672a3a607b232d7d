import Evaluator
import Foundation

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// One HTTP transfer that appends to an open file.
///
/// Unchecked: the session calls its delegate on one serial queue, and `run` sets the continuation before it starts.
final class Transfer: NSObject, URLSessionDataDelegate, @unchecked Sendable {
  private let handle: FileHandle
  private let file: String
  private let url: String
  private let start: Int
  private let size: Int
  private let progress: @Sendable (Int, Int) -> Void
  private var received: Int
  private var failure: DownloadError?
  private var continuation: CheckedContinuation<Void, any Error>?

  /// A transfer into `handle`, which stands at byte `start` of `size`.
  init(
    handle: FileHandle, file: String, url: String, start: Int, size: Int,
    progress: @escaping @Sendable (Int, Int) -> Void
  ) {
    self.handle = handle
    self.file = file
    self.url = url
    self.start = start
    self.size = size
    self.progress = progress
    received = start
  }

  /// Sends the request and writes what comes.
  /// - Throws: `DownloadError`.
  func run(_ request: URLRequest, configuration: URLSessionConfiguration) async throws {
    let session = URLSession(configuration: configuration, delegate: self, delegateQueue: nil)
    defer { session.finishTasksAndInvalidate() }
    try await withCheckedThrowingContinuation { continuation in
      self.continuation = continuation
      session.dataTask(with: request).resume()
    }
  }

  /// 206 continues the file, 200 means the server sends everything again.
  func urlSession(
    _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
    completionHandler: @escaping (URLSession.ResponseDisposition) -> Void
  ) {
    let status = (response as? HTTPURLResponse)?.statusCode ?? 0
    if status == 200 && start > 0 {
      perform {
        try handle.truncate(atOffset: 0)
        received = 0
      }
    } else if status != 200 && !(status == 206 && start > 0) {
      failure = .refused(url: url, status: status)
    }
    completionHandler(failure == nil ? .allow : .cancel)
  }

  /// Appends a piece.
  func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
    guard failure == nil else { return }
    perform { try handle.write(contentsOf: data) }
    received += data.count
    // More than the archive's size is refused at once: it would only fill the disk.
    if failure != nil || received > size { dataTask.cancel() }
    progress(min(received, size), size)
  }

  /// Ends `run`.
  func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
    if let failure {
      continuation?.resume(throwing: failure)
    } else if let error, received <= size {
      let reason = systemReason(error)
      continuation?.resume(throwing: DownloadError.unreachable(url: url, reason: reason, received: received))
    } else {
      continuation?.resume()
    }
    continuation = nil
  }

  private func perform(_ body: () throws -> Void) {
    do {
      try body()
    } catch {
      failure = .unwritable(file: file, reason: systemReason(error))
    }
  }
}
