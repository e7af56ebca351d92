// swift-tools-version: 6.3
// One target per room (see Sources/README.md); imports point down only, which ArchitectureTests checks.
import PackageDescription

// One instruction set for every target: an inlined kernel in a target without the flag is silently slow. The Makefile names
// x86-64-v4 where the processor has AVX-512: the micro-kernels then take sixteen lanes at once, and the bits stay the same.
let instructionSet = Context.environment["PARSIMONY_INSTRUCTION_SET"] ?? "x86-64-v3"

#if arch(x86_64)
  let processorFlags: [SwiftSetting] =
    [.unsafeFlags(["-Xcc", "-march=\(instructionSet)"])]
    + (instructionSet == "x86-64-v4" ? [.define("AVX512")] : [])
#else
  let processorFlags: [SwiftSetting] = []
#endif

let common: [SwiftSetting] =
  processorFlags + [
    .enableExperimentalFeature("Lifetimes"),  // Tensor.span
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
  ]

/// A room that computes: no unsafe code without the word.
func room(
  _ name: String, uses: [Target.Dependency], resources: [Resource] = []
) -> Target {
  .target(
    name: name, dependencies: uses, resources: resources,
    swiftSettings: common + [.strictMemorySafety()])
}

/// A room that may wrap a C library or work on pointers.
func unsafeRoom(_ name: String, uses: [Target.Dependency], settings: [SwiftSetting] = []) -> Target
{
  .target(name: name, dependencies: uses, swiftSettings: common + settings)
}

func tests(of name: String, uses: [Target.Dependency] = [], fixtures: Bool = false) -> Target {
  .testTarget(
    name: "\(name)Tests",
    dependencies: [.byName(name: name), "TestSupport"] + uses,
    resources: fixtures ? [.copy("Fixtures")] : [],
    swiftSettings: common)
}

/// A program that tests are made with; no room.
func testProgram(_ name: String, uses: [Target.Dependency], at folder: String) -> Target {
  .executableTarget(
    name: name, dependencies: uses, path: "Tests/\(folder)", exclude: ["Corpus"],
    swiftSettings: common)
}

