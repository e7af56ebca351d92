// How busy the machine is with other work, because speeds that are to mean something are measured alone; and what a process holds.

import Foundation

/// How busy the machine is.
public enum MachineLoad {
  /// Processors that others may keep busy while something is measured.
  public static let limit = 0.25

  /// Processors that were busy on average during one second; this process sleeps meanwhile.
  public static func busyProcessors() -> Double {
    let before = counters()
    Thread.sleep(forTimeInterval: 1)
    let after = counters()
    let total = after.total - before.total
    guard total > 0 else { return 0 }
    let busy = 1 - (after.idle - before.idle) / total
    return busy * Double(ProcessInfo.processInfo.activeProcessorCount)
  }

  /// The peak resident memory of this process so far, in MiB; nil where the kernel does not tell it.
  static func peakMebibytes() -> Double? {
    let text = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return line.flatMap { Double($0.split(separator: " ", omittingEmptySubsequences: true)[1]) }
      .map { $0 / 1024 }
  }

  /// Idle and all ticks of all processors since the machine started.
  private static func counters() -> (idle: Double, total: Double) {
    let text = (try? String(contentsOfFile: "/proc/stat", encoding: .utf8)) ?? ""
    let ticks = (text.split(separator: "\n").first ?? "").split(separator: " ").dropFirst()
      .compactMap { Double($0) }
    guard ticks.count >= 5 else { return (0, 0) }
    return (ticks[3] + ticks[4], ticks.prefix(8).reduce(0, +))  // idle and waiting for a disk
  }
}
