import Controllers
import Foundation
import SearchSpace
import Study

/// What must be equal in runs whose controllers are to be compared, as members with paths such as `training.epochs`.
struct ComparableSettings: Equatable {
  /// The members by path; one that is absent in a run is absent here.
  let members: [String: String]

  /// What a search is, but for its controller, its seed and what the machine spends.
  init(_ configuration: SearchConfiguration) throws {
    struct Members: Encodable {
      let space: SpaceDescription
      let skeleton: Skeleton
      let training: JSONValue
      let splitSeed: UInt64
      let dataset: String
      let images: Int?
      let checksum: String?
      let window: Int
      let evaluations: Int
      let maxParameters: Int?
      let maxMultiplyAdds: Int?
      let maxSeconds: Double?
    }
    members = try ComparableSettings.members(
      Members(
        space: configuration.space, skeleton: configuration.skeleton, training: JSONValue(of: configuration.training),
        splitSeed: configuration.splitSeed, dataset: configuration.data.name.rawValue,
        images: configuration.data.images, checksum: configuration.data.checksum, window: configuration.window,
        evaluations: configuration.evaluations, maxParameters: configuration.maximumParameters,
        maxMultiplyAdds: configuration.maximumMultiplyAdds, maxSeconds: configuration.maximumSeconds))
  }

  /// What a full training is, but for its cells and where they come from.
  init(_ configuration: ReplayConfiguration) throws {
    struct Members: Encodable {
      let skeleton: Skeleton
      let training: JSONValue
      let splitSeed: UInt64
      let seed: UInt64
      let dataset: String
      let images: Int?
      let checksum: String?
    }
    members = try ComparableSettings.members(
      Members(
        skeleton: configuration.skeleton, training: JSONValue(of: configuration.training),
        splitSeed: configuration.splitSeed, seed: configuration.seed, dataset: configuration.data.name.rawValue,
        images: configuration.data.images, checksum: configuration.data.checksum))
  }

  /// What two differ in, in the order of the paths: `training.epochs (1 and 2)`.
  func differences(from other: ComparableSettings) -> [String] {
    Set(members.keys).union(other.members.keys).sorted().compactMap { path in
      let (own, others) = (members[path], other.members[path])
      return own == others ? nil : "\(path) (\(own ?? "none") and \(others ?? "none"))"
    }
  }

  /// The members of any value by path.
  static func members(_ value: some Encodable) throws -> [String: String] {
    var members: [String: String] = [:]
    try JSONValue(of: value).visit(path: "") { members[$0] = $1 }
    return members
  }
}

extension JSONValue {
  /// A value as JSON.
  init(of value: some Encodable) throws {
    self = try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(value))
  }

  /// Calls `body` with the path and the text of every member that holds no others.
  func visit(path: String, _ body: (String, String) -> Void) throws {
    func inside(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
    switch self {
    case .object(let members): for (name, value) in members { try value.visit(path: inside(name), body) }
    case .list(let values):
      for (position, value) in values.enumerated() { try value.visit(path: inside("\(position)"), body) }
    case .boolean, .integer, .number, .text, .null: body(path, try argument ?? json)
    }
  }
}
