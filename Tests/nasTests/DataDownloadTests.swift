import Evaluator
import Foundation
import Testing

@testable import nas

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// Serves a file: `http://stub.invalid/<status>/<bytes to send, or all>/<path of the file>`.
/// With a Range header and status 206 it sends from the start the client asked for.
private final class StubProtocol: URLProtocol {
  override class func canInit(with request: URLRequest) -> Bool { request.url?.host == "stub.invalid" }
  override class func canonicalRequest(for request: URLRequest) -> URLRequest { request }
  override func stopLoading() {}

  override func startLoading() {
    guard let url = request.url else { return }
    let parts = url.path.split(separator: "/", maxSplits: 2).map(String.init)
    guard parts.count == 3, var status = Int(parts[0]),
      let body = try? Data(contentsOf: URL(fileURLWithPath: "/" + parts[2]))
    else { return }
    var start = 0
    if let range = request.value(forHTTPHeaderField: "Range"), status == 206 {
      start = Int(range.dropFirst("bytes=".count).dropLast()) ?? 0
    } else if status == 206 {
      status = 200
    }
    let sent = body[start..<min(start + (Int(parts[1]) ?? body.count), body.count)]
    guard let response = HTTPURLResponse(url: url, statusCode: status, httpVersion: "HTTP/1.1", headerFields: [:])
    else { return }
    client?.urlProtocol(self, didReceive: response, cacheStoragePolicy: .notAllowed)
    for piece in stride(from: sent.startIndex, to: sent.endIndex, by: 1000) {
      client?.urlProtocol(self, didLoad: sent[piece..<min(piece + 1000, sent.endIndex)])
    }
    if start + sent.count < body.count && status < 400 {
      client?.urlProtocol(self, didFailWithError: URLError(.networkConnectionLost))
    } else {
      client?.urlProtocolDidFinishLoading(self)
    }
  }
}

@Suite struct DataDownloadTests {
  private func withArchive(_ body: (URL, CIFAR10Download, String) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("nas-test-\(UUID().uuidString)")
    let source = folder.appendingPathComponent("source")
    let inner = source.appendingPathComponent(CIFAR10.folderName)
    try FileManager.default.createDirectory(at: inner, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    // Incompressible, so that the archive is long enough to be cut.
    var state: UInt64 = 1
    let noise = Data(
      (0..<20_000).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return UInt8(truncatingIfNeeded: state >> 56)
      })
    try noise.write(to: inner.appendingPathComponent("data_batch_1.bin"))
    let archive = source.appendingPathComponent("archive.tar.gz")
    let tar = Process()
    tar.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    tar.arguments = ["tar", "-czf", archive.path, "-C", source.path, CIFAR10.folderName]
    try tar.run()
    tar.waitUntilExit()
    let bytes = try Data(contentsOf: archive)
    var digest = MD5()
    digest.update(Array(bytes))
    var download = CIFAR10Download()
    download.size = bytes.count
    download.md5 = digest.hexadecimal
    download.configuration = {
      let configuration = URLSessionConfiguration.ephemeral
      configuration.protocolClasses = [StubProtocol.self]
      return configuration
    }
    try await body(folder.appendingPathComponent("target"), download, archive.path)
  }

  /// The error of a download, nil when it succeeds.
  private func failure(_ download: CIFAR10Download, _ target: URL) async throws -> DownloadError? {
    do {
      _ = try await download.run(into: target) { _, _ in }
      return nil
    } catch let error as DownloadError {
      return error
    }
  }

  private func address(_ status: Int, _ sent: String, _ path: String) -> String {
    "http://stub.invalid/\(status)/\(sent)\(path)"
  }

  private func batch(_ folder: URL) -> Int? {
    try? Data(contentsOf: folder.appendingPathComponent("data_batch_1.bin")).count
  }

  @Test func fetchesChecksAndUnpacks() async throws {
    try await withArchive { target, download, path in
      var download = download
      download.url = address(206, "all", path)
      let folder = try await download.run(into: target) { _, _ in }
      #expect(batch(folder) == 20_000)
      let left = try FileManager.default.contentsOfDirectory(atPath: target.path).sorted()
      #expect(left == ["cifar-10-batches-bin", "cifar-10-binary.tar.gz"])
      // The archive repairs the folder without a network.
      try FileManager.default.removeItem(at: folder)
      download.url = address(404, "all", path)
      let repeated = try await download.run(into: target) { _, _ in }
      #expect(batch(repeated) == 20_000)
    }
  }

