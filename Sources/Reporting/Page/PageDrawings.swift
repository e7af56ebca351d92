// The figures of the page, and how much of them the page itself holds.
//
// The page stays below two million bytes, so that it opens at once. All texts, tables and runs stand in it. Then, figure by figure
// in the order of the page, the curves with hover come in while there is room, and after them the printed figures; one that has
// no room is shown from its own file, which lies beside the page in any case. Texts never give way: a thousand runs take about
// 800,000 bytes, so that some 2,500 fit.

import Experiments
import Foundation

/// What the page holds of one figure.
struct Drawing {
  /// The SVG; nil if the figure is shown from its file.
  var svg: String?
  /// The data of the curves; nil if there is no room for them.
  var curves: String?
}

/// What the page holds of all figures.
struct PageDrawings {
  /// The most bytes that the page may have.
  static let limit = 2_000_000

  private var names: [String] = []
  private var drawings: [String: Drawing] = [:]

  /// The drawings of papers whose figures have been rendered below `root`.
  ///
  /// - Throws: `ReportError` if a figure's file is not there.
  init(_ papers: [PaperContents], root: URL) throws(ReportError) {
    for paper in papers {
      for part in paper.sections.flatMap({ $0.parts }) {
        guard case .figure(let figure) = part else { continue }
        let name = Self.name(figure, of: paper)
        let file = root.appending(path: "\(paper.folder.name)/figures/\(figure.name).svg")
        guard let svg = try? String(contentsOf: file, encoding: .utf8) else {
          throw .file(path: file.path, problem: "the figure was not rendered")
        }
        names.append(name)
        drawings[name] = Drawing(
          svg: InlineSVG.drawing(svg, name: name, title: figure.title),
          curves: try Curves(figure).json())
      }
    }
  }

  /// A figure's name on the page.
  static func name(_ figure: Figure, of paper: PaperContents) -> String {
    "\(paper.folder.name)-\(figure.name)"
  }

  subscript(name: String) -> Drawing { drawings[name] ?? Drawing() }

  /// The drawings that a page has room for.
  ///
  /// - Parameter pageSize: bytes of the page with all of these drawings.
  func fitting(pageSize: Int) -> PageDrawings {
    guard pageSize > Self.limit else { return self }
    // A figure that moves out leaves a line with its address.
    let addressSize = 300
    let held = names.map { size(drawings[$0]?.svg) + size(drawings[$0]?.curves) }
    var room = Self.limit - pageSize + held.reduce(0, +) - names.count * addressSize
    func admit(_ text: String?) -> String? {
      guard let text, text.utf8.count <= room else { return nil }
      room -= text.utf8.count
      return text
    }
    var result = self
    for name in names { result.drawings[name]?.curves = admit(drawings[name]?.curves) }
    for name in names { result.drawings[name]?.svg = admit(drawings[name]?.svg) }
    return result
  }

  private func size(_ text: String?) -> Int { text?.utf8.count ?? 0 }
}
