// What differs between machines: written to attempt.json, never to a record.

import Foundation
import Kernels

/// The bits of results may change only together with this number: it enters every run's digest.
public enum NumericsVersion {
  /// Raised when a kernel, the random streams or the order of a sum changes what a run computes.
  public static let current = 1
}

/// The machine and process a run was computed on.
public struct Environment: Hashable, Sendable, Codable {
  /// The host's name.
  public var host: String
  /// The processor's model name.
  public var processor: String
  /// Online processors.
  public var processorCount: Int
  /// Physical memory in MiB.
  public var memoryMebibytes: Int
  /// Operating system and version.
  public var system: String
  /// The core type that OpenBLAS computes with.
  public var blasCore: String
  /// The instruction set that the kernels were compiled for; nil in files of versions that knew one only, AVX2.
  public var instructionSet: String?

  /// The machine this process runs on.
  public static func current() -> Environment {
    let information = ProcessInfo.processInfo
    let cpuinfo = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let model = cpuinfo.split(separator: "\n").first { $0.hasPrefix("model name") }
    let name = model?.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) }
    return Environment(
      host: information.hostName, processor: name ?? "unknown",
      processorCount: information.activeProcessorCount,
      memoryMebibytes: Int(information.physicalMemory >> 20),
      system: information.operatingSystemVersionString, blasCore: BLAS.coreName,
      instructionSet: ProcessorFeatures.instructionSet)
  }
}

/// The time this process has used.
public enum ProcessClock {
  /// Processor seconds of all threads of this process since it started.
  public static var processorSeconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
  }

  /// Seconds on a clock that only goes forward.
  public static var monotonicSeconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
  }
}
