// What this machine, or the part of it that a scheduler gave to this process, has for runs: processors and memory.

import Foundation

/// Processors and memory that runs may use together.
public struct MachineCapacity: Hashable, Sendable {
  /// Processors that this process may use.
  public var processorCount: Int
  /// Memory for all runs together, in MiB.
  public var mebibytes: Double

  public init(processorCount: Int, mebibytes: Double) {
    self.processorCount = processorCount
    self.mebibytes = mebibytes
  }

  /// The share of the memory that runs may fill; the rest is for the system and its file cache.
  private static let memoryShare = 0.9

  /// The capacity of this machine within the limits of this process.
  public static func current() -> MachineCapacity {
    let physical = Double(ProcessInfo.processInfo.physicalMemory) / 1_048_576
    return MachineCapacity(
      processorCount: ProcessInfo.processInfo.activeProcessorCount,
      mebibytes: memoryShare * min(physical, controlGroupLimit() ?? physical))
  }

  /// The smallest memory limit of this process's control group and those around it, in MiB; nil without one.
  private static func controlGroupLimit() -> Double? {
    let text = (try? String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8)) ?? ""
    var limits: [Double] = []
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3, parts[1].isEmpty || parts[1] == "memory" else { continue }
      let (root, file) =
        parts[1].isEmpty
        ? ("/sys/fs/cgroup", "memory.max") : ("/sys/fs/cgroup/memory", "memory.limit_in_bytes")
      var folder = URL(fileURLWithPath: root + parts[2])
      while folder.path.hasPrefix(root) {
        let value = try? String(contentsOf: folder.appending(path: file), encoding: .utf8)
        if let bytes = value.flatMap({ Double($0.trimmingCharacters(in: .whitespacesAndNewlines)) })
        {
          limits.append(bytes / 1_048_576)
        }
        folder.deleteLastPathComponent()
      }
    }
    return limits.min()
  }
}
