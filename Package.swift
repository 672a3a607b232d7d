// swift-tools-version:6.0
import PackageDescription

let package = Package(
  name: "nas",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "SearchSpace", targets: ["SearchSpace"]),
    .library(name: "Controllers", targets: ["Controllers"]),
    .library(name: "Evaluator", targets: ["Evaluator"]),
    .library(name: "Study", targets: ["Study"]),
    .library(name: "Export", targets: ["Export"]),
    .executable(name: "nas", targets: ["nas"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
  ],
  targets: [
    .target(name: "CKernels"),
    .target(name: "CWuffs", exclude: ["README.md", "wuffs-unsupported-snapshot.c"]),
    .target(name: "SearchSpace"),
    .target(name: "Controllers", dependencies: ["SearchSpace"]),
    .target(name: "Evaluator", dependencies: ["CKernels", "SearchSpace"]),
    .target(
      name: "Export",
      dependencies: ["SearchSpace", .product(name: "SwiftProtobuf", package: "swift-protobuf")],
      exclude: ["ONNX/Schema/onnx.proto", "ONNX/Schema/README.md"]),
    .target(name: "Study", dependencies: ["SearchSpace", "Controllers"]),
    .executableTarget(
      name: "nas",
      dependencies: [
        "SearchSpace", "Controllers", "Evaluator", "Study", "Export", "CWuffs",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    .testTarget(name: "SearchSpaceTests", dependencies: ["SearchSpace"], exclude: ["Goldens"]),
    .testTarget(name: "ControllersTests", dependencies: ["Controllers", "SearchSpace"]),
    .testTarget(
      name: "EvaluatorTests", dependencies: ["Evaluator", "SearchSpace", "CKernels"], exclude: ["Goldens"]),
    .testTarget(name: "StudyTests", dependencies: ["Study", "SearchSpace", "Controllers"]),
    .testTarget(
      name: "ExportTests",
      dependencies: ["Export", "SearchSpace", .product(name: "SwiftProtobuf", package: "swift-protobuf")]),
    .testTarget(
      name: "nasTests",
      dependencies: [
        "nas", "SearchSpace", "Controllers", "Evaluator", "Study", "Export",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], exclude: ["Images/Goldens", "Models/Goldens"]),
  ],
  swiftLanguageModes: [.v6]
)
