// The rules that SwiftPM does not enforce: rooms import only what the manifest names below them, unsafe code and entry points
// stay where they belong, and nothing crashes on purpose. Each rule is tried on text that breaks it, too.

import Foundation
import Testing

@Suite("Architecture") struct ArchitectureTests {
  /// The rooms from the ground up, with everything the design lets them import. The manifest may allow less.
  static let order = [
    "Kernels", "Statistics", "Reproducibility", "Files", "Tensors", "Datasets", "Networks",
    "Compression", "BayesianOptimization", "ModelFiles", "Training", "Methods", "Inference",
    "Experiments", "Cluster", "Reporting", "parsimony",
  ]

  /// Modules of the toolchain, and C libraries with the rooms that may wrap them.
  static let toolchain: Set<String> = ["Foundation", "Glibc", "Synchronization", "Dispatch"]
  static let wrappers: [String: Set<String>] = [
    "COpenBLAS": ["Kernels"], "CNLopt": ["Kernels"], "CCrypto": ["Reproducibility"],
    "CPNG": ["Files"], "CZlib": ["Files"], "Yams": ["Experiments", "Reporting"],
    "SwiftCSV": ["Experiments", "Reporting"], "Mustache": ["Reporting"],
    "ArgumentParser": ["parsimony"],
  ]
  static let unsafeRooms: Set<String> = ["Kernels", "Files", "Reproducibility"]

  /// What is wrong with the imports of `file`.
  static func forbiddenImports(_ file: SourceFile, manifest: [String: Set<String>]) -> [String] {
    guard let named = manifest[file.room], let height = order.firstIndex(of: file.room) else {
      return ["\(file.room) is not a room of Package.swift and the design"]
    }
    var problems: [String] = []
    for module in file.imports.sorted() where !toolchain.contains(module) {
      if let rooms = wrappers[module] {
        if !rooms.contains(file.room) { problems.append("\(module) belongs to \(rooms.sorted())") }
      } else if let level = order.firstIndex(of: module) {
        if level >= height { problems.append("\(module) does not lie below \(file.room)") }
      } else {
        problems.append("\(module) is unknown")
      }
      if !named.contains(module) { problems.append("Package.swift does not name \(module)") }
    }
    let absences = ["Compression": ["Networks"], "Inference": ["Training"]]
    for module in absences[file.room] ?? [] where file.imports.contains(module) {
      problems.append("\(file.room) never imports \(module)")
    }
    return problems
  }

  /// Code that crashes on purpose.
  static func deliberateCrashes(_ file: SourceFile) -> [String] {
    file.code.enumerated().compactMap { number, line in
      line.firstMatch(of: /\bfatalError\b|\btry!|\bas!/.wordBoundaryKind(.simple)).map {
        "line \(number + 1): \($0.0)"
      }
    }
  }

  /// Unsafe code. The word in front of one call into Foundation is no unsafe code of ours.
  static func unsafeCode(_ file: SourceFile) -> [String] {
    file.code.enumerated().compactMap { number, line in
      if line.contains(/\bunsafe FileManager\.default\.fileExists\b/) { return nil }
      // Simple boundaries, because by Unicode's rules no word begins after the point of `bytes.withUnsafeBytes`.
      let match = line.firstMatch(
        of: /\bwithUnsafe\w*|\bUnsafe\w*Pointer\w*|\bunsafe\s|\bOpaquePointer\b|\bunsafeBitCast\b/
          .wordBoundaryKind(.simple))
      return match.map { "line \(number + 1): \($0.0)" }
    }
  }

  static func sources() throws -> [SourceFile] {
    let files = try Repository.sources.get()
    #expect(files.count > 20, "the sources were not found at \(Repository.root.path)")
    return files
  }

  @Test("rooms import only rooms below them that Package.swift names")
  func imports() throws {
    let manifest = try Repository.manifest()
    #expect(manifest.count >= 14, "Package.swift was not understood: \(manifest.keys.sorted())")
    for file in try Self.sources() {
      #expect(Self.forbiddenImports(file, manifest: manifest).isEmpty, "\(file)")
    }
  }

  @Test("the manifest itself points down only")
  func manifestOrder() throws {
    for (room, uses) in try Repository.manifest() {
      let height = try #require(Self.order.firstIndex(of: room), "\(room) is not in the design")
      for module in uses where Self.wrappers[module] == nil {
        let level = try #require(Self.order.firstIndex(of: module), "\(room) uses \(module)")
        #expect(level < height, "\(room) uses \(module)")
      }
    }
  }

