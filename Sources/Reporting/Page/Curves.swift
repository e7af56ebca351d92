// A figure as data for the page's script: scales with their tics, and points with what hovering over them says. The scales are
// those of the printed figure. Long lines are thinned; the files beside the figure hold every point.

import Foundation
import Reproducibility

/// A figure as JSON.
struct Curves: Encodable {
  /// More points than this of one line cannot be told apart on a screen.
  static let pointLimit = 150

  /// The names of all lines; the position is the style.
  let labels: [String]
  let panels: [Panel]
  let panelsPerRow: Int

  struct Panel: Encodable {
    let title: String
    let x: Axis
    let y: Axis
    let lines: [Line]
  }

  struct Axis: Encodable {
    let label: String
    let unit: String
    let lower: Double
    let upper: Double
    let isLogarithmic: Bool
    /// The places of the tics.
    let tics: [Double]
    let ticLabels: [String]
    let isNames: Bool

    init(_ axis: Figure.Axis, _ scale: AxisScale) {
      label = axis.label
      unit = axis.unit
      lower = Curves.short(scale.lower)
      upper = Curves.short(scale.upper)
      isLogarithmic = scale.isLogarithmic
      tics = scale.tics.map { Curves.short($0.value) }
      // In print, panels above each other share the names below the lowest.
      ticLabels = axis.categories.isEmpty ? scale.tics.map { $0.label } : axis.categories
      isNames = !axis.categories.isEmpty
    }
  }

  struct Line: Encodable {
    /// The position among the labels.
    let style: Int
    /// x, y, lower and upper end of the interval, and the number of values of every point.
    let points: [[Double?]]
    /// How many points the line has before it is thinned.
    let count: Int
    /// What the line stands for: `front` and `published` stand behind the others.
    let role: String
  }

  init(_ figure: Figure) {
    let labels = figure.labels
    let layout = FigureLayout(figure)
    self.labels = labels
    panels = layout.panels.map { placed in
      Panel(
        title: placed.panel.title, x: Axis(placed.panel.x, placed.x),
        y: Axis(placed.panel.y, placed.y),
        lines: placed.panel.series.map { series in
          Line(
            style: labels.firstIndex(of: series.label) ?? 0,
            points: Self.thinned(series.points).map(Self.numbers), count: series.points.count,
            role: Self.name(of: series.role))
        })
    }
    let first = layout.panels.first?.bottom ?? 0
    panelsPerRow = max(1, layout.panels.prefix { $0.bottom == first }.count)
  }

  /// The JSON, safe inside a script element.
  func json() throws(ReportError) -> String {
    do {
      return Self.safe(String(decoding: try CanonicalJSON.encode(self), as: UTF8.self))
    } catch {
      throw .file(path: Report.pageFile, problem: "\(error)")
    }
  }

  /// JSON in which nothing can end a script or start a comment: such characters occur in its strings only.
  static func safe(_ json: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in json.unicodeScalars {
      switch scalar {
      case "<": result.append(contentsOf: "\\u003c".unicodeScalars)
      case ">": result.append(contentsOf: "\\u003e".unicodeScalars)
      case "&": result.append(contentsOf: "\\u0026".unicodeScalars)
      case "\u{2028}": result.append(contentsOf: "\\u2028".unicodeScalars)
      case "\u{2029}": result.append(contentsOf: "\\u2029".unicodeScalars)
      default: result.append(scalar)
      }
    }
    return String(result)
  }

  /// At most as many points as a screen can show, evenly spaced by position, the first and the last among them.
  static func thinned(_ points: [Figure.Point]) -> [Figure.Point] {
    guard points.count > pointLimit else { return points }
    return (0..<pointLimit).map { points[$0 * (points.count - 1) / (pointLimit - 1)] }
  }

  private static func name(of role: Figure.Series.Role) -> String {
    switch role {
    case .measured: "measured"
    case .front: "front"
    case .published: "published"
    }
  }

  private static func numbers(_ point: Figure.Point) -> [Double?] {
    func shown(_ value: Double?) -> Double? { value.flatMap { $0.isFinite ? short($0) : nil } }
    var result = [
      shown(point.x), shown(point.y), shown(point.low), shown(point.high),
      point.count.map { Double($0) },
    ]
    while let last = result.last, last == nil { result.removeLast() }
    return result
  }

  /// Six significant digits: more than a screen or a reader resolves.
  private static func short(_ value: Double) -> Double {
    Double(String(format: "%.6g", value)) ?? value
  }
}