let yams: Target.Dependency = .product(name: "Yams", package: "Yams")
let csv: Target.Dependency = .product(name: "SwiftCSV", package: "SwiftCSV")
let mustache: Target.Dependency = .product(name: "Mustache", package: "swift-mustache")
let argumentParser: Target.Dependency = .product(
  name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
  name: "Parsimony",
  products: [.executable(name: "parsimony", targets: ["parsimony"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    .package(url: "https://github.com/swiftcsv/SwiftCSV", exact: "0.10.0"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", exact: "2.1.1"),
  ],
  targets: [
    // C libraries
    .systemLibrary(name: "COpenBLAS", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CNLopt", providers: [.apt(["libnlopt-dev"])]),
    .systemLibrary(name: "CCrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CPNG", providers: [.apt(["libpng-dev"])]),
    .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),

    // Rooms, from the ground up
    unsafeRoom(
      "Kernels", uses: ["COpenBLAS", "CNLopt"],
      settings: [.unsafeFlags(["-O"], .when(configuration: .debug))]),
    room("Statistics", uses: []),
    unsafeRoom("Reproducibility", uses: ["Kernels", "CCrypto"]),
    unsafeRoom("Files", uses: ["Reproducibility", "CPNG", "CZlib"]),
    room("Tensors", uses: ["Kernels", "Reproducibility"]),
    room("Datasets", uses: ["Tensors", "Files", "Kernels", "Reproducibility"]),
    room("Networks", uses: ["Tensors", "Kernels", "Reproducibility"]),
    room("Compression", uses: ["Tensors", "Kernels", "Reproducibility"]),
    room("BayesianOptimization", uses: ["Kernels", "Statistics", "Reproducibility"]),
    room("ModelFiles", uses: ["Networks", "Compression", "Files", "Tensors", "Reproducibility"]),
    room(
      "Training",
      uses: [
        "Networks", "Datasets", "ModelFiles", "Tensors", "Kernels", "Reproducibility", "Files",
      ]),
    room(
      "Methods",
      uses: [
        "Training", "Compression", "Networks", "Datasets", "Tensors", "Kernels", "Reproducibility",
      ]),
    room(
      "Inference",
      uses: ["ModelFiles", "Networks", "Files", "Tensors", "Kernels", "Reproducibility"]),
    room(
      "Experiments",
      uses: [
        "Inference", "Methods", "BayesianOptimization", "Training", "Compression", "ModelFiles",
        "Networks", "Datasets", "Tensors", "Files", "Reproducibility", "Kernels", "Statistics",
        yams,
        csv,
      ]),
    room("Cluster", uses: ["Experiments", "Datasets", "Files", "Reproducibility"]),
    room(
      "Reporting",
      uses: [
        "Experiments", "Inference", "Statistics", "Files", "ModelFiles", "Tensors",
        "Reproducibility", "Training", yams, csv, mustache,
      ],
      // In the code, because the executable is copied around alone.
      resources: [
        "page.mustache", "paper.mustache", "section.mustache", "table.mustache", "figure.mustache",
        "runs.mustache", "prose.mustache", "page.css", "filters.js", "curves.js",
      ].map { .embedInCode("Page/\($0)") }),
    .executableTarget(
      name: "parsimony",
      dependencies: [
        "Reporting", "Cluster", "Experiments", "Inference", "Methods", "Training", "Compression",
        "ModelFiles", "Networks", "Datasets", "Tensors", "Files", "Reproducibility", "Kernels",
        argumentParser,
      ],
      swiftSettings: common + [.strictMemorySafety()]),

    // Tests
    .target(
      name: "TestSupport", dependencies: ["Tensors", "Reproducibility", "Kernels"],
      path: "Tests/TestSupport",
      swiftSettings: common),
    tests(of: "Kernels"),
    tests(of: "Statistics"),
    tests(of: "Reproducibility"),
    tests(of: "Files", uses: ["Reproducibility"]),
    tests(of: "Tensors", uses: ["Reproducibility"]),
    tests(of: "Datasets", uses: ["Files", "Reproducibility", "Tensors"]),
    tests(of: "Networks", uses: ["Tensors", "Kernels", "Reproducibility"]),
    tests(of: "Compression", uses: ["Tensors", "Reproducibility"], fixtures: true),
    tests(
      of: "BayesianOptimization", uses: ["Kernels", "Statistics", "Reproducibility"],
      fixtures: true),
    tests(
      of: "ModelFiles",
      uses: ["Networks", "Tensors", "Files", "Compression", "Reproducibility", "Kernels"]),
    tests(
      of: "Training",
      uses: ["Networks", "Datasets", "ModelFiles", "Tensors", "Kernels", "Reproducibility"]),
    tests(
      of: "Methods",
      uses: [
        "Training", "Compression", "Networks", "Datasets", "Tensors", "Kernels", "Reproducibility",
      ]),
    tests(
      of: "Inference",
      uses: ["ModelFiles", "Networks", "Tensors", "Kernels", "Reproducibility", "Files"]),
    tests(
      of: "Experiments",
      uses: [
        "Inference", "Methods", "BayesianOptimization", "Training", "ModelFiles", "Networks",
        "Datasets", "Tensors", "Files", "Reproducibility", "Kernels",
      ]),
    tests(
      of: "Cluster",
      uses: [
        "Compression", "Experiments", "Datasets", "Files", "Methods", "Networks", "Reproducibility",
        "Training",
      ],
      fixtures: true),
    tests(
      of: "Reporting",
      uses: [
        "Experiments", "Files", "Statistics", "Reproducibility", "ModelFiles", "Tensors",
        "Training",
      ]),
    .testTarget(name: "ArchitectureTests", dependencies: [], swiftSettings: common),
    // Mutated files for every reader; `make test` gives each ten thousand.
    testProgram(
      "fuzz", uses: ["ModelFiles", "Experiments", "Files", "Reproducibility"], at: "Fuzzing"),
  ]
)
