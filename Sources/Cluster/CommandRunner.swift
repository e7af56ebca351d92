// The scheduler's commands as processes, with an end to waiting: squeue and scancel hang when no controller answers.

public import Foundation

/// What a command has said.
public struct CommandResult: Hashable, Sendable {
  /// Its exit status.
  public var status: Int32
  /// What it wrote to its standard output.
  public var output: String
  /// What it wrote to its standard error.
  public var standardError: String

  public init(status: Int32, output: String, standardError: String = "") {
    self.status = status
    self.output = output
    self.standardError = standardError
  }
}

/// Runs commands of the scheduler.
public protocol CommandRunner: Sendable {
  /// Runs a command and waits for its end.
  ///
  /// - Parameter input: what it reads from its standard input.
  /// - Throws: `ClusterError.noSlurm` or `.noAnswer`.
  func run(_ command: String, _ arguments: [String], input: String) throws(ClusterError)
    -> CommandResult
}

/// Runs commands that are on the PATH.
public struct SystemCommandRunner: CommandRunner {
  /// Seconds after which a command that does not end is ended.
  public var patience: Double
  private let folders: [String]

  /// - Parameter environment: where PATH is looked up.
  public init(
    environment: [String: String] = ProcessInfo.processInfo.environment, patience: Double = 60
  ) {
    self.patience = patience
    folders = (environment["PATH"] ?? "").split(separator: ":").map(String.init)
  }

  public func run(
    _ command: String, _ arguments: [String], input: String
  ) throws(ClusterError) -> CommandResult {
    let files = folders.map { URL(fileURLWithPath: $0).appending(path: command) }
    guard let file = files.first(where: { FileManager.default.isExecutableFile(atPath: $0.path) })
    else { throw .noSlurm(command: command) }
    do {
      return try run(file, arguments, input: input)
    } catch let error as ClusterError {
      throw error
    } catch {
      throw .refused(command: command, message: "\(error)")
    }
  }

  /// Its output goes through files, because a pipe that nobody empties stops its writer.
  private func run(_ file: URL, _ arguments: [String], input: String) throws -> CommandResult {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "parsimony-command-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (inFile, outFile, errorFile) = (
      folder.appending(path: "in"), folder.appending(path: "out"), folder.appending(path: "error")
    )
    try Data(input.utf8).write(to: inFile)
    for url in [outFile, errorFile] { try Data().write(to: url) }
    let process = Process()
    process.executableURL = file
    process.arguments = arguments
    process.standardInput = try FileHandle(forReadingFrom: inFile)
    process.standardOutput = try FileHandle(forWritingTo: outFile)
    process.standardError = try FileHandle(forWritingTo: errorFile)
    try process.run()
    let end = Date().addingTimeInterval(patience)
    while process.isRunning {
      if Date() > end {
        process.terminate()
        throw ClusterError.noAnswer(command: file.lastPathComponent, seconds: Int(patience))
      }
      Thread.sleep(forTimeInterval: 0.005)
    }
    return CommandResult(
      status: process.terminationStatus,
      output: String(decoding: try Data(contentsOf: outFile), as: UTF8.self),
      standardError: String(decoding: try Data(contentsOf: errorFile), as: UTF8.self))
  }
}
