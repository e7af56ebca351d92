// A figure as data: panels, axes, series of points with error bars. How it is drawn is decided in FigureLayout and FigureScript.

/// A line figure with one or more panels, drawn by gnuplot.
public struct Figure: Hashable, Sendable {
  /// The file name without extension.
  public var name: String
  /// What the figure shows, for headings and file comments; it is not drawn.
  public var title: String
  /// The caption, for the page and the script; it is not drawn.
  public var caption: String
  /// The width of the whole figure.
  public var width: Width
  /// The panels, row by row.
  public var panels: [Panel]
  /// How many panels stand side by side; nil for what the width has room for, three at most.
  public var panelsPerRow: Int?

  /// A figure of the given panels: one column wide for a single panel, two columns otherwise, unless a width is given.
  ///
  /// - Precondition: there is at least one panel.
  public init(
    name: String, title: String, caption: String = "", panels: [Panel], width: Width? = nil,
    panelsPerRow: Int? = nil
  ) {
    precondition(!panels.isEmpty, "figure \(name) has no panels")
    self.name = name
    self.title = title
    self.caption = caption
    self.panels = panels
    self.panelsPerRow = panelsPerRow
    self.width = width ?? (panels.count == 1 ? .oneColumn : .twoColumns)
  }

  /// The width of a figure in a paper of two columns.
  public enum Width: Hashable, Sendable {
    /// 8.6 cm.
    case oneColumn
    /// 17.6 cm.
    case twoColumns

    /// The width in centimetres.
    var centimetres: Double { self == .oneColumn ? 8.6 : 17.6 }
  }

  /// An axis.
  public struct Axis: Hashable, Sendable {
    /// What is shown along the axis.
    public var label: String
    /// The unit, in parentheses after the label; empty for none. Per cent keep the axis within 0 to 100.
    public var unit: String
    /// Whether the axis is logarithmic; points at or below zero are then left out.
    public var isLogarithmic: Bool
    /// The smallest value shown; nil to fit the points.
    public var lower: Double?
    /// The largest value shown; nil to fit the points.
    public var upper: Double?
    /// Names in the place of numbers: the first stands at 1, the second at 2, and so on. Points above names are not joined.
    public var categories: [String] = []

    /// An axis that fits its points, unless bounds are given.
    public init(
      _ label: String, unit: String = "", isLogarithmic: Bool = false, lower: Double? = nil,
      upper: Double? = nil
    ) {
      self.label = label
      self.unit = unit
      self.isLogarithmic = isLogarithmic
      self.lower = lower
      self.upper = upper
    }

    /// A horizontal axis of names.
    ///
    /// - Precondition: there is at least one name.
    public init(_ label: String, categories: [String]) {
      precondition(!categories.isEmpty, "the axis \(label) has no categories")
      self.init(label)
      self.categories = categories
    }

    /// The label with its unit in parentheses.
    var fullLabel: String { unit.isEmpty ? label : "\(label) (\(unit))" }
  }

  /// A point, with the ends of its error bar if it has one.
  public struct Point: Hashable, Sendable {
    /// Along the x axis.
    public var x: Double
    /// Along the y axis; nil leaves a gap in the line.
    public var y: Double?
    /// The lower end of the error bar.
    public var low: Double?
    /// The upper end of the error bar.
    public var high: Double?
    /// How many values the point is the mean of; it is not drawn, but the page says it. Nil if that is not known.
    public var count: Int?

    /// A point, without an error bar unless both ends are given.
    public init(
      _ x: Double, _ y: Double?, low: Double? = nil, high: Double? = nil, count: Int? = nil
    ) {
      self.x = x
      self.y = y
      self.low = low
      self.high = high
      self.count = count
    }
  }

  /// A line with markers.
  public struct Series: Hashable, Sendable {
    /// The name; series of the same name look alike in all panels.
    public var label: String
    /// The points, in the order in which the line joins them.
    public var points: [Point]
    /// What the series stands for, which decides how it is drawn.
    public var role: Role

    /// A named line through points.
    public init(_ label: String, points: [Point], role: Role = .measured) {
      self.label = label
      self.points = points
      self.role = role
    }

    /// What a series stands for.
    public enum Role: Hashable, Sendable {
      /// Results of ours: a line with markers.
      case measured
      /// The best of all lines: a broad grey line behind them, without markers.
      case front
      /// Numbers published elsewhere: faint markers behind the lines, not joined.
      case published
    }
  }

  /// One pair of axes with its lines.
  public struct Panel: Hashable, Sendable {
    /// What tells this panel from the others; empty for none.
    public var title: String
    /// The horizontal axis.
    public var x: Axis
    /// The vertical axis.
    public var y: Axis
    /// The lines, in the order of the key.
    public var series: [Series]

    /// A panel.
    public init(title: String = "", x: Axis, y: Axis, series: [Series]) {
      self.title = title
      self.x = x
      self.y = y
      self.series = series
    }
  }

  /// The names of all series, in the order of their first appearance; the position is the line style.
  package var labels: [String] {
    var result: [String] = []
    for panel in panels {
      for series in panel.series where !result.contains(series.label) {
        result.append(series.label)
      }
    }
    return result
  }

  /// What the series of a name stands for.
  func role(of label: String) -> Series.Role {
    for panel in panels {
      for series in panel.series where series.label == label { return series.role }
    }
    return .measured
  }
}
