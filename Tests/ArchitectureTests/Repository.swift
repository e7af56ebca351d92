// The repository as text: its tracked Swift files, what they import, and the targets that Package.swift names.

import Foundation

/// A Swift file and its room.
struct SourceFile: CustomStringConvertible, Sendable {
  /// The path from the repository's root.
  let path: String
  /// The folder below `Sources`.
  let room: String
  let text: String
  /// The lines without comments and without the contents of string literals.
  let code: [String]

  var description: String { path }

  /// The modules the file imports.
  var imports: Set<String> {
    var result: Set<String> = []
    for line in code {
      guard let match = line.firstMatch(of: SourceFile.importPattern) else { continue }
      result.insert(String(match.1))
    }
    return result
  }

  private static var importPattern: Regex<(Substring, Substring)> {
    /^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?import\s+(?:(?:struct|class|enum|protocol|func|let|var|typealias)\s+)?(\w+)/
  }
}

/// The repository this test file belongs to.
enum Repository {
  static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  static func text(_ path: String) throws -> String {
    try String(contentsOf: root.appending(path: path), encoding: .utf8)
  }

  /// The Swift files of all rooms, read once.
  static let sources = Result { try swiftFiles(below: "Sources") }

  /// The Swift files below `folder`, in the order of their paths; their code stays empty if only their text is wanted.
  static func swiftFiles(below folder: String, readingCode: Bool = true) throws -> [SourceFile] {
    let base = root.appending(path: folder).path
    let paths = try FileManager.default.subpathsOfDirectory(atPath: base)
    return try paths.sorted().filter { $0.hasSuffix(".swift") }.map { path in
      let text = try text("\(folder)/\(path)")
      return SourceFile(
        path: "\(folder)/\(path)", room: path.split(separator: "/").first.map(String.init) ?? "",
        text: text, code: readingCode ? code(of: text) : [])
    }
  }

  /// The targets of Package.swift with the targets they name as dependencies.
  static func manifest() throws -> [String: Set<String>] {
    let text = try text("Package.swift")
    var result: [String: Set<String>] = [:]
    for match in text.matches(of: /\b(?:room|unsafeRoom)\(\s*"(\w+)",\s*uses:\s*\[([^\]]*)\]/) {
      result[String(match.1)] = names(match.2)
    }
    for match in text.matches(
      of: /\.executableTarget\(\s*name:\s*"(\w+)",\s*dependencies:\s*\[([^\]]*)\]/)
    {
      result[String(match.1)] = names(match.2)
    }
    return result
  }

  private static func names(_ list: Substring) -> Set<String> {
    var result = Set(list.matches(of: /"(\w+)"/).map { String($0.1) })
    if list.contains("yams") { result.insert("Yams") }
    if list.contains("mustache") { result.insert("Mustache") }
    if list.contains("csv") { result.insert("SwiftCSV") }
    if list.contains("argumentParser") { result.insert("ArgumentParser") }
    return result
  }

  /// The lines of Swift text with comments and string contents blanked; interpolated code is kept out too.
  static func code(of text: String) -> [String] {
    var result = ""
    var rest = Substring(text)
    while let first = rest.first {
      if rest.hasPrefix("//") {
        rest = rest.drop { $0 != "\n" }
      } else if rest.hasPrefix("/*") {
        let end = rest.range(of: "*/")?.upperBound ?? rest.endIndex
        result += rest[..<end].filter { $0 == "\n" }
        rest = rest[end...]
      } else if rest.hasPrefix("\"") || rest.hasPrefix("#\"") {
        rest = afterLiteral(rest, into: &result)
      } else {
        result.append(first)
        rest = rest.dropFirst()
      }
    }
    return result.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  /// What follows the string literal at the beginning of `text`; `result` gets its quotes and line ends.
  private static func afterLiteral(_ text: Substring, into result: inout String) -> Substring {
    let isRaw = text.hasPrefix("#")
    let body = isRaw ? text.dropFirst() : text
    let quotes = body.hasPrefix("\"\"\"") ? "\"\"\"" : "\""
    let close = quotes + (isRaw ? "#" : "")
    var rest = body.dropFirst(quotes.count)
    var depth = 0  // of parentheses inside interpolations
    result += "\"\""
    while let first = rest.first {
      if depth == 0, rest.hasPrefix(close) { return rest.dropFirst(close.count) }
      if !isRaw, rest.hasPrefix("\\(") {
        depth += 1
        rest = rest.dropFirst(2)
      } else if !isRaw, first == "\\" {
        rest = rest.dropFirst(2)
      } else if depth > 0, first == "\"" {
        var ignored = ""
        rest = afterLiteral(rest, into: &ignored)
      } else {
        if depth > 0, first == "(" { depth += 1 }
        if depth > 0, first == ")" { depth -= 1 }
        if first == "\n" { result.append(first) }
        rest = rest.dropFirst()
      }
    }
    return rest
  }
}
