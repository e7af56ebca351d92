// How a running plan is shown: bars with rate and remaining time on a terminal, plain lines otherwise.

import Training
import Experiments
import Files
import Foundation

/// Shows scheduler events.
final class ProgressView {  // a class: the terminal is one place, and closures share it
  private let isTerminal: Bool
  private let began = Date()
  private var drawnLines = 0
  private var lastDraw = Date.distantPast
  private var finished = 0
  private var toldResumed: Set<String> = []
  private var total: Int

  init(total: Int) {
    self.total = total
    isTerminal = isatty(1) == 1
  }

  func show(_ event: SchedulerEvent) {
    switch event {
    case .started(let run):
      if !isTerminal { print("start    \(run.folder.experiment): \(run.label)") }
    case .finished(let run, let attempt):
      finished += 1
      let resumed = attempt.resumedAt.map { ", resumed at update \($0)" } ?? ""
      line(
        "\(attempt.status == .diverged ? "diverged" : "finished") \(run.folder.experiment): \(run.label) "
          + "(\(Self.time(attempt.seconds))\(resumed)) [\(finished)/\(total)]")
    case .adopted(let run, let other):
      finished += 1
      line(
        "copied   \(run.folder.experiment): \(run.label), from \(other.paper)/\(other.experiment)/\(other.profile) [\(finished)/\(total)]"
      )
    case .shared(let run, let holder):
      line("shared   \(run.folder.experiment): \(run.label), computed by \(holder.summary)")
    case .stored(let run):
      finished += 1
      line(
        "stored   \(run.folder.experiment): \(run.label), by another process [\(finished)/\(total)]"
      )
    case .stopped(let run, let problem):
      line("stopped  \(run.folder.experiment): \(run.label): \(problem)")
    case .failed(let run, let problem):
      finished += 1
      line("FAILED   \(run.folder.experiment): \(run.label): \(problem)")
    case .progress(let running):
      for (run, progress) in running {
        guard let update = progress?.training.resumedAt, update > 0,
          toldResumed.insert(run.name).inserted
        else { continue }
        line("resumed  \(run.folder.experiment): \(run.label), from update \(update)")
      }
      drawBars(running)
    }
  }

  private func line(_ text: String) {
    clear()
    print(text)
  }

  /// Removes the bars.
  func clear() {
    guard isTerminal, drawnLines > 0 else { return }
    draw("\u{1B}[\(drawnLines)A\u{1B}[J")
    drawnLines = 0
  }

  private func drawBars(_ running: [(run: PlannedRun, progress: JobProgress?)]) {
    guard isTerminal, Date().timeIntervalSince(lastDraw) > 0.2 else { return }
    lastDraw = Date()
    clear()
    for (run, progress) in running {
      var text = "  \(run.label)"
      if let progress, progress.training.total > 0 {
        let training = progress.training
        let share = Double(training.update) / Double(training.total)
        let filled = Int(share * 20)
        let bar = String(repeating: "█", count: filled) + String(repeating: "·", count: 20 - filled)
        let done = Double(training.update - training.resumedAt)
        let rate = done / max(0.1, progress.seconds)
        let left = rate > 0 ? Double(training.total - training.update) / rate : 0
        let loss = String(format: "%.3f", training.loss)
        text =
          "  \(bar) \(Int(share * 100)) % \(Int(rate)) updates/s, \(Self.time(left)) left, loss \(loss)  \(run.label)"
      }
      // Without wrapping: a bar that took two lines of a narrow terminal could not be removed.
      draw("\u{1B}[?7l\(Escaped.terminal(text))\u{1B}[?7h\n")
      drawnLines += 1
    }
    print("  \(finished) of \(total) runs, \(Self.time(Date().timeIntervalSince(began)))")
    drawnLines += 1
  }

  static func time(_ seconds: Double) -> String {
    if seconds < 10 { return String(format: "%.1f s", seconds) }
    if seconds < 120 { return "\(Int(seconds)) s" }
    if seconds < 7200 { return "\(Int(seconds / 60)) min \(Int(seconds) % 60) s" }
    return String(format: "%.1f h", seconds / 3600)
  }
}
