// What a training step costs by batch and by depth, and how much memory a process needs for it.

public import Foundation
import Kernels
import Networks
import Reproducibility
import Tensors

/// What can go wrong while the bench measures.
public enum BenchError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The process that was to tell its memory did not.
  case noMemory(network: String, output: String)

  public var description: String {
    switch self {
    case .noMemory(let network, let output):
      return "\(network): expected the peak memory of a process in MiB, found ‘\(output)’"
    }
  }
}

extension Bench {
  /// The batches of the smallest network.
  private static let costBatches = [16, 32, 64, 128, 256]
  /// The networks that differ in depth only, at a batch of 64.
  private static let depths: [(depth: Int, choice: NetworkChoice)] = [
    (20, NetworkChoice(ResNet20())), (32, NetworkChoice(ResNet32())),
    (44, NetworkChoice(ResNet44())), (56, NetworkChoice(ResNet56())),
    (110, NetworkChoice(ResNet110())),
  ]

  /// Times of a training step of residual networks, by batch and by depth.
  public func costs(threads: Int = 2) throws -> [BenchCost] {
    let byBatch = Self.costBatches.map { (Self.depths[0], $0) }
    let byDepth = Self.depths.dropFirst().map { ($0, 64) }
    return try (byBatch + byDepth).map { subject, batch in
      let step = try BenchStep(
        subject.choice, input: [32, 32, 3], classes: 10, rows: batch, sequences: nil,
        workers: Workers(threadCount: threads))
      let time = medians(1) { _ in step.train() }[0]
      return BenchCost(
        network: subject.choice.name, depth: subject.depth, batch: batch, threads: threads,
        seconds: time)
    }
  }

  /// The peak memory of training steps of networks, each measured in a process of its own, beside the peer's.
  ///
  /// - Parameters:
  ///   - rows: what `run` reported, with the peer's memory.
  ///   - executable: `parsimony`.
  public func memory(
    of names: [String], rows: [BenchRow], executable: URL
  ) throws -> [BenchMemory] {
    try BenchSubject.all.filter { names.contains($0.name) }.map { subject in
      let process = Process()
      process.executableURL = executable
      process.arguments = ["bench", "--memory-of", subject.name]
      let output = Pipe()
      process.standardOutput = output
      try process.run()
      let data = output.fileHandleForReading.readDataToEndOfFile()
      process.waitUntilExit()
      let text = String(decoding: data, as: UTF8.self)
      guard let peak = Double(text.trimmingCharacters(in: .whitespacesAndNewlines)) else {
        throw BenchError.noMemory(network: subject.name, output: text)
      }
      return BenchMemory(
        network: subject.name, batch: subject.batch, mebibytes: peak,
        peerMebibytes: rows.first { $0.what == "\(subject.name), training step" }?.peerMebibytes)
    }
  }

  /// The names of the networks whose steps are measured.
  public static var subjectNames: [String] { BenchSubject.all.map { $0.name } }

  /// Makes some training steps of a network in this process.
  ///
  /// - Returns: the peak resident memory of this process in MiB; nil if there is no such network.
  public static func memoryOfSteps(_ name: String, threads: Int = 2) throws -> Double? {
    guard let subject = BenchSubject.all.first(where: { $0.name == name }) else { return nil }
    let step = try BenchStep(subject, workers: Workers(threadCount: threads))
    for _ in 0..<4 { step.train() }
    return MachineLoad.peakMebibytes()
  }
}
