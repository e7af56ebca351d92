// A table as data: columns with units, typed cells, notes. Its four forms are in Table+Markdown, Table+CSV, Table+LaTeX and
// Table+HTML.

public import Statistics

/// A table that can be written as Markdown, CSV, LaTeX and HTML.
public struct Table: Hashable, Sendable {
  /// The file name without extension; also the LaTeX label.
  public var name: String
  /// The caption, without a full stop.
  public var title: String
  /// The columns, left to right.
  public var columns: [Column]
  /// The rows, top to bottom; each has one cell per column.
  public var rows: [Row]
  /// Sentences below the table.
  public var notes: [String]

  /// A table without rows, unless given.
  ///
  /// - Precondition: every row has one cell per column.
  public init(
    name: String, title: String, columns: [Column], rows: [Row] = [], notes: [String] = []
  ) {
    for row in rows {
      precondition(
        row.cells.count == columns.count,
        "a row of table \(name) has \(row.cells.count) cells for \(columns.count) columns")
    }
    self.name = name
    self.title = title
    self.columns = columns
    self.rows = rows
    self.notes = notes
  }

  /// Adds a row at the end.
  ///
  /// - Precondition: there is one cell per column.
  public mutating func append(_ cells: [Cell], startsGroup: Bool = false) {
    precondition(
      cells.count == columns.count,
      "a row of table \(name) has \(cells.count) cells for \(columns.count) columns")
    rows.append(Row(cells, startsGroup: startsGroup))
  }

  /// The same table with its columns in another order.
  ///
  /// - Precondition: `order` names every column once.
  func reordered(_ order: [Int]) -> Table {
    precondition(
      order.sorted() == Array(columns.indices), "table \(name) cannot be ordered as \(order)")
    return Table(
      name: name, title: title, columns: order.map { columns[$0] },
      rows: rows.map { row in
        Row(order.map { row.cells[$0] }, startsGroup: row.startsGroup)
      }, notes: notes)
  }

  /// A column.
  public struct Column: Hashable, Sendable {
    /// What the column shows.
    public var heading: String
    /// The unit of its numbers; empty for none.
    public var unit: String
    /// Where its cells are set.
    public var alignment: Alignment

    /// A column of text, unless another alignment is given.
    public init(_ heading: String, unit: String = "", alignment: Alignment = .leading) {
      self.heading = heading
      self.unit = unit
      self.alignment = alignment
    }

    /// A right-aligned column of numbers.
    public static func number(_ heading: String, unit: String = "") -> Column {
      Column(heading, unit: unit, alignment: .trailing)
    }

    /// The heading with its unit in parentheses.
    public var fullHeading: String { unit.isEmpty ? heading : "\(heading) (\(unit))" }
  }

  /// Where the cells of a column are set.
  public enum Alignment: Hashable, Sendable {
    case leading, centre, trailing
  }

  /// A row.
  public struct Row: Hashable, Sendable {
    /// One cell per column.
    public var cells: [Cell]
    /// Whether a little space separates this row from the one above, where the form allows it.
    public var startsGroup: Bool

    /// A row of the given cells.
    public init(_ cells: [Cell], startsGroup: Bool = false) {
      self.cells = cells
      self.startsGroup = startsGroup
    }
  }

  /// A cell.
  public struct Cell: Hashable, Sendable {
    /// What stands in a cell.
    public enum Content: Hashable, Sendable {
      /// Words.
      case text(String)
      /// A number with a fixed count of digits after the point.
      case number(Double, digits: Int)
      /// A mean with the half width of its interval, both with the same count of digits.
      case estimate(mean: Double, halfWidth: Double, digits: Int)
      /// Nothing is known: an en dash, an empty field in CSV.
      case missing
      /// Words in the place of values that are not there, and why they are not; only HTML has room for the reason.
      case absent(String, reason: String)
      /// What became of a claim; a badge where there are colours.
      case verdict(Judgement)
    }

    /// What stands in the cell.
    public var content: Content
    /// Whether a plus sign precedes positive numbers.
    public var isSigned: Bool
    /// Whether the value is recalled or unknown: grey, or italic where there is no grey.
    public var isUnverified: Bool
    /// Whether the value is better than all it stands beside, as far as intervals tell: bold.
    public var isBest = false
    /// Whether the value lies between measured ones: ‘≈’ stands before it.
    public var isInterpolated = false

    /// A cell with the given content.
    public init(_ content: Content, isSigned: Bool = false, isUnverified: Bool = false) {
      self.content = content
      self.isSigned = isSigned
      self.isUnverified = isUnverified
    }

    /// Words.
    public static func text(_ text: String) -> Cell { Cell(.text(text)) }
    /// An en dash.
    public static var missing: Cell { Cell(.missing) }
    /// Words in the place of values that are not there, and why they are not.
    public static func absent(_ words: String, because reason: String) -> Cell {
      Cell(.absent(words, reason: reason))
    }
    /// What became of a claim.
    public static func verdict(_ judgement: Judgement) -> Cell { Cell(.verdict(judgement)) }
    /// A number with a fixed count of digits after the point.
    public static func number(_ value: Double, digits: Int, isSigned: Bool = false) -> Cell {
      Cell(.number(value, digits: digits), isSigned: isSigned)
    }
    /// A count.
    public static func count(_ value: Int) -> Cell { .number(Double(value), digits: 0) }

    /// The mean of per-seed values with its 95 % t-interval; a single value stands alone, no value is missing.
    public static func mean(of values: [Double], digits: Int, isSigned: Bool = false) -> Cell {
      if values.isEmpty { return .missing }
      guard let interval = Interval(of: values) else {
        return .number(values[0], digits: digits, isSigned: isSigned)
      }
      return Cell(
        .estimate(mean: interval.mean, halfWidth: interval.halfWidth, digits: digits),
        isSigned: isSigned)
    }

    /// The same cell, marked as unverified.
    public var unverified: Cell {
      var result = self
      result.isUnverified = true
      return result
    }

    /// The cell as people read it, without colours and weights.
    package var plainText: String { isInterpolated ? "≈ \(valueText)" : valueText }

    private var valueText: String {
      switch content {
      case .text(let text), .absent(let text, _): text
      case .missing: "–"
      case .verdict(let judgement): judgement.words
      case .number(let value, let digits):
        NumberText.fixed(value, digits: digits, isSigned: isSigned)
      case .estimate(let mean, let halfWidth, let digits):
        NumberText.fixed(mean, digits: digits, isSigned: isSigned) + " ± "
          + NumberText.fixed(halfWidth, digits: digits)
      }
    }
  }

  /// Whether any cell is marked as unverified.
  var hasUnverifiedCells: Bool { rows.contains { $0.cells.contains { $0.isUnverified } } }
}
