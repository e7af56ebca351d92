// Whether what is rendered in a store is what its records give now: reports, tables, scripts and data of figures byte for byte. Drawn
// figures depend on the versions of gnuplot and its libraries too, so those that differ are named but are no contradiction.

public import Experiments
public import Foundation
import Files

/// A comparison of rendered files with a new rendering.
public struct RenderingCheck: Hashable, Sendable {
  /// Files compared.
  public private(set) var fileCount = 0
  /// One line per file that is missing, or is not what the records give.
  public private(set) var problems: [String] = []
  /// What differs without contradicting the records.
  public private(set) var notes: [String] = []

  private static let drawn: Set<String> = ["png", "svg", "pdf"]

  /// Renders every paper that has a report in the store again, in a temporary folder, and compares.
  ///
  /// - Parameters:
  ///   - isDrawing: whether figures are drawn and compared too; without it no program is started, and drawn figures must only be there.
  ///   - temporary: a folder that does not exist; the caller removes it.
  /// - Throws: `ReportError` if a spec or a record cannot be read, or a file cannot be written.
  public init(
    of library: Library, in store: RecordStore, isDrawing: Bool, temporary: URL
  ) throws(ReportError) {
    let report = Report(store: RecordStore(root: temporary), isDrawing: isDrawing)
    for paper in library.papers where !paper.experiments.isEmpty {
      let own = store.root.appending(path: paper.name)
      let old = own.appending(path: "report.md")
      guard FileManager.default.fileExists(atPath: old.path) else { continue }
      try RenderedCopy.records(of: paper, from: store, to: temporary)
      try report.render(paper)
      compare(
        own, with: temporary.appending(path: paper.name), paper: paper.name, isDrawing: isDrawing)
    }
  }

  /// Compares the reports, tables and figures of two folders of a paper.
  private mutating func compare(
    _ old: URL, with new: URL, paper: String, isDrawing: Bool
  ) {
    let (before, after) = (Self.rendered(in: old), Self.rendered(in: new))
    // What gnuplot would draw from the scripts.
    let scripts = isDrawing ? [] : after.filter { $0.hasSuffix(".gp") }
    let undrawn = Set(
      scripts.flatMap { script in Self.drawn.map { String(script.dropLast(2)) + $0 } })
    var redrawn = 0
    for name in Set(before + after).union(undrawn).sorted() {
      let file = "\(paper)/\(name)"
      if undrawn.contains(name) {
        if !before.contains(name) { problems.append("\(file): is not drawn") }
        continue
      }
      fileCount += 1
      guard let stored = try? Data(contentsOf: old.appending(path: name)) else {
        problems.append("\(file): is not rendered, but the records give it")
        continue
      }
      guard let rendered = try? Data(contentsOf: new.appending(path: name)) else {
        problems.append("\(file): the records do not give it")
        continue
      }
      if stored == rendered { continue }
      if Self.drawn.contains(URL(fileURLWithPath: name).pathExtension) {
        redrawn += 1
      } else {
        problems.append("\(file): the records give other bytes")
      }
    }
    if redrawn > 0 {
      notes.append(
        "\(paper): \(redrawn) drawn figures have other bytes; their scripts and data are compared above"
      )
    }
  }

  private static func rendered(in folder: URL) -> [String] {
    var result: [String] = []
    for place in ["tables", "figures"] {
      let names =
        (try? FileManager.default.contentsOfDirectory(atPath: folder.appending(path: place).path))
        ?? []
      result += names.filter { !$0.hasPrefix(".") }.map { "\(place)/\($0)" }
    }
    return result + ["report.md"]
  }
}

/// A store with the records of another one.
private enum RenderedCopy {
  /// Links to the folders of a paper's experiments and of dense networks; what is rendered is left out.
  static func records(
    of paper: PaperFolder, from store: RecordStore, to folder: URL
  ) throws(ReportError) {
    for place in [paper.name, "dense"] {
      let source = store.root.appending(path: place)
      let target = folder.appending(path: place)
      let names = (try? FileManager.default.contentsOfDirectory(atPath: source.path)) ?? []
      do {
        try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
        for name in names.sorted() where !["tables", "figures", "report.md"].contains(name) {
          let link = target.appending(path: name)
          if (try? FileManager.default.attributesOfItem(atPath: link.path)) != nil { continue }
          try FileManager.default.createSymbolicLink(
            at: link, withDestinationURL: source.appending(path: name).standardizedFileURL)
        }
      } catch {
        throw .file(path: target.path, problem: "\(error)")
      }
    }
  }
}