  @Test("the program starts in one place, and only in the executable")
  func entryPoint() throws {
    let starts = try Self.sources().filter { file in
      file.path.hasSuffix("/main.swift") || file.code.contains { $0.contains(/@main\b/) }
    }
    #expect(starts.map { $0.room } == ["parsimony"], "\(starts)")
  }

  @Test("nothing crashes on purpose")
  func crashes() throws {
    for file in try Self.sources() {
      #expect(Self.deliberateCrashes(file).isEmpty, "\(file)")
    }
  }

  @Test("unsafe code lives in Kernels, Files and Reproducibility")
  func unsafeRooms() throws {
    for file in try Self.sources() where !Self.unsafeRooms.contains(file.room) {
      #expect(Self.unsafeCode(file).isEmpty, "\(file)")
    }
    let manifest = try Repository.text("Package.swift")
    let names = manifest.matches(of: /\bunsafeRoom\(\s*"(\w+)"/).map { String($0.1) }
    #expect(Set(names) == Self.unsafeRooms)
  }

  @Test("every Swift file opens with a comment that says what it is for")
  func headers() throws {
    for file in try Self.sources() + Repository.swiftFiles(below: "Tests", readingCode: false) {
      let first = file.text.prefix { $0 != "\n" }
      #expect(first.hasPrefix("// ") && first.count > 15, "\(file): \(first)")
    }
  }

  @Test("no placeholder is left")
  func placeholders() throws {
    let files = try Self.sources() + Repository.swiftFiles(below: "Tests", readingCode: false)
    #expect(files.filter { $0.path.hasSuffix("/Placeholder.swift") }.map { $0.path } == [])
  }

  @Test("Sources/README.md has one row for every room and no other")
  func mapOfTheRooms() throws {
    let rows = try Repository.text("Sources/README.md").matches(of: /(?m)^\| `(\w+)` \|/)
    #expect(Set(rows.map { String($0.1) }) == Set(try Repository.manifest().keys))
  }

  /// A file in a room, for trying the rules.
  static func file(_ room: String, _ text: String) -> SourceFile {
    SourceFile(
      path: "Sources/\(room)/File.swift", room: room, text: text, code: Repository.code(of: text))
  }

  @Test(
    "an import that points up, aside or to the unnamed is found",
    arguments: [
      ("Compression", "public import Networks"), ("Kernels", "import Tensors"),
      ("Tensors", "@testable import Files"), ("Datasets", "import struct Networks.Network"),
      ("Methods", "import COpenBLAS"), ("Training", "internal import Numerics"),
      ("Reporting", "import Methods"), ("Garden", "import Foundation"),
    ])
  func forbidden(room: String, text: String) throws {
    let problems = Self.forbiddenImports(
      Self.file(room, text), manifest: try Repository.manifest())
    #expect(!problems.isEmpty)
  }

  @Test("allowed imports, comments and strings are not taken for anything else")
  func allowed() throws {
    let text = """
      // import Networks
      public import Tensors
      /* try! import Training */
      let text = "fatalError(as! \\("try!")) UnsafePointer "
      let long = #"withUnsafeBytes as! "quoted" "#
      """
    let file = Self.file("Compression", text)
    #expect(file.imports == ["Tensors"])
    #expect(Self.forbiddenImports(file, manifest: try Repository.manifest()).isEmpty)
    #expect(Self.deliberateCrashes(file).isEmpty && Self.unsafeCode(file).isEmpty)
    #expect(file.code.count == 5)
  }

  @Test(
    "crashes and unsafe code are found after strings and comments",
    arguments: [
      "let a = \"x\"; fatalError(a)", "/* b */ try! run()", "let c = d as! Int",
      "Swift.fatalError()",
    ])
  func foundCrashes(text: String) {
    #expect(Self.deliberateCrashes(Self.file("Tensors", text)).count == 1)
  }

  @Test(
    "unsafe code is found",
    arguments: [
      "x.withUnsafeBytes { _ in }", "var p: UnsafeMutablePointer<Float>", "unsafe call()",
      "let h: OpaquePointer?",
    ])
  func foundUnsafeCode(text: String) {
    #expect(Self.unsafeCode(Self.file("Tensors", text)).count == 1)
  }
}
