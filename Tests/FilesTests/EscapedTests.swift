// Text in other languages, read back by their own rules: nasty texts come out as they were written, and start nothing.

import Files
import Foundation
import TestSupport
import Testing

@Suite("Escaped text") struct EscapedTests {
  @Test("a shell reads a word back as it was written", arguments: nastyTexts)
  func shell(text: String) throws {
    try withTemporaryFolder { folder in
      let process = Process()
      let output = Pipe()
      process.executableURL = URL(filePath: "/bin/sh")
      process.arguments = ["-c", "printf %s \(Escaped.shell(text))"]
      process.currentDirectoryURL = folder
      process.standardOutput = output
      try process.run()
      let bytes = output.fileHandleForReading.readDataToEndOfFile()
      process.waitUntilExit()
      #expect(process.terminationStatus == 0)
      #expect(bytes == Data(text.utf8))
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    }
  }

  @Test("words that need no quotes have none", arguments: ["data/flowers", "a_b-c.9", "--set"])
  func plainShell(text: String) { #expect(Escaped.shell(text) == text) }

  @Test("HTML's five characters are entities, and nothing else changes", arguments: nastyTexts)
  func html(text: String) {
    let escaped = Escaped.html(text)
    #expect(!escaped.unicodeScalars.contains { "<>\"'".unicodeScalars.contains($0) })
    var read = escaped
    for (entity, sign) in [
      ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&"),
    ] { read = read.replacingOccurrences(of: entity, with: sign, options: .literal) }
    #expect(Array(read.unicodeScalars) == Array(text.unicodeScalars))
  }

  @Test("a CSV field is read back as it was written", arguments: nastyTexts)
  func csv(text: String) throws {
    let field = Array(Escaped.csv(text).unicodeScalars)
    guard field.first == "\"" else {
      #expect(field == Array(text.unicodeScalars))
      #expect(!field.contains { ",\"\n\r".unicodeScalars.contains($0) })
      return
    }
    try #require(field.count >= 2 && field.last == "\"")
    var read: [Unicode.Scalar] = []
    var index = 1
    while index < field.count - 1 {
      if field[index] == "\"" {
        #expect(field[index + 1] == "\"", "a quote inside is doubled")
        index += 1
      }
      read.append(field[index])
      index += 1
    }
    #expect(read == Array(text.unicodeScalars))
  }

  @Test("no character of a line of Markdown is left that begins something", arguments: nastyTexts)
  func markdown(text: String) {
    // Taking the backslashes away again gives the text.
    var read: [Unicode.Scalar] = []
    var follows = false
    for scalar in Escaped.markdown(text).unicodeScalars {
      if scalar == "\\", !follows {
        follows = true
        continue
      }
      #expect(follows == "|*_`\\<[]&~$".unicodeScalars.contains(scalar), "\(scalar)")
      follows = false
      read.append(scalar)
    }
    #expect(read == Array(Escaped.line(text).unicodeScalars))
  }

  @Test("no character of LaTeX is left that is a command", arguments: nastyTexts)
  func latex(text: String) {
    let escaped = Array(Escaped.latex(text).unicodeScalars)
    let commands = [
      "textasciitilde", "textasciicircum", "textbackslash", "textbar", "textasciigrave", "char",
    ]
    var depth = 0
    var index = 0
    var isMathematics = false
    while index < escaped.count {
      let scalar = escaped[index]
      index += 1
      if scalar == "\\" {
        var name = ""
        while index < escaped.count, escaped[index].properties.isAlphabetic, escaped[index].isASCII
        {
          name.unicodeScalars.append(escaped[index])
          index += 1
        }
        if name.isEmpty {
          #expect("&%$#_{}".unicodeScalars.contains(escaped[index]), "\(escaped[index])")
          index += 1
        } else {
          #expect(isMathematics || commands.contains(name), "\(name)")
        }
        continue
      }
      if scalar == "$" { isMathematics.toggle() }
      if scalar == "{" { depth += 1 }
      if scalar == "}" { depth -= 1 }
      #expect(depth == 0 || depth == 1)
      #expect(!"&%#_~\"`\n\t".unicodeScalars.contains(scalar), "\(scalar)")
    }
    #expect(depth == 0 && !isMathematics)
  }

  @Test(
    "a paragraph of Markdown does not begin as something else",
    arguments: ["# a", "> a", "- a", "+ a", "--- ", "=== ", "1. a", "12) a"])
  func paragraph(text: String) {
    let escaped = Escaped.markdownParagraph(text)
    #expect(escaped.replacingOccurrences(of: "\\", with: "") == text && escaped != text)
    #expect(Escaped.markdownParagraph("3 of 5") == "3 of 5")
    #expect(Escaped.markdownParagraph("−0.5") == "−0.5")
  }

  @Test("code in Markdown stands between more backquotes than it has")
  func code() {
    #expect(Escaped.markdownCode("a_b") == "`a_b`")
    #expect(Escaped.markdownCode("a``b`c") == "``` a``b`c ```")
  }

  @Test("a terminal gets no control characters but line feeds and tabs", arguments: nastyTexts)
  func terminal(text: String) {
    for scalar in Escaped.terminal(text).unicodeScalars where scalar != "\n" && scalar != "\t" {
      #expect(scalar.properties.generalCategory != .control)
    }
    #expect(
      Escaped.terminal("a\u{1B}[31mb\u{9B}c\u{202E}d") == #"a\u{1B}[31mb\u{9B}c\u{202E}d"#)
    #expect(Escaped.terminal("zwei Zeilen\nmit ü\t→") == "zwei Zeilen\nmit ü\t→")
  }
}