  /// Status 206 continues the file; status 200 (a server without ranges) starts it again.
  @Test(arguments: [206, 200])
  func continuesWhatWasInterrupted(status: Int) async throws {
    try await withArchive { target, download, path in
      var download = download
      download.url = address(206, "5000", path)
      let lost = try await failure(download, target)
      guard case .unreachable(_, _, received: 5000) = lost else {
        Issue.record("\(String(describing: lost))")
        return
      }
      download.url = address(status, "all", path)
      let repeated = try await download.run(into: target) { _, _ in }
      #expect(batch(repeated) == 20_000)
    }
  }

  @Test func aWrongArchiveIsRemoved() async throws {
    try await withArchive { target, download, path in
      var download = download
      download.url = address(206, "all", path)
      let right = download.md5
      download.md5 = "0123"
      let error = DownloadError.damaged(url: download.url, expected: "the MD5 0123", found: "the MD5 \(right)")
      let outcome = try await failure(download, target)
      #expect(outcome == error)
      #expect(!FileManager.default.fileExists(atPath: target.path))
      download.size -= 1
      let longer = try await failure(download, target)
      guard case .damaged = longer else {
        Issue.record("\(String(describing: longer))")
        return
      }
      download.size += 100
      let part = target.appendingPathComponent("cifar-10-binary.tar.gz.part").path
      let shorter = try await failure(download, target)
      #expect(shorter == .incomplete(file: part, expected: download.size, found: download.size - 99))
      let kept = try FileManager.default.attributesOfItem(atPath: part)[.size] as? Int
      #expect(kept == download.size - 99)
    }
  }

  @Test func aRefusalWritesNoData() async throws {
    try await withArchive { target, download, path in
      var download = download
      download.url = address(404, "all", path)
      let outcome = try await failure(download, target)
      #expect(outcome == DownloadError.refused(url: download.url, status: 404))
      #expect(!FileManager.default.fileExists(atPath: target.path))
    }
  }

  @Test func noNetworkIsOneSentence() async throws {
    try await withArchive { target, download, _ in
      var download = download
      download.configuration = { .ephemeral }
      download.url = "http://127.0.0.1:9/cifar-10-binary.tar.gz"
      let error = try await failure(download, target)
      guard case .unreachable(download.url, _, received: 0) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
    }
  }

  #if os(Linux)
    /// Linux's /dev/full stands for a full disk.
    @Test func aFullDiskIsReported() async throws {
      try await withArchive { target, download, path in
        var download = download
        download.url = address(206, "all", path)
        try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
        let part = target.appendingPathComponent("cifar-10-binary.tar.gz.part").path
        try FileManager.default.createSymbolicLink(atPath: part, withDestinationPath: "/dev/full")
        let error = try await failure(download, target)
        #expect(error == .unwritable(file: part, reason: "No space left on device"))
      }
    }
  #endif

  @Test func anArchiveThatCannotBeReadIsReported() async throws {
    try await withArchive { target, download, _ in
      let archive = target.appendingPathComponent("cifar-10-binary.tar.gz")
      try FileManager.default.createDirectory(at: archive, withIntermediateDirectories: true)
      let error = try await failure(download, target)
      guard case .unreadable(archive.path, _) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
    }
  }

  @Test func anUnwritableFolderIsReported() async throws {
    try await withArchive { target, download, _ in
      try Data([1]).write(to: target)
      let error = try await failure(download, target)
      guard case .unwritable(target.path, _) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
    }
  }

  @Test(arguments: [
    (
      DownloadError.unreachable(url: "u", reason: "r", received: 7),
      "u could not be fetched (r), 7 bytes are kept: check the network and repeat the command, which continues; or "
        + "fetch the file elsewhere and give it with --data"
    ),
    (
      .refused(url: "u", status: 404),
      "u answered with status 404, but 200 or 206 was expected: try later, or fetch the file elsewhere and give it "
        + "with --data"
    ),
    (
      .incomplete(file: "f", expected: 2, found: 1),
      "f has 1 bytes, but 2 were expected: the transfer ended early; repeat the command, which continues"
    ),
    (
      .damaged(url: "u", expected: "2 bytes", found: "3 bytes"),
      "what u sent has 3 bytes, but 2 bytes was expected, so it was removed: repeat the command; if this happens "
        + "again, fetch the file elsewhere and give it with --data"
    ),
    (
      .unreadable(file: "f", reason: "r"),
      "f cannot be read (r): check your rights, or remove it, and repeat the command"
    ),
    (
      .unwritable(file: "f", reason: "r"),
      "f cannot be written (r): check the folder, your rights and the free space (CIFAR-10 needs 400 MB), and repeat "
        + "the command, which continues"
    ),
  ])
  func says(error: DownloadError, text: String) {
    #expect(error.description == text)
  }
}
