// Runs gnuplot over a figure's script and puts the five files in place. PDFs get a fixed date, so that they repeat byte for byte.

import Files
public import Foundation

/// Renders figures with gnuplot.
public struct FigureRenderer: Sendable {
  /// The extensions of a figure's files.
  public static let extensions = ["gp", "dat", "png", "svg", "pdf"]
  /// Folders in which programs are looked for.
  private let searchPath: [String]

  /// A renderer that looks for gnuplot in the folders of `PATH`, or in those given.
  public init(searchPath: [String]? = nil) {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    self.searchPath = searchPath ?? path.split(separator: ":").map(String.init)
  }

  /// Writes `name.gp`, `name.dat`, `name.png`, `name.svg` and `name.pdf` into a folder, replacing older ones.
  ///
  /// - Throws: `ReportError` if gnuplot or its typeface is missing or it fails; the folder is then unchanged.
  public func render(_ figure: Figure, into folder: URL) throws(ReportError) {
    let script = FigureScript(figure)
    try render(name: figure.name, script: script.script, data: script.data, into: folder)
  }

  /// Writes `name.gp` and `name.dat` alone; no program is started.
  ///
  /// - Throws: `ReportError` if a file cannot be written.
  static func write(_ figure: Figure, into folder: URL) throws(ReportError) {
    let script = FigureScript(figure)
    for (type, text) in [("gp", script.script), ("dat", script.data)] {
      try put(Data(text.utf8), at: folder.appending(path: "\(figure.name).\(type)"))
    }
  }

  /// Whether a folder has all files of a figure, rendered from the script and the data that it has now.
  func isCurrent(_ figure: Figure, in folder: URL) -> Bool {
    let script = FigureScript(figure)
    func file(_ type: String) -> URL { folder.appending(path: "\(figure.name).\(type)") }
    return (try? Data(contentsOf: file("gp"))) == Data(script.script.utf8)
      && (try? Data(contentsOf: file("dat"))) == Data(script.data.utf8)
      && Self.extensions.allSatisfy { FileManager.default.fileExists(atPath: file($0).path) }
  }

