import Foundation
import SearchSpace
import Testing

@Suite struct TopologySpaceTests {
  /// An architecture by the six digits of the benchmark's tables.
  static func architecture(_ digits: String) -> Architecture {
    Architecture(choices: digits.compactMap(\.wholeNumberValue))
  }

  static let all: [Architecture] = (0..<15_625).map { number in
    var rest = number
    return Architecture(
      choices: (0..<6).map { _ in
        defer { rest /= 5 }
        return rest % 5
      })
  }

  @Test func theEdgesAndTheirMutationWeights() {
    let decisions = TopologySpace.nasbench201.decisions
    #expect(
      decisions.map(\.name)
        == ["node1.from0", "node2.from0", "node2.from1", "node3.from0", "node3.from1", "node3.from2"])
    let options = ["none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3"]
    for decision in decisions { #expect(decision.options == options && decision.kind == .operation) }
    let weights: [Double] = [1.0 / 3, 1.0 / 6, 1.0 / 6, 1.0 / 9, 1.0 / 9, 1.0 / 9]
    for (decision, weight) in zip(decisions, weights) {
      #expect(abs(decision.mutationWeight - weight) < 1e-15)
    }
  }

  /// Index 0 of the official table.
  @Test func theTextIsThePapersNotation() throws {
    #expect(
      try TopologySpace.nasbench201.text(of: Self.architecture("421211"))
        == "|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|nor_conv_1x1~0|skip_connect~1|skip_connect~2|")
    #expect(throws: ArchitectureError.wrongLength(expected: 6, found: 2)) {
      try TopologySpace.nasbench201.text(of: Architecture(choices: [0, 1]))
    }
  }

  private func fingerprint(_ digits: String) throws -> String {
    try TopologySpace.nasbench201.fingerprint(of: Self.architecture(digits))
  }

  @Test func equalFunctionsHaveEqualFingerprints() throws {
    // An edge into a node that nothing reads; an edge out of a node that nothing reaches; renamed nodes.
    #expect(try fingerprint("310303") == fingerprint("010303"))
    #expect(try fingerprint("000313") == fingerprint("000300"))
    #expect(try fingerprint("230023") == fingerprint("320032"))
    // A node that repeats the input is the input.
    #expect(try fingerprint("110030") == fingerprint("000300"))
  }

  @Test func otherFunctionsHaveOthers() throws {
    // One convolution read twice is not two convolutions.
    #expect(try fingerprint("330011") != fingerprint("301011"))
    #expect(try fingerprint("000200") != fingerprint("000300"))
    #expect(try fingerprint("200400") == fingerprint("000400"))
    #expect(try fingerprint("200010") != fingerprint("300010"))
  }

  /// The partition of a third of all cells against the plain definition: live edges, tried under both numberings of the two inner
  /// nodes.
  @Test func fingerprintsPartitionTheSpaceByDefinition() throws {
    var byReference: [String: String] = [:]
    var byFingerprint: [String: String] = [:]
    var consistent = true
    for number in stride(from: 0, to: Self.all.count, by: 3) {
      let architecture = Self.all[number]
      let found = try TopologySpace.nasbench201.fingerprint(of: architecture)
      let reference = TopologyReference(architecture.choices).canonical
      consistent = consistent && byReference.updateValue(found, forKey: reference) ?? found == found
      consistent = consistent && byFingerprint.updateValue(reference, forKey: found) ?? reference == reference
    }
    #expect(consistent)
    #expect(byReference.count == byFingerprint.count)
    #expect(byFingerprint.count > 1_000)
  }

  @Test func descriptionsSurviveEncoding() throws {
    for space in SpaceDescription.known {
      let data = try JSONEncoder().encode(space)
      #expect(try JSONDecoder().decode(SpaceDescription.self, from: data) == space)
    }
    #expect(try SpaceDescription.named("nasbench201") == .topology(.nasbench201))
    #expect(throws: UnknownName(kind: "space", found: "nasbench", known: ["nasnet", "amoebanet", "nasbench201"])) {
      try SpaceDescription.named("nasbench")
    }
  }

  private func message(_ json: String) -> String {
    do {
      return "\(try JSONDecoder().decode(SpaceDescription.self, from: Data(json.utf8)))"
    } catch {
      return "\(error)"
    }
  }

  @Test func descriptionsThatCannotBe() {
    #expect(
      message(#"{"name": "mine", "nodes": 1, "operations": ["skip_connect"]}"#)
        == "A cell of a topology space has 2 to 10 nodes, but those of 'mine' have 1.")
    #expect(
      message(#"{"name": "mine", "nodes": 4, "operations": ["none"]}"#)
        == "A topology space needs an operation besides 'none', but 'mine' has none.")
    #expect(
      message(#"{"name": "mine", "nodes": 4, "operations": ["skip_connect", "none", "skip_connect"]}"#)
        == "The space 'mine' has the operation 'skip_connect' twice; each may appear once.")
    #expect(
      message(#"{"name": "mine", "nodes": 4, "operations": ["nor_conv_3x4"]}"#).hasPrefix(
        "There is no operation 'nor_conv_3x4'. Did you mean 'nor_conv_3x3'?"))
  }
}

/// The canonical form of a NAS-Bench-201 cell by its plain definition.
private struct TopologyReference {
  /// `edges[node]` are (source, operation) pairs that have an effect.
  private var edges: [[(source: Int, operation: Int)]] = [[], [], [], []]

  init(_ choices: [Int]) {
    for (edge, (node, source)) in [(1, 0), (2, 0), (2, 1), (3, 0), (3, 1), (3, 2)].enumerated()
    where choices[edge] != 0 && (source == 0 || !edges[source].isEmpty) {
      edges[node].append((source, choices[edge]))
    }
    if !edges[3].contains(where: { $0.source == 2 }) { edges[2] = [] }
    if !(edges[2] + edges[3]).contains(where: { $0.source == 1 }) { edges[1] = [] }
  }

  var canonical: String {
    let straight = text([0, 1, 2, 3])
    let reads = edges[2].contains { $0.source == 1 && !isRepetition(1) }
    return reads ? straight : min(straight, text([0, 2, 1, 3]))
  }

  /// Whether a node only repeats another.
  private func isRepetition(_ node: Int) -> Bool { edges[node].count == 1 && edges[node][0].operation == 1 }

  private func text(_ names: [Int]) -> String {
    var parts: [Int: String] = [:]
    for node in [1, 2, 3] where !edges[node].isEmpty && (node == 3 || !isRepetition(node)) {
      let terms = edges[node].map { edge -> String in
        var source = edge.source
        while source > 0, isRepetition(source) { source = edges[source][0].source }
        return "\(edge.operation)<-\(names[source])"
      }
      parts[names[node]] = terms.sorted().joined(separator: "+")
    }
    let inner = [1, 2].compactMap { parts[$0] }
    // With a single inner node its number does not matter.
    let single = inner.count == 1
    let whole = (inner + [parts[3] ?? ""]).joined(separator: ";")
    return single ? whole.replacingOccurrences(of: "<-2", with: "<-1") : whole
  }
}
