// What the bench is compared with: scripts of others' libraries, each in a process of its own, which print a line of JSON for the work
// they were started for, and one for every line that they are asked afterwards.

package import Foundation
import Glibc
import Reproducibility

/// What came of asking a peer.
package enum PeerAnswer<Value> {
  /// What it printed.
  case value(Value)
  /// Python, the script or a module that it needs is not on this machine.
  case absent
  /// It ended with a complaint.
  case failed(String)

  /// What it printed; nil if it printed nothing of use.
  package var value: Value? {
    if case .value(let value) = self { value } else { nil }
  }

  /// Why there is no answer of the peer called `name`; nil if there is one.
  package func excuse(_ name: String) -> String? {
    switch self {
    case .value: nil
    case .absent: "\(name): not on this machine"
    case .failed(let complaint): "\(name): failed: \(complaint)"
    }
  }
}

/// A process of a peer's script. It lives until `end`, so that it can be measured in turn with this one.
package final class PeerProcess {
  /// The status with which a script ends if a module is missing.
  static let missingModule: Int32 = 3
  /// The status with which `env` ends if there is no such program.
  private static let missingProgram: Int32 = 127

  private let process = Process()
  private let questions = Pipe()
  private let answers = Pipe()
  private let complaints: URL
  private var buffer = Data()
  private var hasEnded = false

  /// Starts a script; whether that worked is said with the first answer.
  ///
  /// - Parameter python: the program that runs it, looked for as a shell does.
  package init(_ script: URL, _ arguments: [String], python: String) {
    complaints = FileManager.default.temporaryDirectory.appending(
      path: "parsimony-peer-\(ProcessInfo.processInfo.processIdentifier)-\(UUID().uuidString)")
    _ = FileManager.default.createFile(atPath: complaints.path, contents: nil)
    // A question to a process that has ended is an error then, instead of the end of this one.
    _ = signal(SIGPIPE, SIG_IGN)
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [python, script.path] + arguments
    // What this process demands of OpenBLAS is not demanded of theirs.
    process.environment = ProcessInfo.processInfo.environment.filter {
      !$0.key.hasPrefix("OPENBLAS_")
    }
    process.standardInput = questions
    process.standardOutput = answers
    process.standardError = FileHandle(forWritingAtPath: complaints.path)
    hasEnded =
      !FileManager.default.fileExists(atPath: script.path) || (try? process.run()) == nil
  }

  deinit { end() }

  /// What the script prints next, decoded from a line.
  package func answer<Value: Decodable>(_ type: Value.Type = Value.self) -> PeerAnswer<Value> {
    guard !hasEnded else { return .absent }
    while !buffer.contains(0x0A) {
      let data = answers.fileHandleForReading.availableData
      guard !data.isEmpty else { return lastWords() }
      buffer.append(data)
    }
    let line = buffer.prefix { $0 != 0x0A }
    buffer = Data(buffer.dropFirst(line.count + 1))
    do {
      return .value(try CanonicalJSON.decode(Value.self, from: Data(line)))
    } catch {
      return .failed("expected a line of JSON, found ‘\(String(decoding: line, as: UTF8.self))’")
    }
  }

  /// The answer to a question, a line.
  package func ask<Value: Decodable>(
    _ question: String, _ type: Value.Type = Value.self
  ) -> PeerAnswer<Value> {
    guard !hasEnded else { return .absent }
    guard (try? questions.fileHandleForWriting.write(contentsOf: Data("\(question)\n".utf8))) != nil
    else { return lastWords() }
    return answer()
  }

  /// Ends the process.
  package func end() {
    if !hasEnded {
      hasEnded = true
      try? questions.fileHandleForWriting.close()
      process.waitUntilExit()
    }
    try? FileManager.default.removeItem(at: complaints)
  }

  /// Why the process ended without an answer.
  private func lastWords<Value>() -> PeerAnswer<Value> {
    process.waitUntilExit()
    hasEnded = true
    let text = (try? String(contentsOf: complaints, encoding: .utf8)) ?? ""
    switch process.terminationStatus {
    case Self.missingModule, Self.missingProgram: return .absent
    case let status:
      let last = text.split(separator: "\n").last.map(String.init)
      return .failed(last ?? "ended with status \(status)")
    }
  }
}