  package func render(name: String, script: String, data: String, into folder: URL)
    throws(ReportError)
  {
    guard let gnuplot = program("gnuplot") else { throw .gnuplotMissing }
    try checkFont()
    let workshop = FileManager.default.temporaryDirectory
      .appending(path: "parsimony-figure-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: workshop) }
    try Self.attempt(workshop.path) {
      try FileManager.default.createDirectory(
        at: workshop, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      try Data(script.utf8).write(to: workshop.appending(path: "\(name).gp"))
      try Data(data.utf8).write(to: workshop.appending(path: "\(name).dat"))
    }
    // -d: no start-up files of the user.
    let run = try Self.run(gnuplot, ["-d", "\(name).gp"], in: workshop)
    guard run.status == 0 else {
      throw .gnuplotFailed(script: "\(name).gp", status: run.status, message: run.message)
    }
    var contents: [(URL, Data)] = []
    for type in Self.extensions {
      let file = workshop.appending(path: "\(name).\(type)")
      guard var bytes = try? Data(contentsOf: file), !bytes.isEmpty else {
        throw .gnuplotFailed(
          script: "\(name).gp", status: 0,
          message: "it wrote no \(name).\(type)\(run.message.isEmpty ? "" : ": \(run.message)")")
      }
      if type == "pdf" { bytes = Self.withoutDate(pdf: bytes) }
      contents.append((folder.appending(path: "\(name).\(type)"), bytes))
    }
    for (url, bytes) in contents { try Self.put(bytes, at: url) }
  }

  /// Replaces a file, creating its folder.
  static func put(_ bytes: Data, at url: URL) throws(ReportError) {
    if (try? Data(contentsOf: url)) == bytes { return }
    do {
      try DurableFile.replace(bytes, at: url)
    } catch {
      throw .file(path: url.path, problem: "\(error)")
    }
  }

  /// The PDF with its dates of creation and modification set to 1 January 2000, at the same length, so that offsets stay valid.
  package static func withoutDate(pdf: Data) -> Data {
    var bytes = [UInt8](pdf)
    for key in ["/CreationDate", "/ModDate"] {
      let pattern = Array(key.utf8)
      var position = 0
      while position + pattern.count < bytes.count {
        guard bytes[position] == pattern[0],
          bytes[position..<position + pattern.count].elementsEqual(pattern)
        else {
          position += 1
          continue
        }
        position += pattern.count
        overwriteDate(in: &bytes, from: position)
      }
    }
    return Data(bytes)
  }

  /// Overwrites the digits of a date string `(D:YYYYMMDDhhmmss…)` that begins within a few bytes of `start`.
  private static func overwriteDate(in bytes: inout [UInt8], from start: Int) {
    guard let open = bytes[start..<min(start + 4, bytes.count)].firstIndex(of: UInt8(ascii: "("))
    else { return }
    let fixed = Array("20000101000000".utf8)
    var digit = 0
    var position = open + 1
    while position < bytes.count, bytes[position] != UInt8(ascii: ")") {
      if bytes[position] >= UInt8(ascii: "0") && bytes[position] <= UInt8(ascii: "9") {
        bytes[position] = digit < fixed.count ? fixed[digit] : UInt8(ascii: "0")
        digit += 1
      } else if bytes[position] == UInt8(ascii: "-") {
        bytes[position] = UInt8(ascii: "+")  // the sign of a time zone
      }
      position += 1
    }
  }

  /// Asks fontconfig, if it is there, whether the typeface is what would be used.
  private func checkFont() throws(ReportError) {
    guard let matcher = program("fc-match") else { return }
    let folder = FileManager.default.temporaryDirectory
    let run = try Self.run(matcher, ["-f", "%{family}", FigureStyle.font], in: folder)
    if run.status == 0 && !run.output.contains(FigureStyle.font) {
      throw .fontMissing(FigureStyle.font)
    }
  }

  private func program(_ name: String) -> URL? {
    searchPath.map { URL(filePath: $0).appending(path: name) }
      .first { FileManager.default.isExecutableFile(atPath: $0.path) }
  }

  private static func run(_ program: URL, _ arguments: [String], in folder: URL)
    throws(ReportError) -> (status: Int, output: String, message: String)
  {
    let process = Process()
    process.executableURL = program
    process.arguments = arguments
    process.currentDirectoryURL = folder
    // Nothing of the user's reaches a figure but the typefaces, which fontconfig finds with these.
    let own = ProcessInfo.processInfo.environment
    var environment = ["LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"]
    for name in ["HOME", "FONTCONFIG_FILE", "FONTCONFIG_PATH", "XDG_CACHE_HOME", "XDG_DATA_HOME"] {
      environment[name] = own[name]
    }
    process.environment = environment
    // Both channels share a pipe's worth of text at most; errors go to a file, so that neither can block the other.
    let errors = folder.appending(path: "parsimony-\(UUID().uuidString).log")
    defer { try? FileManager.default.removeItem(at: errors) }
    let output = Pipe()
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    try attempt(program.path) {
      try Data().write(to: errors)
      process.standardError = try FileHandle(forWritingTo: errors)
      try process.run()
    }
    let bytes = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    let message = (try? Data(contentsOf: errors)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    return (
      Int(process.terminationStatus), String(decoding: bytes, as: UTF8.self),
      message.trimmingCharacters(in: .whitespacesAndNewlines)
    )
  }

  /// Turns whatever Foundation throws into a typed error about `path`.
  private static func attempt(_ path: String, _ body: () throws -> Void) throws(ReportError) {
    do {
      try body()
    } catch {
      throw .file(path: path, problem: "\(error)")
    }
  }
}
